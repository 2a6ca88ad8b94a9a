"""What other systems say, asked beside the page and kept for a while: one that is away keeps no page waiting for long."""

import logging
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from headway.clients.clock import elapsing
from headway.errors import HeadwayError

LIMIT = 500
"""Answers that are kept; then all are forgotten."""
_AT_ONCE = 8
_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass
class _Answer(Generic[_T]):
    value: _T | None = None
    trouble: str = "it has not answered yet"
    next_at: float = 0.0
    under_way: "Future[None] | None" = None


class Kept(Generic[_T]):
    """`lives_seconds`: how old an answer may be. `patience_seconds`: how long a page waits for a new one."""

    def __init__(self, lives_seconds: float, patience_seconds: float = 3.0) -> None:
        self._lives, self._patience = lives_seconds, patience_seconds
        self._answers: dict[Hashable, _Answer[_T]] = {}
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="asked")

    def ask(self, key: Hashable, read: Callable[[], _T]) -> None:
        """Begin to find out, where what is known has grown old."""
        with self._lock:
            if key not in self._answers and len(self._answers) >= LIMIT:
                self._answers.clear()
            answer = self._answers.setdefault(key, _Answer())
            busy = answer.under_way is not None and not answer.under_way.done()
            if not busy and elapsing() >= answer.next_at:
                answer.under_way = self._pool.submit(self._read, answer, read)

    def answer(self, key: Hashable) -> tuple[_T | None, str]:
        """The newest that is known of what was asked, and why there is none, or none anew."""
        answer = self._answers.get(key)
        if answer is None:
            return None, "nobody asked"
        if answer.under_way:
            wait([answer.under_way], timeout=self._patience)
        return answer.value, answer.trouble

    def get(self, key: Hashable, read: Callable[[], _T]) -> tuple[_T | None, str]:
        self.ask(key, read)
        return self.answer(key)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, answer: _Answer[_T], read: Callable[[], _T]) -> None:
        try:
            answer.value, answer.trouble = read(), ""
        except HeadwayError as error:
            answer.trouble = str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one system
            answer.trouble = f"it cannot be read ({type(error).__name__}; the log of headway view says more)"
            _LOG.warning("%s", error, exc_info=True)
        finally:
            answer.next_at = elapsing() + self._lives
