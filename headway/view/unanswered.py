"""Releases that wait for an answer, as Prefect has them: also of what is installed nowhere yet, and known to no cluster.

Asked for by one thread at a time; a server that is away keeps no page waiting.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

from headway.clients.clock import elapsing
from headway.errors import HeadwayError
from headway.view.runs import RunLine, Runs

LIVES_SECONDS = 5.0
_PATIENCE_SECONDS = 3.0


class Unanswered:
    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._known: Sequence[RunLine] = ()
        self._trouble = ""
        self._next_at = 0.0
        self._under_way: Future[None] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="unanswered")
        self._lock = Lock()

    def seen(self) -> tuple[Sequence[RunLine], str]:
        """Those that wait, and why they are not known, or not anew."""
        with self._lock:
            if (self._under_way is None or self._under_way.done()) and elapsing() >= self._next_at:
                self._under_way = self._pool.submit(self._look)
            under_way = self._under_way
        if under_way:
            wait([under_way], timeout=_PATIENCE_SECONDS)
            if not under_way.done():
                return self._known, "Prefect takes long to answer"
        return self._known, self._trouble

    def forget(self) -> None:
        """Have them looked up anew: somebody has just answered one."""
        self._next_at = 0.0

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _look(self) -> None:
        try:
            self._known, self._trouble = self._runs.unanswered(), ""
        except HeadwayError:
            self._trouble = "Prefect does not answer"
        self._next_at = elapsing() + LIVES_SECONDS
