"""What becomes of a forge's bad answers, and to whom its token goes. What a good one does is test_forge.py's."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from headway.clients.forge import Checks, CommitStatus, GiteaForge
from headway.errors import BadInput, Conflict, HeadwayError, Refused, Unreachable
from headway.model.credentials import ForgeCredentials

TOKEN = "a-token-of-the-forge"
HERE = "https://git.example.com"
CREDENTIALS = ForgeCredentials(TOKEN, HERE)
PULL = {
    "number": 7,
    "html_url": f"{HERE}/team/shop/pulls/7",
    "title": "Take cart 2",
    "body": "",
    "state": "open",
    "head": {"ref": "headway/shop", "sha": "a" * 40, "repo_id": 1},
    "base": {"ref": "main", "sha": "b" * 40, "repo_id": 1},
}


def forge(answer: Callable[[httpx.Request], httpx.Response], url: str = f"{HERE}/team/shop") -> GiteaForge:
    return GiteaForge(url, CREDENTIALS, httpx.MockTransport(answer))


def saying(status: int = 200, said: Any = None, **more: Any) -> GiteaForge:
    return forge(lambda _: httpx.Response(status, json=said, **more))


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (f"{HERE}/team/shop", f"{HERE}/api/v1/repos/team/shop/pulls/7"),
        (f"{HERE}/team/shop.git/", f"{HERE}/api/v1/repos/team/shop/pulls/7"),
        (f"{HERE}:443/gitea/team/shop", f"{HERE}/gitea/api/v1/repos/team/shop/pulls/7"),
    ],
)
def test_where_a_repository_is_asked_about(url: str, asked: str) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=PULL)

    assert forge(answer, url).pull_request(7).head == "headway/shop"
    assert (str(seen[0].url), seen[0].headers["Authorization"]) == (asked, f"token {TOKEN}")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("https://evil.example.com/team/shop", f"for {HERE} alone", id="another host"),
        pytest.param("https://git.example.com.evil.example.com/team/shop", "alone", id="nearly the host"),
        pytest.param("https://git.example.com:8443/team/shop", "alone", id="another port"),
        pytest.param("http://git.example.com/team/shop", "alone", id="another scheme"),
        pytest.param("https://a:b@git.example.com/team/shop", "no address", id="a password"),
        pytest.param("git@git.example.com:team/shop", "no address", id="ssh"),
        pytest.param(f"{HERE}/shop", "no address", id="no owner"),
        pytest.param(f"{HERE}/team/..", "no address", id="a folder above"),
        pytest.param("https://[::1/team/shop", "no address", id="no host"),
        pytest.param("", "no address", id="nothing"),
    ],
)
def test_whom_a_token_is_not_shown(url: str, says: str) -> None:
    with pytest.raises(BadInput) as raised:
        GiteaForge(url, CREDENTIALS)
    assert says in str(raised.value)
    assert TOKEN not in str(raised.value)


def test_a_token_is_not_sent_in_the_clear() -> None:
    with pytest.raises(BadInput, match="in the clear"):
        GiteaForge("http://git.example.com/team/shop", ForgeCredentials(TOKEN, "http://git.example.com"))


def test_a_token_follows_nowhere() -> None:
    asked: list[str] = []

    def away(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://evil.example.com/"})

    with pytest.raises(BadInput, match="leads to https://evil"):
        forge(away).pull_request(7)
    assert asked == ["git.example.com"]
    assert TOKEN not in repr(CREDENTIALS)


@pytest.mark.parametrize(
    ("status", "said", "error", "says"),
    [
        (401, {"message": TOKEN}, BadInput, "does not know the token"),
        (
            403,
            {"message": "branch is\nprotected"},
            Refused,
            "(403): branch is protected. Where it is the token's rights: make one",
        ),
        (404, None, BadInput, "is not there"),
        (405, {"message": "User not allowed to merge PR"}, Refused, "not allowed to merge"),
        (409, {"message": "head out of date"}, Conflict, "head out of date"),
        (422, {"message": 7}, Refused, "refuses it (422)"),
        (429, None, Unreachable, "answered 429"),
        (502, "<html>", Unreachable, "answered 502"),
    ],
)
def test_what_a_refusal_means(status: int, said: Any, error: type[HeadwayError], says: str) -> None:
    with pytest.raises(error) as raised:
        saying(status, said).pull_request(7)
    assert says in str(raised.value)
    assert TOKEN not in str(raised.value)


def test_a_forge_that_is_away() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(Unreachable, match="the git host does not answer"):
        forge(away).pull_request(7)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="a list"),
        pytest.param({}, id="an empty object"),
        pytest.param(PULL | {"number": True}, id="a number that is true"),
        pytest.param(PULL | {"head": None}, id="no branch"),
        pytest.param(PULL | {"state": "odd"}, id="a state that nobody knows"),
        pytest.param(PULL | {"title": {"a": 1}}, id="a title that is no text"),
    ],
)
def test_what_no_forge_answers(said: Any) -> None:
    with pytest.raises(BadInput, match="no forge answers so"):
        saying(200, said).pull_request(7)


@pytest.mark.parametrize("content", [b"<html>", b"[" * 1000, b"\xff"])
def test_what_is_no_json(content: bytes) -> None:
    with pytest.raises(BadInput, match="no forge answers so"):
        forge(lambda _: httpx.Response(200, content=content)).pull_request(7)


def test_lists_without_end_are_given_up() -> None:
    with pytest.raises(BadInput, match="lists more than 1000"):
        saying(200, [PULL | {"head": PULL["head"] | {"ref": "another"}}] * 50).proposal(
            "headway/shop", "main"
        )  # type: ignore[operator]


@pytest.mark.parametrize(
    ("said", "checks"),
    [
        ({"total_count": 0, "state": "pending"}, Checks.NONE),
        ({"total_count": 1, "state": "pending"}, Checks.PENDING),
        ({"total_count": 1, "state": "success"}, Checks.PASSED),
        ({"total_count": 1, "state": "skipped"}, Checks.PASSED),
        ({"total_count": 1, "state": "warning"}, Checks.FAILED),
        ({"total_count": 1, "state": "failure"}, Checks.FAILED),
        ({"total_count": 1, "state": "error"}, Checks.FAILED),
        ({"total_count": 1, "state": "what is yet to come"}, Checks.FAILED),
    ],
)
def test_what_those_who_check_have_said(said: Any, checks: Checks) -> None:
    assert saying(200, said).checks("a" * 40) is checks


def test_names_are_no_part_of_an_address() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        return httpx.Response(200, json=[])

    forge(answer).set_status("../../user?x=", CommitStatus("headway", "success"))
    assert asked[0].startswith("/api/v1/repos/team/shop/statuses/..%2F..%2Fuser%3Fx%3D?")
