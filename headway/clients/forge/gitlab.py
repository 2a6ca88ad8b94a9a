"""GitLab, by REST API version 4 (https://docs.gitlab.com/api/rest/)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote

import httpx

from headway.clients.forge import file_changes
from headway.clients.forge.access import ForgeAccess
from headway.clients.forge.answers import Answers
from headway.clients.forge.file_changes import FileChange
from headway.clients.forge.protocol import LISTED, PullRequest
from headway.errors import BadInput, Conflict, Refused
from headway.formats.shortened import shortened
from headway.model.checks import Checks, CommitStatus
from headway.model.credentials import ForgeCredentials
from headway.model.edits import Author

DESCRIPTION_LIMIT = 140
"""Characters of a status; it allows more, and the others do not."""
_UNDECIDED = ("unchecked", "checking", "preparing", "approvals_syncing", "conflict", "need_rebase")
"""Of `detailed_merge_status`: it does not merge, or nobody has looked."""
_STATES = {"pending": "pending", "success": "success", "failure": "failed"}


class GitlabForge:
    """One project (see Forge), whose groups may be nested: its path is all that stands behind the forge's address.

    `url`: as people open it. Raises BadInput as GiteaForge.
    """

    def __init__(
        self, url: str, credentials: ForgeCredentials, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url = url.rstrip("/").removesuffix(".git")
        root = credentials.address.rstrip("/")
        self._said = Answers(self._url, "GitLab")
        header = {"PRIVATE-TOKEN": credentials.token}
        self._access = ForgeAccess(self._url, f"{root}/api/v4", credentials, header, self._said, transport)
        project = self._url.removeprefix(f"{root}/")
        parts = project.split("/")
        if project == self._url or len(parts) < 2 or {"", ".", ".."} & {*parts}:
            raise BadInput("it is no address such as https://gitlab.com/team/shop", where=shortened(url))
        self._at = f"/projects/{quote(project, safe='')}"

    def proposal(self, head: str, base: str) -> PullRequest | None:
        return next(iter(self._from(head, base, "opened")), None)

    def closed(self, head: str, base: str) -> Sequence[PullRequest]:
        return self._from(head, base, "closed")

    def open_to(self, base: str) -> Sequence[PullRequest]:
        found = self._newest(state="opened", target_branch=base)
        return [each for each in found if (each.base, each.state) == (base, "open")]

    def _from(self, head: str, base: str, state: str) -> list[PullRequest]:
        found = self._newest(state=state, source_branch=head, target_branch=base)
        return [each for each in found if (each.head, each.base) == (head, base)]

    def _newest(self, **query: str) -> list[PullRequest]:
        """The newest ones, first."""
        asked: dict[str, str | int] = {**query, "order_by": "created_at", "sort": "desc", "per_page": LISTED}
        said = self._said.listed(self._access.ask("GET", f"{self._at}/merge_requests", query=asked))
        ends = ("source_project_id", "target_project_id")
        ours = [each for each in said if len({self._said.field(each, end, int) for end in ends}) == 1]
        return [*map(self._pull_request, ours)]

    def propose(self, head: str, base: str, title: str, text: str) -> tuple[PullRequest, bool]:
        found = self.proposal(head, base)
        if found is None:
            body = {"source_branch": head, "target_branch": base, "title": title, "description": text}
            said = self._access.ask("POST", f"{self._at}/merge_requests", body=body)
            return self._pull_request(said), True
        if (found.title, found.text) == (title, text):
            return found, False
        changed = {"title": title, "description": text}
        said = self._access.ask("PUT", f"{self._at}/merge_requests/{found.number}", body=changed)
        return self._pull_request(said), True

    def pull_request(self, number: int) -> PullRequest:
        return self._pull_request(self._access.ask("GET", f"{self._at}/merge_requests/{number}"))

    def merge(self, number: int, *, at: str, subject: str, text: str = "") -> None:
        message = f"{subject}\n\n{text}".strip()
        place = f"{self._at}/merge_requests/{number}"
        try:
            self._access.ask("PUT", f"{place}/merge", body={"sha": at, "merge_commit_message": message})
        except (BadInput, Refused) as error:
            # 401 is its word for a user who may not merge, too: whose token is none may not read it either.
            said = self._said.mapping(self._access.ask("GET", place))
            found = self._pull_request(said)
            status = said.get("detailed_merge_status") or said.get("merge_status")
            if found.state == "open" and status in (*_UNDECIDED, "cannot_be_merged"):
                raise Conflict(
                    "the git host does not see, or not yet, that it merges",
                    where=found.url,
                    next_step="Look again later.",
                ) from error
            if isinstance(error, Refused):
                raise
            raise Refused("the git host refuses to merge it for this user", where=found.url) from error

    def close(self, number: int) -> None:
        found = self.pull_request(number)
        if found.state == "merged":
            raise Refused("it was merged", where=found.url)
        if found.state == "open":
            body = {"state_event": "close"}
            self._access.ask("PUT", f"{self._at}/merge_requests/{number}", body=body)

    def update_files(
        self, branch: str, changes: Sequence[FileChange], message: str, author: Author, *, on: str
    ) -> str:
        """https://docs.gitlab.com/api/commits/#create-a-commit-with-multiple-files-and-actions"""
        found = file_changes.wanted(changes)
        if not found:
            return on
        body = {
            "branch": branch,
            "commit_message": message,
            "author_name": author.name,
            "author_email": author.email,
            "actions": [self._action(branch, each) for each in found],
        }
        try:
            said = self._access.ask("POST", f"{self._at}/repository/commits", body=body)
        except Refused:
            for each in found:
                self._last_change(branch, each)
            raise
        return self._said.field(self._said.mapping(said), "id", str)

    def _action(self, branch: str, change: FileChange) -> dict[str, str]:
        last = self._last_change(branch, change)
        known = {"file_path": change.path} | ({"last_commit_id": last} if last else {})
        if change.content is None:
            return {**known, "action": "delete"}
        action = "update" if change.over else "create"
        return {**known, "action": action, "content": change.encoded, "encoding": "base64"}

    def _last_change(self, branch: str, change: FileChange) -> str:
        """The commit that changed the file last; empty where it is not there. Raises Conflict where it is not as it was seen."""
        path, query = f"{self._at}/repository/files/{quote(change.path, safe='')}", {"ref": branch}
        said = self._access.ask("GET", path, query=query, may_be_absent=True)
        known = self._said.mapping(said or {})
        if (self._said.field(known, "blob_id", str) if known else "") != change.over:
            raise Conflict(f"{change.path} was changed meanwhile", where=self._url, next_step="Look again.")
        return self._said.field(known, "last_commit_id", str) if known else ""

    def checks(self, commit: str) -> Checks:
        """By the newest status of each name: jobs of pipelines have one as well."""
        path = f"{self._at}/repository/commits/{quote(commit, safe='')}/statuses"
        found = {
            _of_status(each.get("status"), each.get("allow_failure")) for each in self._access.pages(path)
        }
        order = (Checks.FAILED, Checks.PENDING, Checks.PASSED)
        return next((each for each in order if each in found), Checks.NONE)

    def set_status(self, commit: str, status: CommitStatus) -> None:
        description, sha = status.description[:DESCRIPTION_LIMIT], quote(commit, safe="")
        path = f"{self._at}/repository/commits/{sha}/statuses"
        said = self._said.listed(self._access.ask("GET", path, query={"name": status.name, "per_page": 100}))
        ours = [each for each in said if each.get("name") == status.name]
        newest = max(ours, key=lambda each: self._said.field(each, "id", int), default={})
        state = _STATES[status.state]
        known = (newest.get("status"), newest.get("description") or "", newest.get("target_url") or "")
        if known == (state, description, status.url):
            return
        body = {"name": status.name, "state": state, "description": description}
        link = {"target_url": status.url} if status.url else {}
        self._access.ask("POST", f"{self._at}/statuses/{sha}", body={**body, **link})

    def comment(self, number: int, mark: str, text: str) -> bool:
        notes = f"{self._at}/merge_requests/{number}/notes"
        listed = ((f"{notes}/", said) for said in self._access.pages(notes, sort="asc"))
        return self._comment(notes, listed, mark, text)

    def comment_commit(self, commit: str, mark: str, text: str) -> bool:
        """As a thread, whose notes can be changed: https://docs.gitlab.com/api/discussions/#commits"""
        threads = f"{self._at}/repository/commits/{quote(commit, safe='')}/discussions"
        listed = (
            (f"{threads}/{quote(self._said.field(thread, 'id', str), safe='')}/notes/", said)
            for thread in self._access.pages(threads)
            for said in self._said.listed(thread.get("notes"))
        )
        return self._comment(threads, listed, mark, text)

    def _comment(
        self, place: str, listed: Iterable[tuple[str, Mapping[str, Any]]], mark: str, text: str
    ) -> bool:
        """`place`: where one is made; `listed`: those that are there, each with where it is changed, but for its number."""
        line = f"<!-- headway: {mark} -->"
        wanted = f"{line}\n{text}"
        for at, said in listed:
            author = self._said.mapping(said.get("author") or {}).get("id")
            content = self._said.text(said, "body")
            # Anybody may write our mark into a comment of theirs.
            if author != self._user or content.partition("\n")[0].strip() != line:
                continue
            if content == wanted:
                return False
            self._access.ask("PUT", f"{at}{self._said.field(said, 'id', int)}", body={"body": wanted})
            return True
        self._access.ask("POST", place, body={"body": wanted})
        return True

    @cached_property
    def _user(self) -> int:
        """Of whoever the token is; that of a project has a user, too."""
        return self._said.field(self._said.mapping(self._access.ask("GET", "/user")), "id", int)

    def _pull_request(self, answer: Any) -> PullRequest:
        said = self._said.mapping(answer)
        state = self._said.field(said, "state", str)
        if state not in ("opened", "locked", "closed", "merged"):
            raise self._said.unknown(f"a merge request that is {state[:50]!r}")
        return PullRequest(
            self._said.field(said, "iid", int),
            self._said.field(said, "web_url", str),
            self._said.field(said, "title", str),
            self._said.text(said, "description"),
            self._said.field(said, "source_branch", str),
            self._said.text(said, "sha"),
            self._said.field(said, "target_branch", str),
            # Locked: it is being merged.
            "merged" if state == "merged" else "closed" if state == "closed" else "open",
        )


def _of_status(status: object, allow_failure: object) -> Checks:
    if status in ("success", "skipped"):
        return Checks.PASSED
    is_over = status in ("failed", "canceled")
    # What may fail says nothing; a job that a person starts is one of those, unless it says otherwise.
    if allow_failure is True and (is_over or status == "manual"):
        return Checks.NONE
    return Checks.FAILED if is_over else Checks.PENDING
