"""The database of the sandbox's Prefect server, in folders of the tests' own: pytest's, which are closed to other users."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import packages, postgres
from sandbox.failure import SandboxError
from sandbox.processes import Processes
from sandbox.unprivileged import as_user, is_closed

STOP_SECONDS = 8


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    postgres.prepare(folder)
    return folder


@pytest.fixture
def state(prepared: Path) -> Iterator[Path]:
    """Of a server that runs."""
    start(prepared)
    yield prepared
    Processes(prepared).stop([postgres.NAME])


def start(state: Path) -> int:
    """The pid of its first process."""
    processes, service = Processes(state), postgres.service(state)
    processes.start(service)
    processes.wait(service)
    pid = processes.running(postgres.NAME)
    assert pid
    return pid


def asking(state: Path, statement: str) -> list[str]:
    psql = ["psql", "--no-psqlrc", "-At", "--host", str(state / postgres.NAME), "--username", "root"]
    return [*psql, "--dbname", postgres.DATABASE, "--command", statement]


def ask(state: Path, statement: str) -> str:
    return subprocess.run(asking(state, statement), check=True, capture_output=True, text=True).stdout.strip()


def at_work_in(folder: Path) -> list[int]:
    """Those of its processes lead sessions of their own: each works in the folder of the data."""
    found = []
    for working in Path("/proc").glob("[0-9]*/cwd"):
        try:
            where = working.readlink()
        except OSError:
            continue
        if where.is_relative_to(folder):
            found.append(int(working.parent.name))
    return found


@pytest.mark.sandbox
def test_what_is_committed_outlives_a_kill_and_an_orderly_end(state: Path) -> None:
    ask(state, "create table kept (number int)")
    ask(state, "insert into kept values (1)")
    killed = start(state)
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    assert start(state) != killed
    ask(state, "insert into kept values (2)")
    Processes(state).stop([postgres.NAME])
    postgres.prepare(state)
    start(state)
    assert ask(state, "select number from kept order by number").split() == ["1", "2"]


@pytest.mark.sandbox
def test_its_end_waits_for_nobody_and_leaves_the_data_alone(state: Path) -> None:
    busy = subprocess.Popen(asking(state, "select pg_sleep(300)"), stderr=subprocess.PIPE)
    until = time.monotonic() + 10
    while ask(state, "select count(*) from pg_stat_activity where query like '%sleep(300)'") != "1":
        assert time.monotonic() < until
    assert len(at_work_in(state)) > 2
    began = time.monotonic()
    Processes(state).stop([postgres.NAME], patience_seconds=60)
    assert time.monotonic() - began < STOP_SECONDS
    assert at_work_in(state) == []
    assert list((state / postgres.NAME).iterdir()) == [postgres.service(state).cwd]
    assert b"administrator command" in busy.communicate(timeout=10)[1]


@pytest.mark.sandbox
def test_it_is_nobodys_but_the_sandboxs_user_and_no_superuser_runs_it(state: Path) -> None:
    argv = asking(state, "select 1")
    stranger = as_user("nobody", "nogroup", reads_everything=True)
    refused = subprocess.run([*stranger, *argv], capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "Permission denied" in refused.stderr
    known = subprocess.run(
        [*as_user(postgres.USER, postgres.USER, reads_everything=True), *argv],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Peer authentication failed" in known.stderr
    server = Processes(state).running(postgres.NAME)
    assert Path(f"/proc/{server}").owner() == postgres.USER


@pytest.mark.sandbox
def test_data_that_were_made_by_half_are_made_anew(tmp_path: Path) -> None:
    half = Path(f"{postgres.service(tmp_path).cwd}.partial")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    postgres.prepare(tmp_path)
    assert not half.exists()
    start(tmp_path)
    try:
        assert ask(tmp_path, "select 1") == "1"
    finally:
        Processes(tmp_path).stop([postgres.NAME])


@pytest.mark.parametrize(
    ("mode", "closed"),
    [pytest.param(0o755, False, id="open"), pytest.param(0o750, True, id="closed to others")],
)
def test_it_reads_everything_only_where_a_folder_above_is_closed(
    monkeypatch: pytest.MonkeyPatch, mode: int, closed: bool
) -> None:
    above = Path("/proc")
    monkeypatch.setattr(
        Path, "stat", lambda self: os.stat_result((mode if self == above else 0o755, *[0] * 9))
    )
    assert is_closed(above / "self" / "fd") is closed
    assert any("dac_read_search" in word for word in as_user("a", "b", reads_everything=closed)) is closed


def test_the_newest_of_debians_versions_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in ("9.6", "15", "17", "100"):
        programs = tmp_path / version / "bin"
        programs.mkdir(parents=True)
        (programs / "postgres").touch(mode=0o755)
    monkeypatch.setattr(packages, "_DEBIANS_POSTGRES", tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    assert packages.search_path().endswith(f"{tmp_path}/100/bin:{tmp_path}/17/bin:{tmp_path}/15/bin")
    assert postgres.service(tmp_path).cwd == tmp_path / "postgres" / "100"


@pytest.mark.parametrize("fails", [pytest.param(False, id="installed"), pytest.param(True, id="failed")])
def test_debian_is_told_to_start_no_server_of_its_own_while_packages_are_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fails: bool
) -> None:
    said = tmp_path / "etc" / "createcluster.d" / "sandbox.conf"
    seen: list[str] = []

    def run(argv: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        seen.append(said.read_text())
        return subprocess.CompletedProcess(argv, int(fails), "", "")

    monkeypatch.setattr(packages, "_CREATES_CLUSTER", said)
    monkeypatch.setattr(packages, "missing", lambda **_: ["postgresql"])
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(subprocess, "run", run)
    if fails:
        with pytest.raises(SandboxError, match="apt-get update"):
            packages.install_missing()
    else:
        packages.install_missing()
    assert set(seen) == {"create_main_cluster = false\n"}
    assert not said.parent.exists()
