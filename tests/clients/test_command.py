"""Every program runs bounded: environment, time, output, and its parent's life."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from headway.clients import command
from headway.errors import BadInput, Retryable, Terminal


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie that waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int, within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def test_gives_output_as_written_and_a_return_code_without_raising() -> None:
    done = command.run(["sh", "-c", "cat; echo broken >&2; exit 3"], input=b"\xff\r\n", timeout=10)
    assert (done.stdout, done.stderr, done.returncode) == (b"\xff\r\n", "broken\n", 3)


def test_large_input_and_output_do_not_block_each_other() -> None:
    data = os.urandom(3_000_000)
    assert command.run(["cat"], input=data, timeout=20).stdout == data


def test_passes_on_the_allowed_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    seen = command.run(["env"], env={"EXTRA": "1"}, timeout=10).stdout.decode().split("\n")
    names = {line.partition("=")[0] for line in seen}
    assert {"PATH", "HTTPS_PROXY", "EXTRA"} <= names
    assert "AWS_SECRET_ACCESS_KEY" not in names


def test_redacts_secrets_the_longest_first() -> None:
    script = "echo darjeeling darjeeling-tea >&2"
    done = command.run(["sh", "-c", script], timeout=10, secrets=["darjeeling", "darjeeling-tea", ""])
    assert done.stderr == "[redacted] [redacted]\n"


def test_kills_the_whole_group_when_time_is_up(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    started = time.monotonic()
    with pytest.raises(command.TimedOut, match=r"sh -c: it did not end within 0\.5 s.*waiting") as raised:
        command.run(["sh", "-c", f"sleep 60 & echo $! > {file}; echo waiting >&2; wait"], timeout=0.5)
    assert isinstance(raised.value, Retryable)
    assert time.monotonic() - started < 8
    assert gone(int(file.read_text()))


def test_a_program_that_ignores_sigterm_is_killed() -> None:
    with command.start(["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"]) as running:
        time.sleep(0.2)
        assert running.poll() is None
        assert running.terminate(grace=0.3).returncode == -signal.SIGKILL


def test_a_started_program_can_be_watched_and_ended_early() -> None:
    with command.start(["sh", "-c", "echo begun >&2; sleep 60"]) as running:
        while "begun" not in running.stderr:
            time.sleep(0.01)
        assert running.poll() is None
        assert running.terminate().returncode == -signal.SIGTERM
    assert not alive(running.pid)


def test_output_that_is_data_is_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "STDOUT_LIMIT", 10_000)
    with pytest.raises(Terminal, match="more than 10000 bytes"):
        command.run(["sh", "-c", "yes"], timeout=20)


def test_of_a_long_stderr_the_beginning_and_the_end_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "STDERR_LIMIT", 1000)
    said = command.run(
        ["sh", "-c", "echo first >&2; yes | head -c 500000 >&2; echo last >&2"], timeout=20
    ).stderr
    assert said.startswith("first")
    assert said.endswith("last\n")
    assert len(said) < 3000


def test_of_a_long_stderr_no_half_a_secret_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "STDERR_LIMIT", 1000)
    script = "echo 1 >&2; for n in $(seq 500); do echo very-secret-77 >&2; done"
    said = command.run(["sh", "-c", script], timeout=20, secrets=["very-secret-77"]).stderr
    assert set(re.findall(r"\w+", said)) <= {"redacted", "bytes", "left", "out", *map(str, range(10000))}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_what_somebody_else_has_killed_is_tried_again(number: signal.Signals) -> None:
    with pytest.raises(Retryable, match=f"sh: it was killed .signal {number.value}, "):
        command.run(["sh", "-c", f"kill -{number.value} $$"], timeout=10)


@pytest.mark.parametrize("said", ["no space left on device", "Disk quota exceeded"])
def test_a_full_disk_speaks_of_nothing_that_a_program_was_given(said: str) -> None:
    script = f"echo 'Error: write /tmp/packages/web-1.0.0.tgz: {said}' >&2; exit 1"
    with pytest.raises(Retryable, match=f"sh: a disk of this machine is full .*{said}.*Make room"):
        command.run(["sh", "-c", script], timeout=10)


def test_a_missing_program_is_bad_input() -> None:
    with pytest.raises(BadInput, match="no-such-program"):
        command.run(["no-such-program"], timeout=1)


def test_a_missing_setpriv_is_bad_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="setpriv"):
        command.run([sys.executable, "--version"], timeout=1)


def test_a_child_whose_parent_died_before_it_could_be_bound_does_not_run() -> None:
    """Here somebody else starts it in the parent's name."""
    bound = command.dying_with_parent(["echo", "it runs"], os.environ)
    somebody = subprocess.run(["sh", "-c", '"$@"; true', "sh", *bound], capture_output=True, check=True)
    assert (somebody.stdout, somebody.stderr) == (b"", b"")


@pytest.mark.parametrize("in_thread", [False, True], ids=["main thread", "worker thread"])
def test_the_child_dies_with_a_parent_that_is_killed(in_thread: bool, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    call = f"command.run(['sh', '-c', 'echo $$ > {file}; exec sleep 60'], timeout=60)"
    body = f"t = threading.Thread(target=lambda: {call}); t.start(); t.join()" if in_thread else call
    script = f"import threading\nfrom headway.clients import command\n{body}"
    with subprocess.Popen([sys.executable, "-c", script]) as parent:
        while not (file.exists() and file.read_text().strip()):
            time.sleep(0.02)
        child = int(file.read_text())
        assert alive(child)
        parent.send_signal(signal.SIGKILL)
    assert gone(child)


def test_the_child_dies_where_its_parent_stands_still(tmp_path: Path) -> None:
    """As helm does with a worker that is stopped: somebody else gets its lease."""
    file = tmp_path / "pid"
    call = f"command.start(['sh', '-c', 'echo $$ > {file}; exec sleep 60'], silence=1).wait()"
    with subprocess.Popen([sys.executable, "-c", f"from headway.clients import command\n{call}"]) as parent:
        while not (file.exists() and file.read_text().strip()):
            time.sleep(0.02)
        child = int(file.read_text())
        time.sleep(2)
        assert alive(child), "its parent is there"
        parent.send_signal(signal.SIGSTOP)
        assert gone(child)
        parent.send_signal(signal.SIGKILL)


def test_a_watched_program_is_as_any_other() -> None:
    with command.start(["sh", "-c", "cat; sleep 1; echo out; echo err >&2; exit 3"], silence=0.5) as running:
        done = running.wait(20)
    assert done
    assert (done.stdout, done.stderr, done.returncode) == (b"out\n", "err\n", 3)


def test_a_watch_leaves_no_process_behind() -> None:
    """A worker may be process 1 of its container: whoever loses its parent is its child then, and nobody waits for it."""
    script = """\
import ctypes
from pathlib import Path
from headway.clients import command
PR_SET_CHILD_SUBREAPER = 36
assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
with command.start(["true"], silence=5) as running:
    running.wait(20)
print(Path("/proc/thread-self/children").read_text())
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.split() == []


def test_a_missing_timeout_is_bad_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="timeout"):
        command.start([sys.executable, "--version"], silence=1)


def test_a_timeout_that_takes_no_options_kills_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As BusyBox has it."""
    timeout = tmp_path / "timeout"
    timeout.write_text(f'#!/bin/sh\ncase $1 in -*) exit 1 ;; esac\nexec {shutil.which("timeout")} "$@"\n')
    timeout.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with command.start(["sleep", "0.5"], silence=5) as running:
        done = running.wait(20)
    assert done
    assert done.returncode == 0


def test_many_programs_at_once() -> None:
    results: list[bytes] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(command.run(["echo", str(n)], timeout=20).stdout))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=int) == [f"{n}\n".encode() for n in range(20)]
