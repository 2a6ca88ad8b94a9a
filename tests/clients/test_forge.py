"""What any forge does for Headway, on the real one: each kind is a row of the fixture `repository`."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from headway.clients.forge import Checks, CommitStatus, Forge, GiteaForge, PullRequest
from headway.errors import BadInput, Conflict, Refused
from headway.model.credentials import ForgeCredentials
from sandbox import forge as sandbox_forge

pytestmark = pytest.mark.sandbox
AUTHOR = ("Headway", "headway@example.com")
VALUES = "values/testing.yaml"


@dataclass
class Repository:
    """A new one with one commit on main."""

    forge: Forge
    url: str
    ask: Callable[..., Any]
    """The forge itself, as its administrator; with `?sudo=` as somebody else."""
    another: str
    """Who may read it, and no more."""

    def branch(self, name: str, content: bytes = b"cart: 2\n") -> str:
        """A new branch with one commit, which is returned."""
        self.ask("POST", "/branches", new_branch_name=name, old_branch_name="main")
        return self.write(content, name)

    def write(self, content: bytes, branch: str = "main", path: str = VALUES) -> str:
        over = self.forge.read_file(path, branch)
        return self.forge.write_file(
            path, content, over=over, branch=branch, message="Take cart 2", author=AUTHOR
        )

    def merge(self, found: PullRequest) -> None:
        """Asked again as long as the forge has not looked."""
        for _ in range(150):
            try:
                return self.forge.merge(
                    found.number, at=found.head_commit, subject="Take cart 2", text="Tested: yes"
                )
            except Conflict as error:
                if "not yet" not in str(error):
                    raise
                time.sleep(0.2)
        pytest.fail("the forge never looks")


@pytest.fixture(scope="module")
def gitea(forge: sandbox_forge.Forge) -> Iterator[Repository]:
    name, another = f"shop-{secrets.token_hex(4)}", f"somebody-{secrets.token_hex(4)}"
    headers = {"Authorization": f"token {forge.token}"}
    with httpx.Client(base_url=f"{forge.url}/api/v1", headers=headers, timeout=30) as client:

        def api(method: str, path: str, **body: Any) -> Any:
            answer = client.request(method, path, json=body)
            assert answer.is_success, answer.text
            return answer.json() if answer.content else None

        api("POST", "/user/repos", name=name, auto_init=True, default_branch="main")
        who = {
            "username": another,
            "email": f"{another}@sandbox.invalid",
            "password": secrets.token_urlsafe(16),
        }
        api("POST", "/admin/users", **who, must_change_password=False)
        url = f"{forge.url}/{forge.admin}/{name}"
        at = f"/repos/{forge.admin}/{name}"
        made = GiteaForge(f"{url}.git", ForgeCredentials(forge.token, forge.url))
        repository = Repository(
            made, url, lambda method, path, **body: api(method, f"{at}{path}", **body), another
        )
        repository.write(b"cart: 1\n")
        yield repository


@pytest.fixture(params=["gitea"])
def repository(request: pytest.FixtureRequest) -> Repository:
    found: Repository = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def branch(repository: Repository) -> str:
    name = f"headway/{secrets.token_hex(4)}"
    repository.branch(name, f"cart: {name}\n".encode())
    return name


def test_a_proposal_is_opened_once_and_updated_in_place(repository: Repository, branch: str) -> None:
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


def test_it_is_merged_as_it_was_seen(repository: Repository, branch: str) -> None:
    forge = repository.forge
    seen, _ = forge.propose(branch, "main", "Take cart 2", "")
    repository.write(b"cart: 3\n", branch)
    with pytest.raises(Conflict, match=r"another commit|out of date"):
        repository.merge(seen)
    assert forge.pull_request(seen.number).state == "open"
    repository.merge(forge.pull_request(seen.number))
    assert forge.pull_request(seen.number).state == "merged"
    (newest, *_) = repository.ask("GET", "/commits?sha=main&limit=1")
    assert newest["commit"]["message"].strip() == "Take cart 2\n\nTested: yes"
    assert len(newest["parents"]) == 2
    assert forge.proposal(branch, "main") is None
    with pytest.raises(Refused):
        forge.close(seen.number)
    with pytest.raises(Refused):
        repository.merge(forge.pull_request(seen.number))


def test_what_does_not_merge_is_not_merged(repository: Repository, branch: str) -> None:
    seen, _ = repository.forge.propose(branch, "main", "Take cart 2", "")
    repository.write(f"cart: {secrets.token_hex(4)}\n".encode())
    with pytest.raises(Conflict):
        repository.forge.merge(seen.number, at=seen.head_commit, subject="Take cart 2")
    assert repository.forge.pull_request(seen.number).state == "open"


def test_it_is_closed_and_proposed_anew(repository: Repository, branch: str) -> None:
    forge = repository.forge
    first, _ = forge.propose(branch, "main", "Take cart 2", "")
    for _ in range(2):
        forge.close(first.number)
        assert forge.pull_request(first.number).state == "closed"
    second, written = forge.propose(branch, "main", "Take cart 2", "")
    assert (second.number != first.number, written) == (True, True)


def test_checks_and_statuses(repository: Repository, branch: str) -> None:
    forge = repository.forge
    commit = repository.write(b"cart: 4\n", branch)
    assert forge.checks(commit) is Checks.NONE
    waits = CommitStatus(
        "headway/testing", "pending", "waits", "https://headway.example.com/releases/shop/testing"
    )
    forge.set_status(commit, waits)
    assert forge.checks(commit) is Checks.PENDING
    for _ in range(2):
        forge.set_status(commit, CommitStatus("headway/testing", "success", "x" * 500))
    assert forge.checks(commit) is Checks.PASSED
    said = repository.ask("GET", f"/statuses/{commit}")
    said.sort(key=lambda each: each["id"], reverse=True)
    assert [(each["context"], each["status"]) for each in said] == [
        ("headway/testing", "success"),
        ("headway/testing", "pending"),
    ]
    assert said[1]["target_url"] == waits.url
    forge.set_status(commit, CommitStatus("ci", "failure"))
    assert forge.checks(commit) is Checks.FAILED


def test_a_comment_is_made_once_and_updated_in_place(repository: Repository, branch: str) -> None:
    forge = repository.forge
    number = forge.propose(branch, "main", "Take cart 2", "")[0].number
    written = [
        forge.comment(number, "plan", text)
        for text in ("## Plan\nnothing", "## Plan\nnothing", "## Plan\ncart")
    ]
    assert written == [True, False, True]
    assert forge.comment(number, "another", "text")
    said = repository.ask("GET", f"/issues/{number}/comments")
    assert [each["body"] for each in said] == [
        "<!-- headway: plan -->\n## Plan\ncart",
        "<!-- headway: another -->\ntext",
    ]


def test_a_strangers_proposal_and_comment_are_not_taken_for_ours(repository: Repository, branch: str) -> None:
    forge, another = repository.forge, f"?sudo={repository.another}"
    repository.ask("POST", f"/forks{another}")
    theirs = {"head": f"{repository.another}:{branch}", "base": "main", "title": "Take cart 2", "body": ""}
    number = repository.ask("POST", f"/pulls{another}", **theirs)["number"]
    assert forge.proposal(branch, "main") is None
    ours, written = forge.propose(branch, "main", "Take cart 2", "")
    assert (ours.number != number, written) == (True, True)
    forged = "<!-- headway: plan -->\nApproved by everybody"
    repository.ask("POST", f"/issues/{ours.number}/comments{another}", body=forged)
    assert forge.comment(ours.number, "plan", "Nobody has approved it")
    said = repository.ask("GET", f"/issues/{ours.number}/comments")
    assert [each["body"] for each in said] == [forged, "<!-- headway: plan -->\nNobody has approved it"]


def test_a_file_is_written_over_what_was_read_and_nothing_else(repository: Repository, branch: str) -> None:
    forge = repository.forge
    read = forge.read_file(VALUES, branch)
    assert read
    content = b"cart: '\xc3\xa9'\n\x00"
    commit = forge.write_file(
        VALUES, content, over=read, branch=branch, message="Take\n\nA: b", author=AUTHOR
    )
    now = forge.read_file(VALUES, branch)
    assert now
    assert now.content == content
    said = repository.ask("GET", f"/git/commits/{commit}")["commit"]
    assert (said["message"].strip(), said["author"]["name"]) == ("Take\n\nA: b", AUTHOR[0])
    with pytest.raises(Conflict):
        forge.write_file(VALUES, b"lost", over=read, branch=branch, message="m", author=AUTHOR)
    with pytest.raises(Conflict):
        forge.write_file(VALUES, b"lost", over=None, branch=branch, message="m", author=AUTHOR)
    assert forge.read_file(VALUES, branch) == now


def test_files_that_are_not_there(repository: Repository, branch: str) -> None:
    forge = repository.forge
    path = "a folder/ü #1?.yaml"
    assert forge.read_file(path, branch) is None
    forge.write_file(path, b"new", over=None, branch=branch, message="m", author=AUTHOR)
    found = forge.read_file(path, branch)
    assert found
    assert found.content == b"new"
    with pytest.raises(BadInput):
        forge.read_file("a folder", branch)
    with pytest.raises(BadInput):
        forge.read_file(VALUES, "no-such-branch")


def test_a_branch_that_is_protected_is_not_written(repository: Repository, branch: str) -> None:
    repository.ask("POST", "/branch_protections", rule_name=branch, enable_push=False)
    with pytest.raises(Refused):
        repository.write(b"past the rules", branch)


def test_a_token_that_is_none_and_a_repository_that_is_not_there(
    repository: Repository, forge: sandbox_forge.Forge
) -> None:
    stranger = GiteaForge(repository.url, ForgeCredentials("0" * 40, forge.url))
    with pytest.raises(BadInput, match="does not know the token"):
        stranger.pull_request(1)
    nowhere = GiteaForge(f"{repository.url}-gone", ForgeCredentials(forge.token, forge.url))
    with pytest.raises(BadInput, match="is not there"):
        nowhere.proposal("a", "main")
    with pytest.raises(BadInput, match="is not there"):
        repository.forge.pull_request(999_999)
