"""What a person's own clone says of commits."""

from pathlib import Path

import pytest

from headway.clients.git import ancestry
from tests.git_remote import GitRemote


@pytest.fixture
def clone(tmp_path: Path) -> tuple[Path, str, str]:
    """A repository with two commits; their SHAs."""
    remote = GitRemote.made(tmp_path / "cart.git", {"a": "1"})
    first = remote.head
    remote.push({"a": "2"}, "Count the\x1b[2J items")
    return tmp_path / "cart.git", first, remote.head


def test_who_holds_a_commit(clone: tuple[Path, str, str]) -> None:
    folder, first, second = clone
    assert ancestry.resolved(folder, first[:9]) == first
    assert ancestry.resolved(folder, "main") == second
    assert ancestry.holding(folder, first, [second[:7], first, "f" * 40, "not one", "--all"]) == {
        second[:7],
        first,
    }
    assert ancestry.holding(folder, second, [first]) == frozenset()


def test_what_lies_between(clone: tuple[Path, str, str]) -> None:
    folder, first, second = clone
    (line,) = ancestry.between(folder, first[:7], second[:7])
    assert line.startswith(second[:7])
    assert ": Count the" in line
    assert ancestry.between(folder, second, first) == ()
    assert ancestry.between(folder, "--output=x", second) == ()


@pytest.mark.parametrize("name", ["nothing", "--all", "", "a..b"])
def test_what_a_clone_does_not_know(clone: tuple[Path, str, str], name: str, tmp_path: Path) -> None:
    assert ancestry.resolved(clone[0], name) == ""
    assert ancestry.resolved(tmp_path / "nowhere", "main") == ""
