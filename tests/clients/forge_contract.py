"""What every kind of git host is held to, whether it runs here or its answers are recorded."""

import secrets
import time
from typing import Protocol

import pytest

from headway.clients.forge import Checks, CommitStatus, FileChange, Forge, PullRequest
from headway.errors import BadInput, Conflict, Refused, UnsupportedHere
from headway.formats.git_object import blob_name
from headway.model.edits import Author

VALUES = "values/testing.yaml"
AUTHOR = Author("Headway of shop", "headway@example.com")
MESSAGE = "Update cart\n\n- cart: 1 -> 2\n\nHeadway-Stage: update_application\n"


class Repository(Protocol):
    """A new one with VALUES on main, and what only its host itself says or does."""

    forge: Forge
    url: str
    """As people open it."""

    def new_branch(self, name: str) -> None:
        """From main."""

    def write(self, branch: str, path: str, content: bytes) -> str:
        """The commit."""

    def newest(self) -> tuple[str, int]:
        """Of main's commit: its message, and how many parents it has."""

    def read(self, branch: str, path: str) -> bytes | None: ...

    def changed(self, commit: str) -> tuple[str, str, list[str]]:
        """Its message, the name of its author, and its parents."""

    def head(self, branch: str) -> str: ...

    def statuses(self, commit: str) -> list[tuple[str, str, str]]:
        """Name, state as we call it, and link; newest first."""

    def comments(self, on: int | str) -> list[str]:
        """Of a pull request, or of a commit."""

    def somebody_comments(self, on: int | str, text: str) -> None: ...

    comments_on_commits: bool
    """Whether the host's API has such."""

    def somebody_proposes(self, branch: str) -> int:
        """From a branch of that name in a fork of theirs; the number of the pull request."""

    def stranger(self) -> Forge:
        """The same repository with a token that is none."""

    def nowhere(self) -> Forge:
        """A repository that is not there."""


def write(repository: Repository, content: bytes, branch: str = "main") -> str:
    return repository.write(branch, VALUES, content)


def merge(repository: Repository, found: PullRequest) -> None:
    """Asked again as long as the host has not looked."""
    for _ in range(150):
        try:
            return repository.forge.merge(
                found.number, at=found.head_commit, subject="Take cart 2", text="Tested: yes"
            )
        except Conflict as error:
            if "not yet" not in str(error):
                raise
            time.sleep(0.2)
    pytest.fail("the forge never looks")


@pytest.fixture
def branch(repository: Repository) -> str:
    name = f"headway/{secrets.token_hex(4)}"
    repository.new_branch(name)
    write(repository, f"cart: {name}\n".encode(), name)
    return name


class ForgeContract:
    def test_a_proposal_is_opened_once_and_updated_in_place(
        self, repository: Repository, branch: str
    ) -> None:
        forge = repository.forge
        assert forge.proposal(branch, "main") is None
        opened, written = forge.propose(branch, "main", "Take cart 2", "Tested in testing.")
        assert (opened.state, opened.head, opened.base, written) == ("open", branch, "main", True)
        assert opened.url.startswith(repository.url)
        assert forge.propose(branch, "main", "Take cart 2", "Tested in testing.") == (opened, False)
        changed, written = forge.propose(branch, "main", "Take cart 3 & <b>", "Tested:\n\n- `a`")
        assert (changed.number, changed.title, changed.text, written) == (
            opened.number,
            "Take cart 3 & <b>",
            "Tested:\n\n- `a`",
            True,
        )
        assert forge.proposal(branch, "main") == forge.pull_request(opened.number) == changed
        assert forge.closed(branch, "main") == []

    def test_what_is_open_to_a_branch(self, repository: Repository, branch: str) -> None:
        forge = repository.forge
        theirs = repository.somebody_proposes(branch)
        ours, _ = forge.propose(branch, "main", "Take cart 2", "")
        found = forge.open_to("main")
        assert found[0] == ours, "the newest comes first"
        assert theirs not in [each.number for each in found], "a fork's is nobody's of ours"
        assert [each for each in forge.open_to(branch) if each.number == ours.number] == []
        forge.close(ours.number)
        assert ours.number not in [each.number for each in forge.open_to("main")]

    def test_it_is_merged_as_it_was_seen(self, repository: Repository, branch: str) -> None:
        forge = repository.forge
        seen, _ = forge.propose(branch, "main", "Take cart 2", "")
        write(repository, b"cart: 3\n", branch)
        with pytest.raises(Conflict, match=r"another commit|out of date|modified|does not match"):
            merge(repository, seen)
        assert forge.pull_request(seen.number).state == "open"
        merge(repository, forge.pull_request(seen.number))
        assert forge.pull_request(seen.number).state == "merged"
        assert repository.newest() == ("Take cart 2\n\nTested: yes", 2)
        assert forge.proposal(branch, "main") is None
        assert forge.closed(branch, "main") == [], "what was merged was not declined"
        with pytest.raises(Refused):
            forge.close(seen.number)
        with pytest.raises(Refused):
            merge(repository, forge.pull_request(seen.number))

    def test_what_does_not_merge_is_not_merged(self, repository: Repository, branch: str) -> None:
        seen, _ = repository.forge.propose(branch, "main", "Take cart 2", "")
        write(repository, f"cart: {secrets.token_hex(4)}\n".encode())
        with pytest.raises(Conflict):
            repository.forge.merge(seen.number, at=seen.head_commit, subject="Take cart 2")
        assert repository.forge.pull_request(seen.number).state == "open"

    def test_it_is_closed_and_proposed_anew(self, repository: Repository, branch: str) -> None:
        forge = repository.forge
        first, _ = forge.propose(branch, "main", "Take cart 2", "said")
        for _ in range(2):
            forge.close(first.number)
            assert forge.pull_request(first.number).state == "closed"
        assert [(each.number, each.text) for each in forge.closed(branch, "main")] == [(first.number, "said")]
        second, written = forge.propose(branch, "main", "Take cart 2", "")
        assert (second.number != first.number, written) == (True, True)
        forge.close(second.number)
        assert [each.number for each in forge.closed(branch, "main")] == [second.number, first.number]

    def test_checks_and_statuses(self, repository: Repository, branch: str) -> None:
        forge = repository.forge
        commit = write(repository, b"cart: 4\n", branch)
        assert forge.checks(commit) is Checks.NONE
        waits = CommitStatus(
            "headway/testing", "pending", "waits", "https://headway.example.com/releases/shop/testing"
        )
        forge.set_status(commit, waits)
        assert forge.checks(commit) is Checks.PENDING
        for _ in range(2):
            forge.set_status(commit, CommitStatus("headway/testing", "success", "x" * 500))
        assert forge.checks(commit) is Checks.PASSED
        assert repository.statuses(commit) == [
            ("headway/testing", "success", ""),
            ("headway/testing", "pending", waits.url),
        ]
        forge.set_status(commit, CommitStatus("ci", "failure"))
        assert forge.checks(commit) is Checks.FAILED

    def test_a_comment_is_made_once_and_updated_in_place(self, repository: Repository, branch: str) -> None:
        forge = repository.forge
        number = forge.propose(branch, "main", "Take cart 2", "")[0].number
        written = [
            forge.comment(number, "plan", text)
            for text in ("## Plan\nnothing", "## Plan\nnothing", "## Plan\ncart")
        ]
        assert written == [True, False, True]
        assert forge.comment(number, "another", "text")
        assert repository.comments(number) == [
            "<!-- headway: plan -->\n## Plan\ncart",
            "<!-- headway: another -->\ntext",
        ]

    def test_a_comment_on_a_commit_is_made_once_and_updated_in_place(
        self, repository: Repository, branch: str
    ) -> None:
        forge, commit = repository.forge, repository.head(branch)
        if not repository.comments_on_commits:
            with pytest.raises(UnsupportedHere):
                forge.comment_commit(commit, "testing", "It went back")
            return
        forged = "<!-- headway: testing -->\nAll is well"
        repository.somebody_comments(commit, forged)
        texts = ("It went back", "It went back", "It went back\nagain")
        assert [forge.comment_commit(commit, "testing", text) for text in texts] == [True, False, True]
        assert forge.comment_commit(commit, "production", "text")
        assert repository.comments(commit) == [
            forged,
            "<!-- headway: testing -->\nIt went back\nagain",
            "<!-- headway: production -->\ntext",
        ]

    def test_a_strangers_proposal_and_comment_are_not_taken_for_ours(
        self, repository: Repository, branch: str
    ) -> None:
        forge = repository.forge
        number = repository.somebody_proposes(branch)
        assert forge.proposal(branch, "main") is None
        ours, written = forge.propose(branch, "main", "Take cart 2", "")
        assert (ours.number != number, written) == (True, True)
        forge.close(number)
        assert forge.closed(branch, "main") == [], "nor is theirs, closed, a no to ours"
        forged = "<!-- headway: plan -->\nApproved by everybody"
        repository.somebody_comments(ours.number, forged)
        assert forge.comment(ours.number, "plan", "Nobody has approved it")
        assert repository.comments(ours.number) == [forged, "<!-- headway: plan -->\nNobody has approved it"]

    @pytest.mark.parametrize("several", [False, True], ids=["one file", "several"])
    def test_files_are_written_by_one_commit_over_what_was_seen(
        self, repository: Repository, branch: str, several: bool
    ) -> None:
        forge, before, now = repository.forge, repository.head(branch), b"cart: 2\n"
        seen = repository.read(branch, VALUES)
        assert seen is not None
        change = FileChange(VALUES, now, blob_name(seen))
        more = [FileChange("new folder/lock.txt", b"\xff\x00")] if several else []
        sha = forge.update_files(branch, [change, *more], MESSAGE, AUTHOR, on=before)
        assert (repository.head(branch), repository.read(branch, VALUES)) == (sha, now)
        message, author, parents = repository.changed(sha)
        assert (message.strip(), author, parents) == (MESSAGE.strip(), AUTHOR.name, [before])
        if several:
            assert repository.read(branch, "new folder/lock.txt") == b"\xff\x00"

        again = [FileChange(VALUES, now, blob_name(now))]
        assert forge.update_files(branch, again, MESSAGE, AUTHOR, on=sha) == sha
        with pytest.raises(Conflict):
            forge.update_files(branch, [change, *more], MESSAGE, AUTHOR, on=before)
        assert repository.head(branch) == sha, "twice does nothing"

    @pytest.mark.parametrize("several", [False, True], ids=["one file", "several"])
    def test_a_file_that_somebody_changed_meanwhile_is_left(
        self, repository: Repository, branch: str, several: bool
    ) -> None:
        forge, before = repository.forge, repository.head(branch)
        seen = repository.read(branch, VALUES)
        assert seen is not None
        theirs = write(repository, b"cart: theirs\n", branch)
        more = [FileChange("lock", b"1")] if several else []
        for over in (blob_name(seen), ""):
            with pytest.raises(Conflict):
                forge.update_files(
                    branch, [FileChange(VALUES, b"cart: 2\n", over), *more], MESSAGE, AUTHOR, on=before
                )
        assert repository.head(branch) == theirs

    def test_a_file_is_taken_away(self, repository: Repository, branch: str) -> None:
        sha = write(repository, b"cart: 4\n", branch)
        gone = FileChange(VALUES, None, blob_name(b"cart: 4\n"))
        made = repository.forge.update_files(branch, [gone], MESSAGE, AUTHOR, on=sha)
        assert (repository.head(branch), repository.read(branch, VALUES)) == (made, None)
        assert (
            repository.forge.update_files(branch, [FileChange(VALUES, None)], MESSAGE, AUTHOR, on=made)
            == made
        )

    def test_a_token_that_is_none_and_a_repository_that_is_not_there(self, repository: Repository) -> None:
        with pytest.raises(BadInput, match="does not know the token"):
            repository.stranger().pull_request(1)
        with pytest.raises(BadInput, match="is not there"):
            repository.nowhere().proposal("a", "main")
        with pytest.raises(BadInput, match="is not there"):
            repository.forge.pull_request(999_999)
