"""What a branch's commits changed, read in one process, is what git itself says path by path."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headway.clients.git import GitRepository
from headway.decide.supply import service_history
from tests.clients.conftest import git
from tests.git_remote import GitRemote

FILES = ("chart/a", "chart/b", "charted", "code/a", "code\nb")


def wander(folder: Path, seed: int) -> None:
    """A branch main of some thirty commits: changes, reverts, renames, and merges of every kind."""
    chance = random.Random(seed)
    git(folder, "init", "-q", "-b", "main")
    write(folder, "chart/a", "0")
    git(folder, "commit", "-qm", "Begin")
    for number in range(12):
        side = f"side{number}"
        git(folder, "checkout", "-q", "-b", side)
        for _ in range(chance.randrange(3)):
            change(folder, chance)
        git(folder, "checkout", "-q", "main")
        if chance.random() < 0.7:
            change(folder, chance)
        strategy = chance.choice([["-s", "ours"], ["-X", "ours"], ["-X", "theirs"]])
        git(folder, "merge", "-q", "--no-ff", "--no-edit", "--no-commit", *strategy, side)
        if chance.random() < 0.3:
            write(folder, chance.choice(FILES), str(chance.random()))
        git(folder, "commit", "-q", "--allow-empty", "-m", f"Merge {number}")


def change(folder: Path, chance: random.Random) -> None:
    if chance.random() < 0.2:
        git(folder, "commit", "-q", "--allow-empty", "-m", "Empty")
        return
    # Few contents, so that a change is often taken back, and a file often looks renamed.
    for path in chance.sample(FILES, chance.randint(1, 2)):
        write(folder, path, "same long enough content " * 5 + chance.choice("ab"))
    git(folder, "commit", "-q", "--allow-empty", "-m", "Change\n\n//" + "0" * 40)


def write(folder: Path, path: str, text: str) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    git(folder, "add", "--all")


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.story) for seed in range(1, 6))])
def test_a_history_with_merges_is_read_as_git_reads_it(seed: int, tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    wander(origin, seed)
    repository = GitRepository(f"file://{origin}", "main", tmp_path / "cache")
    head = repository.head()
    changes = repository.changes(head, 500)
    assert [each.commit for each in changes] == repository.log(head, 500)
    for folder in ("chart", "."):
        history = service_history.of_branch(changes, folder)
        said = git(origin, "log", "--topo-order", "--format=%H", "main", "--", folder).split()
        outside = [".", f":(exclude,top){folder}"]
        others = git(origin, "log", "--topo-order", "--format=%H", "main", "--", *outside).split()
        assert [sha for sha in history.commits if sha in history.chart] == said
        assert [sha for sha in history.commits if sha in history.code] == others
    held: dict[str, set[str]] = {}
    for line in git(origin, "rev-list", "--parents", "--topo-order", "--reverse", "main").splitlines():
        sha, *parents = line.split()
        held[sha] = {sha}.union(*(held[parent] for parent in parents))
    for sha in history.commits:
        assert {each for each in history.commits if history.holds(sha, each)} == held[sha]


def test_in_a_repository_of_several_services_only_its_own_folders_are_code(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    for path in ("cart/main.go", "lib/log.go", "catalog/main.go", "cart/chart/Chart.yaml", "catalog/x.go"):
        write(origin, path, "text")
        git(origin, "commit", "-q", "-m", path)
    repository = GitRepository(f"file://{origin}", "main", tmp_path / "cache")
    changes = repository.changes(repository.head(), 500)
    history = service_history.of_branch(changes, "cart/chart", ["cart", "lib/"])
    touched = {each.commit.sha: each.commit.message.strip() for each in changes}
    assert {touched[sha] for sha in history.code} == {"cart/main.go", "lib/log.go"}
    assert {touched[sha] for sha in history.chart} == {"cart/chart/Chart.yaml"}
    last = repository.last_change(repository.head(), "cart/chart")
    assert last is not None
    assert (last.sha, last.message.strip()) == (*history.chart, "cart/chart/Chart.yaml")
    assert repository.last_change(repository.head(), "nowhere") is None


def test_a_short_look_sees_the_newest(remote: Path, tmp_path: Path) -> None:
    repository = GitRepository(f"file://{remote}", "main", tmp_path / "cache")
    (only,) = repository.changes(repository.head(), 1)
    assert only.commit.trailers == {"Headway-Stage": "test"}
    assert only.by_parent == (
        frozenset(
            {"values.yaml", "hook", "chart/Chart.yaml", "chart/templates/web.yaml", "chart/linked.yaml"}
        ),
    )


def test_the_history_of_a_file_is_what_each_commit_left(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    for text in ("1", "2"):
        write(origin, "a b.yaml", text)
        git(origin, "commit", "-q", "-m", text)
        write(origin, "other.yaml", text)
        git(origin, "commit", "-q", "-m", "other")
    git(origin, "rm", "-q", "a b.yaml")
    git(origin, "commit", "-q", "-m", "away")
    repository = GitRepository(f"file://{origin}", "main", tmp_path / "cache")
    history = repository.file_history(repository.head(), "a b.yaml", 10)
    assert [(commit.message.strip(), data) for commit, data in history] == [
        ("away", b""),
        ("2", b"2"),
        ("1", b"1"),
    ]
    assert len(repository.file_history(repository.head(), "a b.yaml", 2)) == 2
    assert repository.file_history(repository.head(), "nowhere", 2) == []


@pytest.mark.parametrize(
    ("message", "by"),
    [
        pytest.param("// Take the old way out", "Ada <ada@example.com>", id="message"),
        pytest.param("//", "Ada <ada@example.com>", id="nothing else"),
        pytest.param("Change", "//Ada <ada@example.com>", id="author"),
    ],
)
def test_what_begins_as_a_record_does_is_none(message: str, by: str, tmp_path: Path) -> None:
    remote = GitRemote.made(tmp_path / "shop.git", {"a": "1"})
    pushed = remote.push({"b": "2", "c": "3", "d": "4"}, message, by=by)
    repository = GitRepository(remote.url, "main", tmp_path / "cache")
    changes = repository.changes(repository.head(), 10)
    assert [each.commit.sha for each in changes] == [pushed, *changes[0].commit.parents]
    assert (changes[0].commit.message, changes[0].commit.author) == (f"{message}\n", by)
    assert changes[0].by_parent == (frozenset("bcd"),)


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        pytest.param("", 0, id="none"),
        pytest.param(" yesterday +0000", 0, id="no number"),
        pytest.param(" -5 +0000", 0, id="before all"),
        pytest.param(" 99999999999999999999 +0000", 253402300799, id="beyond all dates"),
    ],
)
def test_a_commit_whose_date_an_old_tool_wrote(date: str, seconds: int, tmp_path: Path) -> None:
    remote = GitRemote.made(tmp_path / "shop.git", {"a": "1"})
    tree, who = remote.git("rev-parse", "main^{tree}").strip(), f"Ada <ada@example.com>{date}"
    said = f"tree {tree}\nparent {remote.head}\nauthor {who}\ncommitter {who}\n\nChange\n"
    options = ("-t", "commit", "--literally", "-w", "--stdin")
    remote.git(
        "update-ref", "refs/heads/main", remote.git("hash-object", *options, stdin=said.encode()).strip()
    )
    repository = GitRepository(remote.url, "main", tmp_path / "cache")
    head = repository.head()
    assert repository.changes(head, 10)[0].commit == repository.log(head, 1)[0]
    assert datetime.fromtimestamp(repository.log(head, 1)[0].time, UTC).timestamp() == seconds
