"""What several applications of a watch share, the policy's repository say, is asked for once; by the same credentials alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from headway.clients import git_command, together
from headway.clients.git import GitCredentials
from headway.clients.kubernetes.cluster import Cluster
from headway.workspace.systems import Access, PolicyPlace, Systems
from tests.git_remote import GitRemote


def connect(name: str) -> Cluster:
    raise AssertionError(name)


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    found: list[str] = []
    run = git_command.run

    def counted(folder: Any, arguments: Any, *rest: Any, **options: Any) -> Any:
        if arguments[0] in ("fetch", "ls-remote"):
            found.append(arguments[-1])
        return run(folder, arguments, *rest, **options)

    monkeypatch.setattr(git_command, "run", counted)
    return found


@pytest.fixture
def shared(tmp_path: Path) -> GitRemote:
    return GitRemote.made(tmp_path / "shared.git", {"policy.yaml": "environments: {}\n"})


def systems(tmp_path: Path, name: str, credentials: GitCredentials | None = None) -> Systems:
    """Of an application beside the others."""
    url = f"file://{tmp_path}/{name}.git"
    return Systems(Access(url, git=credentials, cache=tmp_path / "cache"), connect)


def heads(tmp_path: Path, shared: GitRemote, *credentials: GitCredentials | None) -> list[str]:
    found = []
    for number, each in enumerate(credentials):
        with together.glancing():
            one = systems(tmp_path, f"app-{number}", each)
            place = PolicyPlace("policy.yaml", shared.url)
            found += [
                one.head_of(one.git(shared.url, "main")),
                one.head_of(one.policy_git(place), place.git),
            ]
    return found


ADA = GitCredentials("ada", "one")


@pytest.mark.parametrize(
    ("credentials", "asked"),
    [
        pytest.param([None] * 3, 1, id="none"),
        pytest.param([ADA] * 3, 1, id="the same"),
        pytest.param([ADA, replace(ADA, password="two"), None], 3, id="others"),
    ],
)
def test_one_fetch_serves_all_who_are_let_in_by_the_same(
    tmp_path: Path,
    shared: GitRemote,
    fetches: list[str],
    credentials: list[GitCredentials | None],
    asked: int,
) -> None:
    with together.together(4):
        assert heads(tmp_path, shared, *credentials) == [shared.head] * 6
    assert len(fetches) == asked


def test_alone_each_asks_and_one_that_is_about_to_write_asks_anew(
    tmp_path: Path, shared: GitRemote, fetches: list[str]
) -> None:
    assert heads(tmp_path, shared, None, None) == [shared.head] * 4
    assert len(fetches) == 4
    with together.together(4), together.glancing():
        one = systems(tmp_path, "app")
        git = one.git(shared.url, "main")
        before = one.head_of(git)
        shared.push({"more.txt": "more"}, "More")
        assert one.head_of(git) == before
        together.stop_glancing()
        assert one.head_of(git) == shared.head != before
