"""Policy apart from headway.yaml, as a look finds it in git: by which address and credentials, and what stands in for it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from headway.clients import git_command
from headway.clients.git import GitCredentials, GitRepository, objects
from headway.errors import BadInput
from headway.workspace import policy_source
from headway.workspace.application_source import ApplicationSource
from headway.workspace.systems import Access, PolicyPlace, Systems
from tests.git_remote import GitRemote

FILE = "shop.yaml"
GOOD = "environments:\n  testing: {charts: s3://t, gate: approval}\n"
WRONG = "environments:\n  testing: {charts: s3://t, gaet: approval}\n"
APPLICATION = "https://git.example.com/shop/application.git"

LAST_READ = {
    "the file became wrong": ([GOOD, WRONG], "gaet: unknown key"),
    "the file was taken away": ([GOOD, None], "the policy of the application is missing"),
    "more than once": ([GOOD, WRONG, "[", None, b"\xff"], "this is not UTF-8"),
    "it always was wrong": ([WRONG, "["], None),
    "it never was there": ([None], None),
}


@pytest.mark.parametrize(("texts", "unread"), LAST_READ.values(), ids=LAST_READ.keys())
def test_the_last_one_that_could_be_read_stands_in_for_whoever_repairs(
    texts: Sequence[str | bytes | None], unread: str | None, tmp_path: Path
) -> None:
    remote = GitRemote.made(tmp_path / "policy.git", {"README": ""})
    for text in texts:
        remote.push({FILE: text, "more": str(text)})
    git = GitRepository(remote.url, "main", tmp_path / "cache")
    with pytest.raises(BadInput):
        policy_source.look(git, FILE, git.head, or_last_read=False)
    if unread is None:
        with pytest.raises(BadInput):
            policy_source.look(git, FILE, git.head, or_last_read=True)
        return
    seen = policy_source.look(git, FILE, git.head, or_last_read=True)
    assert seen.policy.environments["testing"].gate == "approval"
    assert unread in str(seen.unread)


HEADWAY_YAML = "application: shop\nenvironments:\n  testing: {charts: s3://t}\n"


def test_a_file_that_became_larger_than_is_read_does_not_stop_whoever_repairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of policy, and of headway.yaml itself."""
    monkeypatch.setattr(git_command, "GIT_LIMIT", 100_000)
    monkeypatch.setattr(objects, "HISTORY_LIMIT", 50_000)
    remote = GitRemote.made(tmp_path / "shop.git", {FILE: GOOD, "headway.yaml": HEADWAY_YAML})
    remote.push({FILE: bytes(200_000), "headway.yaml": bytes(200_000)})
    git = GitRepository(remote.url, "main", tmp_path / "cache")
    seen = policy_source.look(git, FILE, git.head, or_last_read=True)
    assert seen.policy.environments["testing"].gate == "approval"
    assert "there is more in it than is read" in str(seen.unread)
    with pytest.raises(BadInput, match="there is more in it than is read"):
        ApplicationSource(git, git.head())
    source = ApplicationSource(git, git.head(), or_last_read=True)
    assert source.application.application == "shop"
    assert "there is more in it than is read" in str(source.unread)


PLACES: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "a path beside headway.yaml": ({}, (APPLICATION, "trunk")),
    "a branch of its own": ({"branch": "policy"}, (APPLICATION, "policy")),
    "a repository of its own": ({"url": "https://x/policy"}, ("https://x/policy", "main")),
    "a branch of that": ({"url": "https://x/policy", "branch": "live"}, ("https://x/policy", "live")),
}


@pytest.mark.parametrize(("place", "found"), PLACES.values(), ids=PLACES.keys())
def test_where_it_is_looked_for(place: dict[str, Any], found: tuple[str, str], tmp_path: Path) -> None:
    systems = Systems(Access(APPLICATION, "trunk", cache=tmp_path, named=("s3://none",)), lambda _: None)  # type: ignore[arg-type, return-value]
    git = systems.policy_git(PolicyPlace(FILE, **place))
    assert (git.url, git.branch) == found


OWN, OTHER = GitCredentials("committer", "p"), GitCredentials("reader", "q")
CREDENTIALS = {
    "those of the application at its host": ("https://git.example.com/policy", None, "Y29tbWl0dGVyOnA="),
    "nobody's at another": ("https://other.example.com/policy", None, None),
    "its own": ("https://other.example.com/policy", OTHER, "cmVhZGVyOnE="),
    "its own at the application's host": ("https://git.example.com/policy", OTHER, "cmVhZGVyOnE="),
}


@pytest.mark.parametrize(("url", "own", "sent"), CREDENTIALS.values(), ids=CREDENTIALS.keys())
def test_whose_credentials_are_sent(
    url: str,
    own: GitCredentials | None,
    sent: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []

    def run(*_: object, env: dict[str, str], **__: object) -> tuple[int, bytes, str]:
        shown.extend(env.values())
        return 0, b"abc\n", ""

    monkeypatch.setattr(git_command, "run", run)
    systems = Systems(Access(APPLICATION, git=OWN, cache=tmp_path), lambda _: None)  # type: ignore[arg-type, return-value]
    git = systems.policy_git(PolicyPlace(FILE, url, git=own))
    git.head()
    headers = {value for value in shown if value.startswith("Authorization")}
    assert headers == ({f"Authorization: Basic {sent}"} if sent else set())


@pytest.mark.parametrize(
    ("url", "is_in"),
    [
        pytest.param("", True, id="none named"),
        pytest.param(APPLICATION, True, id="the same"),
        pytest.param("https://git.example.com/shop/application/", True, id="the same in other letters"),
        pytest.param("https://git.example.com/shop/policy.git", False, id="another"),
    ],
)
def test_whether_it_lies_in_the_application_repository(url: str, is_in: bool) -> None:
    assert PolicyPlace(FILE, url).is_in(APPLICATION) is is_in
