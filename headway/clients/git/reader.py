"""One `git cat-file --batch` for all that is read of a mirror, kept open between questions: a process costs more than a file.

It ends with whoever asks, however that ends: its input is closed then. No more than OPEN are there; the one that was not asked
for the longest time gives way.
"""

import contextlib
import os
import select
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from headway.clients.command import killed
from headway.clients.git_command import KeptOpen
from headway.errors import BadInput, HeadwayError, TimedOut

OPEN = 8
"""Of one process, beside those that are being asked at this moment."""
_ASKED_AT_ONCE = select.PIPE_BUF
"""Bytes of names, which any pipe holds whole, also one of a user who has many: git may write answers while it still has questions
to read."""
_CHUNK = 2**20
_SAID = 2000
"""Bytes of why it ended."""


class TooLargeError(Exception):
    """An answer has more bytes than there is room for."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object of git's."""

    name: str
    kind: str
    data: bytes = field(repr=False)


Started = tuple[int, KeptOpen]
"""By which process; only that one may end it."""
_lock = threading.Lock()
_opened: "OrderedDict[int, weakref.ref[Reader]]" = OrderedDict()


class Reader:
    """Starts git when it is first asked, and again after anything that went wrong. Safe among threads, which ask in turn."""

    def __init__(self, start: Callable[[], KeptOpen], seconds: float, where: str, next_step: str) -> None:
        """`seconds`: what one `read` may take; `where` and `next_step`: as errors say."""
        self._start = start
        self._seconds = seconds
        self._where, self._next_step = where, next_step
        self._lock = threading.Lock()
        self._started: list[Started] = []
        self._buffer = bytearray()
        weakref.finalize(self, _end, self._started)

    def read(self, names: Sequence[str], limit: int) -> list[Found | None]:
        """Objects by name; None for what is not there, or is several things. Raises TooLargeError for more than `limit` bytes of
        all, BadInput where git fails, Retryable where it was killed or does not answer."""
        with self._lock:
            try:
                return self._read(names, limit)
            except BaseException:
                self._close()
                raise

    def close_unless_asked(self) -> None:
        if self._lock.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._lock.release()

    def _read(self, names: Sequence[str], limit: int) -> list[Found | None]:
        found: list[Found | None] = []
        deadline = time.monotonic() + self._seconds
        at_once = max(1, _ASKED_AT_ONCE // (max(map(len, names), default=0) + 1))
        for start in range(0, len(names), at_once):
            asked = names[start : start + at_once]
            self._ask("".join(f"{name}\n" for name in asked).encode())
            for _ in asked:
                found.append(answer := self._answer(limit, deadline))
                limit -= len(answer.data) if answer else 0
        return found

    def _ask(self, lines: bytes) -> None:
        fresh = self._is_fresh()
        try:
            os.write(self._process.stdin.fileno(), lines)  # type: ignore[union-attr]
        except BrokenPipeError:
            if fresh:
                raise self._ended() from None
            # It was ended meanwhile, by whomever.
            self._close()
            self._ask(lines)

    def _answer(self, limit: int, deadline: float) -> Found | None:
        while (end := self._buffer.find(b"\n")) < 0:
            self._fill(deadline)
        said = self._buffer[:end].decode(errors="replace").split()
        del self._buffer[: end + 1]
        if len(said) != 3 or not said[2].isdigit():
            return None
        size = int(said[2])
        if size > limit:
            raise TooLargeError
        while len(self._buffer) <= size:
            self._fill(deadline)
        data = bytes(self._buffer[:size])
        del self._buffer[: size + 1]
        return Found(said[0], said[1], data)

    def _fill(self, deadline: float) -> None:
        assert self._process.stdout
        pipe, left = self._process.stdout.fileno(), deadline - time.monotonic()
        waiting = select.poll()
        waiting.register(pipe, select.POLLIN)
        if left <= 0 or not waiting.poll(left * 1000):
            raise TimedOut(
                f"git cat-file did not answer within {self._seconds:g} s",
                where=self._where,
                next_step="It is tried again.",
            )
        data = os.read(pipe, _CHUNK)
        if not data:
            raise self._ended()
        self._buffer += data

    @property
    def _process(self) -> KeptOpen:
        return self._started[0][1]

    def _is_fresh(self) -> bool:
        """Whether it had to be started now."""
        if self._started and self._started[0][0] == os.getpid():
            with _lock:
                _opened.move_to_end(id(self))
            return False
        self._close()
        self._started.append((os.getpid(), self._start()))
        _remember(self)
        return True

    def _close(self) -> None:
        _end(self._started)
        self._buffer.clear()
        with _lock:
            _opened.pop(id(self), None)

    def _ended(self) -> HeadwayError:
        assert self._process.stderr
        said = self._process.stderr.read(_SAID).decode(errors="replace").strip()
        if (status := self._process.wait()) < 0:
            return killed(status, f"{self._where}: git cat-file")
        return BadInput(
            f"git cat-file failed: {said or 'it ended'}", where=self._where, next_step=self._next_step
        )


def _remember(reader: Reader) -> None:
    with _lock:
        _opened[id(reader)] = weakref.ref(reader)
        _opened.move_to_end(id(reader))
        for key in [key for key, each in _opened.items() if each() is None]:
            del _opened[key]
        older = [*_opened.values()][:-OPEN]
    for each in older:
        if (found := each()) is not None:
            found.close_unless_asked()


def _end(started: list[Started]) -> None:
    """It has nothing to lose. What another process started, that one ends."""
    while started:
        by, process = started.pop()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
        if by == os.getpid():
            process.kill()
            process.wait()
