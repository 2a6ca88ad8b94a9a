"""The contract of git hosts on those of which none runs here, by the recorded shapes of their documented API."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from headway.clients.forge import Checks, FileChange, Forge, GithubForge, GitlabForge
from headway.errors import BadInput, Conflict, HeadwayError, Refused, Unreachable
from headway.formats.git_object import blob_name
from headway.model.credentials import ForgeCredentials
from headway.model.edits import Author
from tests.clients.forge_contract import VALUES, ForgeContract, Repository, branch
from tests.clients.recorded_forges import TOKEN, AsAnApp, Enterprise, Github, Gitlab

assert branch
GITHUB, GITLAB = "https://github.com", "https://gitlab.example.com"


@pytest.fixture(params=[Github, Enterprise, AsAnApp, Gitlab])
def repository(request: pytest.FixtureRequest) -> Repository:
    made: Repository = request.param()
    return made


class TestRecorded(ForgeContract):
    pass


def github(answer: Callable[[httpx.Request], httpx.Response]) -> Forge:
    return GithubForge(f"{GITHUB}/team/shop", ForgeCredentials(TOKEN, GITHUB), httpx.MockTransport(answer))


def gitlab(answer: Callable[[httpx.Request], httpx.Response]) -> Forge:
    return GitlabForge(f"{GITLAB}/team/shop", ForgeCredentials(TOKEN, GITLAB), httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("statuses", "runs", "checks"),
    [
        pytest.param([], [], Checks.NONE, id="nothing"),
        pytest.param([], [("completed", "success"), ("completed", "skipped")], Checks.PASSED, id="runs"),
        pytest.param(["success"], [], Checks.PASSED, id="statuses"),
        pytest.param(["success"], [("in_progress", None)], Checks.PENDING, id="a run under way"),
        pytest.param(["pending"], [("completed", "success")], Checks.PENDING, id="a status under way"),
        pytest.param(["pending"], [("completed", "failure")], Checks.FAILED, id="a run that failed"),
        pytest.param(["failure"], [("completed", "success")], Checks.FAILED, id="a status that failed"),
        pytest.param([], [("completed", "action_required")], Checks.FAILED, id="somebody must act"),
        pytest.param([], [("completed", None)], Checks.FAILED, id="no conclusion"),
        pytest.param([], [("completed", "success")] * 101, Checks.PENDING, id="more than are listed"),
    ],
)
def test_what_github_says_of_a_commit(
    statuses: list[str], runs: list[tuple[str, str | None]], checks: Checks
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/status"):
            return httpx.Response(
                200, json={"state": (statuses or ["pending"])[0], "total_count": len(statuses)}
            )
        listed = [{"status": status, "conclusion": conclusion} for status, conclusion in runs[:100]]
        return httpx.Response(200, json={"total_count": len(runs), "check_runs": listed})

    assert github(answer).checks("a" * 40) is checks


@pytest.mark.parametrize(
    ("statuses", "checks"),
    [
        pytest.param([], Checks.NONE, id="nothing"),
        pytest.param([("success", False), ("skipped", False)], Checks.PASSED, id="passed"),
        pytest.param([("success", False), ("running", False)], Checks.PENDING, id="under way"),
        pytest.param([("success", False), ("failed", False)], Checks.FAILED, id="failed"),
        pytest.param([("success", False), ("canceled", False)], Checks.FAILED, id="cancelled"),
        pytest.param([("success", False), ("failed", True)], Checks.PASSED, id="one that may fail"),
        pytest.param([("failed", True)], Checks.NONE, id="nothing but one that may fail"),
        pytest.param([("success", False), ("manual", True)], Checks.PASSED, id="one that nobody has started"),
        pytest.param(
            [("success", False), ("manual", False)], Checks.PENDING, id="one that somebody must start"
        ),
        pytest.param([("what is yet to come", False)], Checks.PENDING, id="a word that nobody knows"),
    ],
)
def test_what_gitlab_says_of_a_commit(statuses: list[tuple[str, bool]], checks: Checks) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        listed = [{"status": status, "allow_failure": may_fail} for status, may_fail in statuses]
        return httpx.Response(200, json=listed if request.url.params["page"] == "1" else [])

    assert gitlab(answer).checks("a" * 40) is checks


@pytest.mark.parametrize(
    ("status", "detailed", "error"),
    [
        (405, "conflict", Conflict),
        (405, "checking", Conflict),
        (405, "not_approved", Refused),
        (405, "ci_must_pass", Refused),
        (401, "mergeable", Refused),
        (422, "mergeable", Refused),
    ],
)
def test_why_gitlab_does_not_merge(status: int, detailed: str, error: type[HeadwayError]) -> None:
    said = Gitlab()
    said.new_branch("headway/shop")
    pull = said.forge.propose("headway/shop", "main", "Take cart 2", "")[0]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            return httpx.Response(status, json={"message": f"{status} said"})
        return httpx.Response(200, json={**said.said(said.held.pulls[0]), "detailed_merge_status": detailed})

    with pytest.raises(error):
        gitlab(answer).merge(pull.number, at="a" * 40, subject="Take cart 2")


@pytest.mark.parametrize(
    ("made", "writes", "several"),
    [
        pytest.param(Gitlab(), "create_commit", False, id="GitLab"),
        pytest.param(Github(), "write_content", False, id="GitHub, one file"),
        pytest.param(Github(), "update_ref", True, id="GitHub, several"),
    ],
)
def test_a_push_between_looking_and_writing(
    made: Any, writes: str, several: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, theirs = getattr(made, writes), []

    def after_somebody(*asked: Any) -> httpx.Response:
        theirs.append(made.write("main", VALUES, b"theirs"))
        answer: httpx.Response = act(*asked)
        return answer

    monkeypatch.setattr(made, writes, after_somebody)
    changes = [FileChange(VALUES, b"cart: 2\n", blob_name(b"cart: 1\n"))]
    changes += [FileChange("lock", b"1")] if several else []
    with pytest.raises(Conflict, match=r"meanwhile|somebody was first"):
        made.forge.update_files("main", changes, "Update cart", Author(), on=made.head("main"))
    assert [made.head("main")] == theirs


def test_a_file_that_can_be_executed_stays_so_on_github_however_many_there_are() -> None:
    """What lists a whole tree ends at a hundred thousand entries: nobody asks this host for one."""
    made = Github()
    changes = [
        FileChange(VALUES, b"cart: 2\n", blob_name(b"cart: 1\n")),
        FileChange("hack/build", b"#!/bin/sh\ntrue\n", "0" * 40, is_executable=True),
    ]
    made.forge.update_files("main", changes, "Update cart", Author(), on=made.head("main"))
    assert made.held.modes == {VALUES: "100644", "hack/build": "100755"}


@pytest.mark.parametrize(
    ("mergeable", "error"),
    [(None, Conflict), (False, Conflict), (True, Refused)],
    ids=["not yet", "no", "rules"],
)
def test_why_github_does_not_merge(mergeable: bool | None, error: type[HeadwayError]) -> None:
    said = Github()
    said.new_branch("headway/shop")
    said.forge.propose("headway/shop", "main", "Take cart 2", "")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            return httpx.Response(405, json={"message": "At least 1 approving review is required"})
        return httpx.Response(200, json={**said.said(said.held.pulls[0]), "mergeable": mergeable})

    with pytest.raises(error):
        github(answer).merge(1, at="a" * 40, subject="Take cart 2")


@pytest.mark.parametrize(
    "headers", [{"x-ratelimit-remaining": "0"}, {"retry-after": "60"}], ids=["none left", "too fast"]
)
def test_whoever_asked_too_often_asks_later(headers: dict[str, str]) -> None:
    paced = github(
        lambda _: httpx.Response(403, headers=headers, json={"message": "API rate limit exceeded"})
    )
    with pytest.raises(Unreachable, match="answered 403"):
        paced.pull_request(1)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            {"message": "Validation Failed", "errors": [{"message": "No commits between main and x"}]},
            "No commits",
        ),
        ({"message": ["Another open merge request already exists"]}, "Another open merge request"),
        ({"error": "insufficient_scope"}, "insufficient_scope"),
        ({"message": {"title": ["is too long"]}}, "refuses it"),
        (["odd"], "refuses it"),
    ],
)
def test_what_is_said_of_a_refusal(said: Any, shown: str) -> None:
    with pytest.raises(Refused, match=shown):
        github(lambda _: httpx.Response(422, json=said)).pull_request(1)


@pytest.mark.parametrize(
    ("kind", "url", "address"),
    [
        (GithubForge, "https://github.com/team", GITHUB),
        (GithubForge, "https://github.com/team/shop/more", GITHUB),
        (GithubForge, "https://github.com/team/..", GITHUB),
        (GithubForge, "https://github.com.evil.example.com/team/shop", GITHUB),
        (GitlabForge, f"{GITLAB}/shop", GITLAB),
        (GitlabForge, f"{GITLAB}/team/../shop", GITLAB),
        (GitlabForge, f"{GITLAB}/team//shop", GITLAB),
        (GitlabForge, f"{GITLAB}/else/team/shop", f"{GITLAB}/gitlab"),
        (GitlabForge, "https://gitlab.example.com.evil.example.com/team/shop", GITLAB),
    ],
)
def test_what_is_no_repository_there(kind: Any, url: str, address: str) -> None:
    with pytest.raises(BadInput) as raised:
        kind(url, ForgeCredentials(TOKEN, address))
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize("said", [None, [], {}, {"number": True}, {"iid": 1, "state": "odd"}])
@pytest.mark.parametrize("kind", [github, gitlab])
def test_what_no_forge_answers(kind: Callable[..., Forge], said: Any) -> None:
    with pytest.raises(BadInput, match="no forge answers so"):
        kind(lambda _: httpx.Response(200, json=said)).pull_request(1)
