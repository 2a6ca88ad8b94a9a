"""What other systems say, asked beside the page and kept for a while: one that is away keeps no page waiting for long."""

import logging
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from headway.clients.clock import elapsing
from headway.errors import Unreachable
from headway.view import told

LIMIT = 500
"""Answers that are kept; then the one that was asked for first is forgotten."""
SLOW = "it takes long to answer"
GLANCE_SECONDS = 0.1
"""How long also those wait who ask what seems to hang: it may hang over one question alone."""
_AT_ONCE = 8
_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass
class _Answer(Generic[_T]):
    value: _T | None = None
    trouble: str = "it has not answered yet"
    next_at: float = 0.0
    asked_at: float = 0.0
    room: Hashable = None
    took_long: bool = False
    """Whether the last answer took long: then nobody waits for the next one who has a former answer to show."""
    is_outdated: bool = False
    """Somebody has acted since it was asked."""

    under_way: "Future[None] | None" = None

    @property
    def is_busy(self) -> bool:
        return self.under_way is not None and not self.under_way.done()


class Kept(Generic[_T]):
    """`lives_seconds`: how old an answer may be. `patience_seconds`: how long pages wait for a new one, from when it was asked
    for: a system that hangs keeps the first of them waiting, and no other, whatever they ask of it.
    """

    def __init__(self, lives_seconds: float, patience_seconds: float = 3.0) -> None:
        self._lives, self._patience = lives_seconds, patience_seconds
        self._answers: dict[Hashable, _Answer[_T]] = {}
        self._lock = Lock()
        self._rooms: dict[Hashable, ThreadPoolExecutor] = {}
        self._answered_at: dict[Hashable, float] = {}
        """When a room last gave an answer in good time."""

    def ask(self, key: Hashable, read: Callable[[], _T], room: Hashable = None) -> None:
        """Begin to ask, where the last answer has grown old. `room`: the system that is asked, such as one of several
        clusters. Each has threads of its own, so that one that hangs does not keep the others from answering."""
        with self._lock:
            if key not in self._answers and len(self._answers) >= LIMIT:
                # The first that nobody waits for.
                self._answers.pop(
                    next((old for old, each in self._answers.items() if not each.is_busy), None), None
                )
            answer = self._answers.setdefault(key, _Answer())
            if not answer.is_busy and elapsing() >= answer.next_at:
                answer.asked_at, answer.room, answer.is_outdated = elapsing(), room, False
                pool = self._rooms.get(room) or ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="asked")
                self._rooms[room] = pool
                # Prefect keeps its settings in the context of whoever runs it.
                answer.under_way = pool.submit(copy_context().run, self._read, answer, read)

    def answer(self, key: Hashable) -> tuple[_T | None, str]:
        """The newest answer, and why there is none, or no newer one."""
        answer = self._answers.get(key)
        if answer is None:
            return None, "nobody asked"
        if answer.under_way:
            wait(
                [answer.under_way],
                timeout=0.0 if answer.took_long and self._lives else max(0.0, self._left(answer)),
            )
            if answer.is_busy:
                return answer.value, answer.trouble or SLOW
        return answer.value, answer.trouble

    def get(self, key: Hashable, read: Callable[[], _T], room: Hashable = None) -> tuple[_T | None, str]:
        self.ask(key, read, room)
        return self.answer(key)

    def _left(self, answer: _Answer[_T]) -> float:
        """Seconds: from when the system last gave an answer, or the oldest question that is open there was asked."""
        room = answer.room
        with self._lock:
            asked = [each.asked_at for each in self._answers.values() if each.room == room and each.is_busy]
        began = max(min(asked, default=0.0), self._answered_at.get(room, 0.0))
        return max(answer.asked_at + GLANCE_SECONDS, began + self._patience) - elapsing()

    def forget(self) -> None:
        """Have everything asked anew, because somebody has just done something."""
        with self._lock:
            for each in self._answers.values():
                each.next_at, each.is_outdated = 0.0, True

    def close(self) -> None:
        for each in self._rooms.values():
            each.shutdown(wait=False, cancel_futures=True)

    def _read(self, answer: _Answer[_T], read: Callable[[], _T]) -> None:
        try:
            answer.value, answer.trouble = read(), ""
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one system
            answer.trouble = told.sentence(error)
            _LOG.warning("%s", error, exc_info=not isinstance(error, Unreachable))
        finally:
            now = elapsing()
            answer.took_long = now - answer.asked_at > self._patience
            if not answer.took_long:
                self._answered_at[answer.room] = now
            with self._lock:
                answer.next_at = 0.0 if answer.is_outdated else now + self._lives
