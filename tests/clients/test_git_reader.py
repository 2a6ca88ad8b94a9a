"""git kept open for reading, and objects written beside it: as git itself has them, whoever dies, forks or packs meanwhile."""

import errno
import fcntl
import gc
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from headway.clients.git import GitRepository, loose, reader
from headway.clients.git.mirror import Mirror
from headway.errors import BadInput, Retryable, Unreachable
from headway.model.edits import Author, Edit
from tests.git_remote import GitRemote

AUTHOR = Author("Tester", "tester@example.com")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GitRemote:
    return GitRemote.made(tmp_path_factory.mktemp("made") / "shop.git", {"a/b/c.yaml": "c: 1\n", "x": "x"})


@pytest.fixture
def remote(made: GitRemote, tmp_path: Path) -> GitRemote:
    return GitRemote(shutil.copytree(made.path, tmp_path / "shop.git"))


def opened(remote: GitRemote, cache: Path) -> tuple[GitRepository, str]:
    repository = GitRepository(remote.url, "main", cache)
    return repository, repository.head()


def pid(repository: GitRepository) -> int:
    return repository._mirror._reader._process.pid


def alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def dying(folder: Path) -> subprocess.Popen[bytes]:
    """In the place of git: it is killed as it is asked."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        ["sh", "-c", "read asked; kill -9 $$"], cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe
    )


def gone(number: int) -> bool:
    deadline = time.monotonic() + 5
    while alive(number) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(number)


BLOB = "587be6b4c3f93f93c489c0111bba5596147a26cb"
TREES: dict[str, Mapping[str, str]] = {
    "a folder behind what begins like it": {"a": "40000", "a.b": "100644", "a-b": "100644", "a0": "100755"},
    "a file before it": {"a": "100644", "a.b": "40000", "a-b": "40000", "ab": "120000"},
    "no UTF-8": {os.fsdecode(b"\xff"): "100644", "\u00e4": "40000", "z": "160000"},
}


@pytest.mark.parametrize("names", TREES.values(), ids=TREES.keys())
def test_a_tree_is_what_git_makes_of_it(names: Mapping[str, str], remote: GitRemote, tmp_path: Path) -> None:
    listed = "".join(
        f"{mode} {'tree' if mode == '40000' else 'commit' if mode == '160000' else 'blob'} {BLOB}\t{name}\0"
        for name, mode in names.items()
    )
    by_git = remote.git("mktree", "--missing", "-z", stdin=os.fsencode(listed)).strip()
    data = loose.tree((os.fsencode(name), (mode, BLOB)) for name, mode in names.items())
    assert loose.stored(remote.path, "tree", data) == by_git
    (tmp_path / "empty" / "objects").mkdir(parents=True)
    assert loose.stored(tmp_path / "empty", "tree", data) == by_git
    assert loose.entries(data) == {os.fsencode(name): (mode, BLOB) for name, mode in names.items()}


def test_commits_with_any_names_are_sound_and_leave_all_else(remote: GitRemote, tmp_path: Path) -> None:
    chance = random.Random(7)
    repository, head = opened(remote, tmp_path / "cache")
    there = {"a/b/c.yaml": b"c: 1\n", "x": b"x"}
    for _ in range(12):
        name = "/".join(
            "".join(chance.choices("ab.-0\u00e9 ", k=chance.randint(1, 3))).strip(" .-") or "n"
            for _ in range(chance.randint(1, 3))
        )
        beside = any(each.startswith(f"{name}/") or name.startswith(f"{each}/") for each in there)
        if beside:
            continue
        there[name] = chance.randbytes(chance.randint(0, 200))
        head = repository.commit(Edit({name: there[name]}, "Change"), on=head, author=AUTHOR)
    assert repository.tree(head, ".") == there
    assert repository.read_all(head, [*there]) == there
    subprocess.run(["git", "-C", remote.path, "fsck", "--strict", "--full"], check=True, capture_output=True)
    objects = tmp_path / "cache" / repository._mirror._folder.name / "objects"
    assert not [*objects.rglob("tmp_obj_*")]
    assert {each.stat().st_mode & 0o777 for each in objects.glob("??/*")} == {0o444}


@pytest.mark.parametrize("left", [b"", bytes(40), None], ids=["nothing", "zeros", "a half"])
def test_what_a_machine_left_behind_that_stopped_is_written_anew(
    left: bytes | None, remote: GitRemote, tmp_path: Path
) -> None:
    repository, head = opened(remote, tmp_path)
    edit = Edit({"a/b/c.yaml": b"c: 2\n"}, "Change")
    objects = repository._mirror._folder / "objects"
    before = {*objects.glob("??/*")}
    mirror = repository._mirror
    written = {kind: mirror.stored(kind, b"c: 2\n" if kind == "blob" else b"") for kind in ("blob", "tree")}
    for file in {*objects.glob("??/*")} - before:
        half = file.read_bytes()[:-6]
        file.unlink()
        file.write_bytes(half if left is None else left)
    made = repository.commit(edit, on=head, author=AUTHOR)
    assert (remote.head, remote.read("a/b/c.yaml")) == (made, "c: 2\n")
    assert mirror.stored("tree", b"") == written["tree"]
    subprocess.run(["git", "-C", mirror._folder, "fsck", "--full"], check=True, capture_output=True)


def test_one_process_reads_all_and_what_comes_later(remote: GitRemote, tmp_path: Path) -> None:
    repository, head = opened(remote, tmp_path)
    assert repository.read(head, "x") == b"x"
    first = pid(repository)
    remote.push({"x": "later"})
    assert repository.read(repository.head(), "x") == b"later"
    folder = repository._mirror._folder
    subprocess.run(["git", "-C", folder, "gc", "-q", "--prune=now"], check=True)
    later = GitRepository(remote.url, "main", tmp_path).head()
    assert repository.read_all(later, ["x", "a/b/c.yaml", "no", "a"]) == {
        "x": b"later",
        "a/b/c.yaml": b"c: 1\n",
    }
    mirror = repository._mirror
    assert mirror.objects([f"{later}^{{tree}}", "0" * 40])[1] is None
    assert repository.resolve(later[:7]) == later
    assert repository.resolve("0000000") is None
    assert pid(repository) == first


def test_answers_larger_than_a_pipe_and_questions_that_fill_one(remote: GitRemote, tmp_path: Path) -> None:
    large = os.urandom(300_000)
    remote.push({f"many/{number}": f"{number}" for number in range(1100)} | {"large": large})
    repository, head = opened(remote, tmp_path)
    assert repository.read(head, "large") == large
    found = repository.tree(head, "many")
    assert found == {f"{number}": f"{number}".encode() for number in range(1100)}


def test_pipes_of_a_user_who_has_many(remote: GitRemote, tmp_path: Path) -> None:
    """Linux gives those a page or two, beyond /proc/sys/fs/pipe-user-pages-soft."""
    remote.push({f"many/{number}": f"{number}" * 9 for number in range(300)})
    repository, head = opened(remote, tmp_path)
    repository.read(head, "x")
    process = repository._mirror._reader._process
    assert process.stdin
    assert process.stdout
    for pipe in (process.stdin, process.stdout):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
    stuck = threading.Timer(5, process.kill)
    stuck.start()
    paths = [f"many/{number}" for number in range(300)]
    assert [*repository.read_all(head, paths).values()] == [f"{each}".encode() * 9 for each in range(300)]
    stuck.cancel()
    assert repository._mirror._reader._process is process


def test_one_that_was_killed_is_started_again(remote: GitRemote, tmp_path: Path) -> None:
    repository, head = opened(remote, tmp_path)
    repository.read(head, "x")
    for number in (signal.SIGKILL, signal.SIGTERM):
        before = pid(repository)
        os.kill(before, number)
        assert gone(before)
        assert repository.read(head, "x") == b"x"
        assert pid(repository) != before


def test_a_git_that_is_killed_as_it_answers_says_nothing_of_the_repository(
    remote: GitRemote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository, head = opened(remote, tmp_path)
    monkeypatch.setattr(repository._mirror._reader, "_start", lambda: dying(tmp_path))
    with pytest.raises(Retryable, match="git cat-file: it was killed"):
        repository.read(head, "x")


@pytest.mark.parametrize("asked", ["log", "diff-tree", "ls-tree"])
def test_a_git_that_is_killed_says_nothing_of_the_repository(
    asked: str, remote: GitRemote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository, head = opened(remote, tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    program, git = programs / "git", shutil.which("git")
    program.write_text(f'#!/bin/sh\ncase " $* " in *" {asked} "*) kill -9 $$ ;; esac\nexec {git} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    questions: dict[str, Callable[[], object]] = {
        "log": lambda: repository.log(head, 1),
        "diff-tree": lambda: repository.changed_paths(head, head),
        "ls-tree": lambda: repository.tree(head, "."),
    }
    with pytest.raises(Retryable, match="it was killed"):
        questions[asked]()


def test_a_mirror_that_is_no_repository_says_so_each_time(tmp_path: Path) -> None:
    mirror = Mirror(f"file://{tmp_path}/none", "main", tmp_path, None)
    for _ in range(2):
        with pytest.raises(BadInput, match="cat-file failed: fatal: not a git repository"):
            mirror.objects([BLOB])


def test_a_folder_that_cannot_be_made_for_a_mirror_is_named(remote: GitRemote, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable, match="there is no folder for what is fetched: Not a directory") as said:
        GitRepository(remote.url, "main", tmp_path / "file" / "headway").head()
    assert said.value.where.startswith(f"{tmp_path}/file/headway")


def test_a_lock_that_cannot_be_opened_such_as_that_of_another_user_names_its_folder(
    remote: GitRemote, tmp_path: Path
) -> None:
    repository = GitRepository(remote.url, "main", tmp_path / "headway")
    repository._mirror._folder.with_suffix(".lock").mkdir(parents=True)
    with pytest.raises(Unreachable, match="there is no folder for what is fetched: Is a directory") as said:
        repository.head()
    assert said.value.where == f"{tmp_path}/headway"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_a_mirror_that_another_user_keeps_is_as_good_as_none(remote: GitRemote, tmp_path: Path) -> None:
    repository, _ = opened(remote, tmp_path / "headway")
    os.seteuid(65534)
    try:
        assert repository.last_seen() is None
        with pytest.raises(Unreachable, match="there is no folder for what is fetched: Permission denied"):
            repository.head()
    finally:
        os.seteuid(0)


def test_a_full_folder_for_temporary_files_keeps_nobody_from_reading(
    remote: GitRemote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    repository = GitRepository(remote.url, "main", tmp_path / "headway", None)
    assert repository.log(repository.head(), 1)[0].sha == remote.head


def test_a_mirror_that_a_disk_has_spoilt_is_fetched_anew_where_it_is_taken_away(
    remote: GitRemote, tmp_path: Path
) -> None:
    repository, head = opened(remote, tmp_path)
    folder = repository._mirror._folder
    for file in [*folder.glob("objects/??/*"), *folder.glob("objects/pack/*.pack")]:
        file.chmod(0o600)
        file.write_bytes(bytes(file.stat().st_size))
    with pytest.raises(BadInput, match="git does not know") as said:
        repository.read(head, "x")
    assert said.value.next_step.endswith(f"fetched anew then: rm -r {folder}")
    shutil.rmtree(folder)
    assert repository.read(repository.head(), "x") == b"x"


def test_a_killed_parent_leaves_none_behind(remote: GitRemote, tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom headway.clients.git import GitRepository\n"
        f"r = GitRepository({remote.url!r}, 'main', Path({str(tmp_path)!r}) / 'cache')\n"
        "r.read(r.head(), 'x')\nprint(r._mirror._reader._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
    assert gone(child)


def test_none_outlives_its_repository_and_few_are_open(remote: GitRemote, tmp_path: Path) -> None:
    several = [opened(remote, tmp_path / f"{number}") for number in range(reader.OPEN + 3)]
    for repository, head in several:
        assert repository.read(head, "x") == b"x"
    numbers = [repository._mirror._reader._started for repository, _ in several]
    assert sum(1 for each in numbers if each) == reader.OPEN
    assert all(numbers[-reader.OPEN :]), "those that were asked last"
    repository, head = several[0]
    assert repository.read(head, "x") == b"x", "it is started again"
    open_ones = [each[0][1].pid for each in numbers if each]
    del repository, several
    gc.collect()
    assert all(gone(each) for each in open_ones)


def test_a_fork_starts_its_own(remote: GitRemote, tmp_path: Path) -> None:
    repository, head = opened(remote, tmp_path)
    repository.read(head, "x")
    before = pid(repository)
    child = os.fork()
    if child == 0:
        is_right = repository.read(head, "x") == b"x" and pid(repository) != before
        repository._mirror._reader.close_unless_asked()
        os._exit(0 if is_right else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert (repository.read(head, "x"), pid(repository)) == (b"x", before)
