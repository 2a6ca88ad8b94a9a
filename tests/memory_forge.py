"""A forge over a git repository in a folder: pull requests in memory, merged by git itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from headway.clients.forge import Checks, CommitStatus, FileChange, PullRequest
from headway.clients.forge.file_changes import wanted
from headway.errors import Conflict, Refused
from headway.model.edits import Author
from tests.git_remote import PERSON, GitRemote

URL = "https://git.example.com/team/shop"


@dataclass
class MemoryForge:
    remote: GitRemote
    said: Checks = Checks.NONE
    """Of every commit."""
    refuses: str = ""
    """Why it merges nothing."""
    pulls: list[PullRequest] = field(default_factory=list)
    statuses: list[tuple[str, CommitStatus]] = field(default_factory=list)
    """Each that was set, with its commit."""
    comments: dict[tuple[int, str], str] = field(default_factory=dict)
    """By pull request and mark."""
    comments_on_commits: dict[tuple[str, str], str] = field(default_factory=dict)
    """By commit and mark."""
    requests: list[str] = field(default_factory=list)
    """For plans of pull requests, and for files."""
    before_writing: Callable[[], object] = lambda: None
    """What somebody else does in between."""
    executables: list[str] = field(default_factory=list)
    """Of the files that were written last, those that stay so."""

    @property
    def open(self) -> list[PullRequest]:
        return [each for each in map(self._now, self.pulls) if each.state == "open"]

    def proposal(self, head: str, base: str) -> PullRequest | None:
        return next((each for each in self.open if (each.head, each.base) == (head, base)), None)

    def closed(self, head: str, base: str) -> Sequence[PullRequest]:
        wanted = (head, base, "closed")
        return [each for each in reversed(self.pulls) if (each.head, each.base, each.state) == wanted]

    def propose(self, head: str, base: str, title: str, text: str) -> tuple[PullRequest, bool]:
        found = self.proposal(head, base)
        if found is None:
            number = len(self.pulls) + 1
            assert self.remote.ref(head), "there is no such branch"
            self.pulls.append(
                PullRequest(number, f"{URL}/pulls/{number}", title, text, head, "", base, "open")
            )
            return self.pull_request(number), True
        self._put(replace(found, title=title, text=text))
        return self.pull_request(found.number), (found.title, found.text) != (title, text)

    def pull_request(self, number: int) -> PullRequest:
        return self._now(self.pulls[number - 1])

    def merge(self, number: int, *, at: str, subject: str, text: str = "") -> None:
        found = self.pull_request(number)
        if self.refuses:
            raise Refused(self.refuses, where=found.url)
        if found.head_commit != at:
            raise Conflict("its branch has another commit by now", where=found.url)
        git, base = self.remote.git, self.remote.ref(found.base)
        tree = git("merge-tree", "--write-tree", base, at).split()[0]
        name, _, address = PERSON.partition(" <")
        who = ["-c", f"user.name={name}", "-c", f"user.email={address.rstrip('>')}"]
        parents = ["-p", base, "-p", at]
        made = git(*who, "commit-tree", tree, *parents, "-m", subject, "-m", text or "Merged.").strip()
        git("update-ref", f"refs/heads/{found.base}", made, base)
        self._put(replace(found, state="merged"))

    def merge_by_hand(self) -> None:
        (found,) = self.open
        self.merge(found.number, at=found.head_commit, subject=f"Merge {found.head}")

    def close(self, number: int) -> None:
        self._put(replace(self.pull_request(number), state="closed"))

    def checks(self, commit: str) -> Checks:  # noqa: ARG002
        return self.said

    def set_status(self, commit: str, status: CommitStatus) -> None:
        if self.refuses:
            raise Refused(self.refuses, where=URL)
        self.statuses.append((commit, status))

    def update_files(
        self, branch: str, changes: Sequence[FileChange], message: str, author: Author, *, on: str
    ) -> str:
        """As a host that holds each file, and not the branch, against what was seen."""
        self.requests.append("update_files")
        self.before_writing()
        found = wanted(changes)
        for each in found:
            listed = self.remote.git("ls-tree", branch, each.path).split()
            if (listed[2] if listed else "") != each.over:
                raise Conflict(f"{each.path} was changed meanwhile", where=URL)
        if not found:
            return on
        files = {each.path: each.content for each in found}
        self.executables = [each.path for each in found if each.is_executable]
        return self.remote.push(files, message.rstrip("\n"), branch, by=str(author))

    def open_to(self, base: str) -> Sequence[PullRequest]:
        self.requests.append("open_to")
        return [each for each in reversed(self.open) if each.base == base]

    def comment_commit(self, commit: str, mark: str, text: str) -> bool:
        is_new = self.comments_on_commits.get((commit, mark)) != text
        self.comments_on_commits[commit, mark] = text
        return is_new

    def comment(self, number: int, mark: str, text: str) -> bool:
        self.requests.append("comment")
        if self.refuses:
            raise Refused(self.refuses, where=URL)
        is_new = self.comments.get((number, mark)) != text
        self.comments[number, mark] = text
        return is_new

    def _put(self, changed: PullRequest) -> None:
        self.pulls[changed.number - 1] = changed

    def _now(self, found: PullRequest) -> PullRequest:
        if found.state != "open":
            return found
        head = self.remote.ref(found.head)
        return replace(found, head_commit=head) if head else replace(found, state="closed")
