"""Where programs are started (git by `git_command`, on the same bounds), so that every child is bounded the same way.

A child sees an allow-listed environment, lives in a process group of its own, is killed by the kernel when
its parent dies (a worker killed with SIGKILL leaves no helm behind), and cannot fill memory with its output.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from headway.clients.heartbeat import TIMEOUT, Heart, watch
from headway.errors import BadInput, Retryable, Terminal, TimedOut
from headway.formats.known_secrets import redact

PASSED_ON = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    *(
        name
        for lower in ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
        for name in (lower, lower.upper())
    ),
)
"""Names of the environment variables that a child inherits; everything else is passed by name."""

STDOUT_LIMIT = 256 * 2**20
"""Bytes. Output is data (manifests, values): more than this is an error, never a truncated text."""
STDERR_LIMIT = 256 * 2**10
"""Bytes. Of a longer stderr the first and the last half are kept, in whole lines: of half a secret none would know."""
GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""
NO_ROOM = re.compile(
    "no space left on device|out of diskspace|disk quota exceeded|read-only file system", re.IGNORECASE
)
"""What programs say of a disk that takes nothing more."""

_LOOKED_AT_SECONDS = 0.05

SETPRIV = "setpriv"
"""util-linux."""
_UNLESS_ORPHANED = 'test "$PPID" = "$0" && exec "$@"'
_UNSET = re.compile(r"(?!(PPID|E?UID|BASHOPTS|SHELLOPTS|BASH_VERSINFO)\Z)[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
"""Names that every shell lets go of."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What a program left behind. `stdout` is data, as written; `stderr` is text with secrets redacted."""

    stdout: bytes = field(repr=False)
    stderr: str
    returncode: int
    """Negative: killed by that signal."""
    seconds: float


class Running:
    """A started program: `poll`, `wait`, `terminate`. As a context manager it ends the program on leaving.

    The kernel kills the child when the *thread* that started it ends, so start and end it in one thread.
    """

    def __init__(
        self,
        name: str,
        process: subprocess.Popen[bytes],
        secrets: Sequence[str],
        stdin: bytes | None,
        *,
        stdout_limit: int = 0,
    ) -> None:
        self._name = name
        self._process = process
        self._secrets = secrets
        self._started = time.monotonic()
        self._completed: Completed | None = None
        assert process.stdout
        assert process.stderr
        self._stdout_limit = stdout_limit or STDOUT_LIMIT
        self._stdout = _Reader(process.stdout, self._stdout_limit, self._overflowed)
        self._stderr = _Reader(process.stderr, STDERR_LIMIT, None)
        self._threads = [
            threading.Thread(target=reader.read, daemon=True) for reader in (self._stdout, self._stderr)
        ]
        if stdin is not None:
            self._threads.append(threading.Thread(target=self._feed, args=(stdin,), daemon=True))
        for thread in self._threads:
            thread.start()
        self._watch: tuple[subprocess.Popen[bytes], Heart] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def seconds(self) -> float:
        """Seconds since the start, or that the program took."""
        return self._completed.seconds if self._completed else time.monotonic() - self._started

    @property
    def stderr(self) -> str:
        """What the program has said so far, redacted."""
        return redact(self._stderr.text(), self._secrets)

    def poll(self) -> Completed | None:
        """The result, or None while the program runs."""
        return self.wait(0)

    def wait(self, timeout: float | None = None) -> Completed | None:
        """Wait at most `timeout` seconds (None: for ever). The result, or None while the program runs."""
        if self._completed is None:
            try:
                returncode = self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                return None
            self._completed = self._collect(returncode)
        return self._completed

    def ended_within(self, timeout: float) -> Completed | None:
        """The same, at once when the program has closed its output: Python looks for its end now and then alone. What it has
        started may keep the output open."""
        deadline, reader = time.monotonic() + timeout, self._threads[0]
        while reader.is_alive() and (left := deadline - time.monotonic()) > 0:
            reader.join(min(left, _LOOKED_AT_SECONDS))
            if completed := self.poll():
                return completed
        return self.wait(max(0.0, deadline - time.monotonic()))

    def terminate(self, grace: float = GRACE) -> Completed:
        """SIGTERM to the process group, SIGKILL after `grace` seconds; nothing to one that has ended."""
        completed = self.poll()
        if completed is None:
            self._signal(signal.SIGTERM)
            completed = self.wait(grace)
        if completed is None:
            self._signal(signal.SIGKILL)
            completed = self.wait()
        assert completed
        return completed

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.terminate()

    def _collect(self, returncode: int) -> Completed:
        seconds = time.monotonic() - self._started
        self._end_watch()
        # A grandchild may hold the pipe open: what it says is no longer ours to wait for.
        for thread in self._threads:
            thread.join(timeout=1.0)
        if any(thread.is_alive() for thread in self._threads):
            self._signal(signal.SIGKILL)
        if self._stdout.overflowed:
            raise Terminal(
                f"it wrote more than {self._stdout_limit} bytes",
                where=self._name,
                next_step="Make the chart or the file smaller.",
            )
        return Completed(self._stdout.data(), self.stderr, returncode, seconds)

    def watch(self, silence: float) -> None:
        """From now on: kill it where this process stands still for so many seconds."""
        watcher = subprocess.Popen(
            watch(self._process.pid, silence),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert watcher.stdin
        self._watch = watcher, Heart(watcher.stdin, silence)

    def _end_watch(self) -> None:
        if self._watch is None:
            return
        watcher, heart = self._watch
        heart.stop()
        try:
            watcher.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            # Somebody forked and holds the pipe.
            watcher.kill()
            watcher.wait()

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def _overflowed(self) -> None:
        self._signal(signal.SIGKILL)

    def _feed(self, data: bytes) -> None:
        assert self._process.stdin
        try:
            with self._process.stdin as stdin:
                stdin.write(data)
        except BrokenPipeError:
            return


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    input: bytes | None = None,  # noqa: A002
    timeout: float,
    secrets: Sequence[str] = (),
) -> Completed:
    """Run a program to its end. A return code other than 0 is a result, not an error.

    `env` is added to the allow-listed environment; `timeout` in seconds; `secrets` are redacted in stderr.
    Raises TimedOut when it was killed for time, Retryable when somebody else killed it or a disk is full, BadInput where there is
    no such program.
    """
    with start(argv, cwd=cwd, env=env, input=input, secrets=secrets) as running:
        completed = running.ended_within(timeout)
        if completed is None:
            running.terminate()
            said = running.stderr.strip()
            raise TimedOut(
                f"it did not end within {timeout:g} s and was killed{': ' + said[-2000:] if said else ''}",
                where=f"{Path(argv[0]).name} {redact(argv[1], secrets) if len(argv) > 1 else ''}".strip(),
                next_step="It is tried again.",
            )
        if completed.returncode < 0:
            raise killed(completed.returncode, Path(argv[0]).name)
        if completed.returncode and NO_ROOM.search(completed.stderr):
            raise no_room(completed.stderr.strip()[-500:], Path(argv[0]).name)
        return completed


def no_room(said: str, where: str = "") -> Retryable:
    """Of a disk that takes nothing more, in the words of whoever found it."""
    return Retryable(
        f"a disk of this machine is full ({said})",
        where=where,
        next_step="It is tried again. Make room: in TMPDIR, and in ~/.cache/headway, which may be deleted.",
    )


def killed(returncode: int, where: str, said: str = "") -> Retryable:
    """Of a program that a signal has ended: that speaks of nothing that it was given."""
    return Retryable(
        f"{said and f'{said}: '}it was killed (signal {-returncode}, {signal.strsignal(-returncode)})",
        where=where,
        next_step="It is tried again. A machine without memory kills so: the log of its kernel says it.",
    )


def start(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    input: bytes | None = None,  # noqa: A002
    secrets: Sequence[str] = (),
    silence: float | None = None,
) -> Running:
    """Start a program and return at once. Raises BadInput when there is no such program.

    `silence`: seconds after which it is killed where this process stands still.
    """
    seen = environment(env)
    program = [_found(argv[0], seen), *argv[1:]]
    if silence:
        check_watch()
    process = subprocess.Popen(
        dying_with_parent(program, seen),
        cwd=cwd,
        env=seen,
        stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    running = Running(Path(argv[0]).name, process, secrets, input)
    if silence:
        try:
            running.watch(silence)
        except OSError:
            running.terminate()
            raise
    return running


def check_watch() -> None:
    """Raises BadInput where nothing can be started with `silence` on this machine."""
    _found(TIMEOUT, environment())


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a child sees: the allow-listed names of this process, and `extra`."""
    inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**inherited, **(extra or {})}


def dying_with_parent(argv: Sequence[str], env: Mapping[str, str], hidden: Sequence[str] = ()) -> list[str]:
    """A command line that is killed with the thread that starts it: prctl(2), PR_SET_PDEATHSIG, by setpriv. `hidden`: names of
    variables that the program does not see.

    The shell looks for its parent afterwards, because that may have died before the call. Both end by becoming the
    program, in a tenth of the time that Python takes to fork itself for a preexec_fn. Linux alone knows the call.
    """
    odd = [name for name in hidden if not _UNSET.match(name)]
    if odd:
        argv = ["env", *(part for name in odd for part in ("-u", name)), *argv]
    even = [name for name in hidden if name not in odd]
    unset = f"unset {' '.join(even)}; " if even else ""
    if sys.platform != "linux":
        return ["/bin/sh", "-c", f'{unset}exec "$@"', "sh", *argv] if unset else [*argv]
    bound = [_found(SETPRIV, env), "--pdeathsig", "KILL", "--"]
    return [*bound, "/bin/sh", "-c", f"{unset}{_UNLESS_ORPHANED}", str(os.getpid()), *argv]


def _found(program: str, env: Mapping[str, str]) -> str:
    found = shutil.which(program, path=env.get("PATH"))
    if not found:
        raise BadInput(
            "there is no such program, or it may not be run",
            where=program,
            next_step="Install it, or name it by its whole path.",
        )
    return found


class _Reader:
    """Drains a pipe to its end and keeps at most some `limit` bytes: the whole, or its beginning and end."""

    def __init__(self, pipe: IO[bytes], limit: int, on_overflow: Callable[[], None] | None) -> None:
        self._pipe = pipe
        self._half = limit // 2
        self._on_overflow = on_overflow
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    @property
    def overflowed(self) -> bool:
        return self._dropped > 0

    def read(self) -> None:
        with self._pipe as pipe:
            while chunk := pipe.read1(65536):  # type: ignore[attr-defined]
                room = self._half - len(self._head)
                self._head += chunk[:room]
                self._tail += chunk[room:]
                if len(self._tail) > 2 * self._half:
                    self._drop(len(self._tail) - self._half)

    def _drop(self, count: int) -> None:
        del self._tail[:count]
        first = not self._dropped
        self._dropped += count
        if first and self._on_overflow:
            self._on_overflow()

    def data(self) -> bytes:
        return bytes(self._head + self._tail)

    def text(self) -> str:
        head, tail = self._head.decode(errors="replace"), self._tail.decode(errors="replace")
        if not self._dropped:
            return head + tail
        before, after = head.rpartition("\n")[0], tail.partition("\n")[2]
        return f"{before}\n[... {self._dropped} bytes left out ...]\n{after}"
