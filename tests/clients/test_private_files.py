"""Where is kept what can be made anew, and that nothing half written stays anywhere."""

import os
import resource
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from headway.clients import memory, private_files
from headway.clients.chart_repository import last_indexes
from headway.clients.chart_repository.last_manifests import LastManifests
from headway.clients.git import loose
from headway.clients.remembered import IMMUTABLE, Memory, Remembered
from headway.errors import Terminal
from headway.worker import environment
from headway.workspace import remembered


@pytest.mark.parametrize(
    ("named", "kept"),
    {
        "a folder": ("/var/cache/us", "/var/cache/us/headway"),
        "none": ("", "/srv/us/.cache/headway"),
        "a relative one, which is another in each folder that git is started in": (
            "cache",
            "/srv/us/.cache/headway",
        ),
    }.values(),
)
def test_the_folder(named: str, kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/us")
    monkeypatch.setenv("XDG_CACHE_HOME", named)
    assert private_files.cache() == Path(kept)


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(Terminal, match="no home") as said:
        private_files.cache()
    assert "XDG_CACHE_HOME" in said.value.next_step


@contextmanager
def full_disk() -> Iterator[None]:
    """As the kernel tells it: some is written, and no more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def signalled() -> Iterator[None]:
    """A signal comes while the file is being written."""

    def half(handle: int, *_: object, **__: object) -> None:
        os.write(handle, b"half")
        os.close(handle)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("os.fdopen", half)
        yield


def in_memory(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(memory, "private_folder", lambda: folder)
        memory.private_file("a secret that is long", "kubeconfig-")


def object_of_git(folder: Path) -> None:
    (folder / "objects").mkdir()
    loose.stored(folder, "blob", b"a text that is long")


@pytest.mark.parametrize("failure", [full_disk, signalled])
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(
            lambda folder: private_files.write_whole(folder / "file", b"a text that is long"),
            id="what is kept",
        ),
        pytest.param(in_memory, id="a secret in memory"),
        pytest.param(object_of_git, id="an object of git's"),
        pytest.param(environment.one_certificate, id="the certificate of runs"),
    ],
)
def test_nothing_half_written_stays(
    write: Callable[[Path], object], failure: Callable[[], AbstractContextManager[None]], tmp_path: Path
) -> None:
    with failure(), pytest.raises((OSError, KeyboardInterrupt)):
        write(tmp_path)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


def test_what_was_said_before_stays_where_the_disk_is_full(tmp_path: Path) -> None:
    file, said = tmp_path / "said.json", {"1": "what was said"}
    remembered.write(file, said)
    with full_disk():
        remembered.write(file, {"1": "what is said now"})
    assert (remembered.read(file), os.listdir(tmp_path)) == (said, ["said.json"])


NESTED = b"[" * 8000
KEPT: Mapping[str, Callable[[Path], object]] = {
    "an answer": lambda file: Memory(file.parent).of(file.name) or {},
    "what was said": remembered.read,
    "manifests": lambda file: _manifests(file.read_bytes()),
}


def _manifests(content: bytes) -> object:
    known = LastManifests("oci://registry.example.com/shop")
    last_indexes.memory().keep(known._file("shop"), Remembered(IMMUTABLE, content))
    return known.of("shop")


@pytest.mark.parametrize("what", KEPT)
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(NESTED, id="nested without end"),
        pytest.param(b'{"a":' * 2000, id="objects without end"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
        pytest.param(b"1" * 7000, id="a number without end"),
        pytest.param(b'[{"etag": 1}]', id="something else"),
        pytest.param(b'{"a": "cut sho', id="cut short"),
    ],
)
def test_what_is_garbled_is_as_good_as_none(
    what: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "kept").write_bytes(content)
    assert KEPT[what](tmp_path / "kept") == {}


def test_what_was_said_is_read_to_a_limit_wherever_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "said.json").symlink_to("/dev/zero")
    assert remembered.read(tmp_path / "said.json") == {}


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(lambda file: file.symlink_to("/nowhere/at/all"), id="a link that leads nowhere"),
        pytest.param(lambda file: file.mkdir(), id="a folder"),
    ],
)
def test_something_odd_keeps_no_answer_from_being_kept_nor_deleted(
    odd: Callable[[Path], object], tmp_path: Path
) -> None:
    """Each process would find it anew: thousands of answers would never be deleted any more."""
    folder = tmp_path / "kept"
    folder.mkdir()
    odd(folder / "odd")
    (folder / "old").write_bytes(b"x")
    for name in ("odd", "old"):
        os.utime(folder / name, (0, 0), follow_symlinks=False)
    answer = Remembered('"1"', b"content")
    Memory(folder).keep("new", answer)
    assert Memory(folder).of("new") == answer
    assert not (folder / "old").exists()
