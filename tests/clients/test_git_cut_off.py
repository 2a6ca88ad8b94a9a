"""A mirror on a disk that was full, or whose git was killed: the next look goes on, and the disk is not filled any further.

The kernel ends here whatever writes more into one file than it may (RLIMIT_FSIZE), in the middle of it.
"""

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from headway.clients.git import GitRepository, mirror
from headway.errors import Unreachable
from headway.model.edits import Edit
from tests.clients.conftest import AUTHOR
from tests.git_remote import GitRemote


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def remote(tmp_path: Path) -> GitRemote:
    return GitRemote.made(tmp_path / "remote.git", {"large": os.urandom(100_000)})


@pytest.fixture
def repository(remote: GitRemote, tmp_path: Path) -> GitRepository:
    return GitRepository(remote.url, "main", tmp_path / "cache")


def folder(tmp_path: Path) -> Path:
    found, *others = (tmp_path / "cache").glob("*.git")
    assert not others
    return found


@pytest.mark.parametrize("size", [0, 40])
def test_a_mirror_that_was_begun_and_cut_off_is_begun_anew(
    size: int, repository: GitRepository, remote: GitRemote
) -> None:
    with largest_file(size), pytest.raises(Unreachable):
        repository.head()
    assert repository.head() == remote.head


def test_what_a_fetch_left_that_was_cut_off_does_not_fill_the_disk(
    repository: GitRepository, remote: GitRemote, tmp_path: Path
) -> None:
    for _ in range(2):
        with largest_file(50_000), pytest.raises(Unreachable):
            repository.head()
    assert not list((folder(tmp_path) / "objects" / "pack").glob("tmp_*"))
    assert repository.head() == remote.head


def test_a_lock_that_a_dead_git_has_left_is_taken_away(
    repository: GitRepository, remote: GitRemote, tmp_path: Path
) -> None:
    repository.head()
    (place,) = (folder(tmp_path) / "refs" / "headway").iterdir()
    lock = place.with_name(f"{place.name}.lock")
    lock.write_bytes(b"")
    os.utime(lock, (1, 1))
    pushed = remote.push({"values.yaml": "tag: two"})
    with pytest.raises(Unreachable, match=r"mirror on this machine cannot be written.*rm -r"):
        repository.head()
    assert repository.head() == pushed


def test_a_lock_that_somebody_may_hold_stays(
    repository: GitRepository, remote: GitRemote, tmp_path: Path
) -> None:
    repository.head()
    (place,) = (folder(tmp_path) / "refs" / "headway").iterdir()
    lock = place.with_name(f"{place.name}.lock")
    lock.write_bytes(b"")
    remote.push({"values.yaml": "tag: two"})
    with pytest.raises(Unreachable):
        repository.head()
    assert lock.exists()


def test_a_first_fetch_that_was_cut_off_has_as_long_again(
    repository: GitRepository, remote: GitRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "REMOTE_SECONDS", 0.0)
    monkeypatch.setattr(mirror, "FIRST_FETCH_SECONDS", 0.0)
    with pytest.raises(Unreachable):
        repository.head()
    monkeypatch.setattr(mirror, "FIRST_FETCH_SECONDS", 60.0)
    assert repository.head() == remote.head


def test_a_commit_that_finds_no_room_is_tried_again(repository: GitRepository, remote: GitRemote) -> None:
    head = repository.head()
    edit = Edit({"values.yaml": os.urandom(10_000)}, "Bump web")
    with largest_file(5_000), pytest.raises(Unreachable, match="mirror on this machine cannot be written"):
        repository.commit(edit, on=head, author=AUTHOR)
    assert repository.commit(edit, on=head, author=AUTHOR) == remote.head


@pytest.mark.parametrize(
    "said",
    [
        "fatal: write error: No space left on device",
        "error: file write error: Disk quota exceeded",
        "error: cannot create: Read-only file system",
    ],
)
def test_a_full_disk_of_this_machine_is_not_laid_to_the_remote(said: str, tmp_path: Path) -> None:
    at = mirror.Mirror("https://git.example.com/shop", "main", tmp_path, None)
    error = at.failure(said)
    assert isinstance(error, Unreachable)
    assert "mirror on this machine cannot be written" in str(error)
    assert error.status is None
    assert "does not answer" in str(at.failure(f"remote: {said}"))
