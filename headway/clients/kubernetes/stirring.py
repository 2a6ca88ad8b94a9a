"""Notices that something of a collection changes, by a watch of the API server: a hint to look, and no more.

Where one is lost, or nobody may watch, the next look comes when it would have come.
"""

import threading
import time

from headway.clients.kubernetes.api import KubernetesApi
from headway.errors import HeadwayError

WATCHED_SECONDS = 5.0
"""So long a watch lasts, and may be left behind by whoever has no use for it any more."""
_PAUSE = 0.5
AT_MOST_EVERY = 0.1
"""Seconds between two hints: a busy namespace is no reason to look all the time."""


class Stirring:
    """Of one collection. It begins with the first question, and must be ended."""

    def __init__(self, api: KubernetesApi, path: str) -> None:
        self._api, self._path = api, path
        self._stirred, self._over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._hinted = 0.0

    def is_seen(self) -> bool:
        """Whether something has changed since the last hint, as far as that is known."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name=f"watch {self._path}", daemon=True)
            self._thread.start()
        if time.monotonic() - self._hinted < AT_MOST_EVERY or not self._stirred.is_set():
            return False
        self._stirred.clear()
        self._hinted = time.monotonic()
        return True

    def end(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        while not self._over.is_set():
            try:
                for _ in self._api.watch(self._path, WATCHED_SECONDS):
                    if self._over.is_set():
                        return
                    self._stirred.set()
            except HeadwayError:
                pass
            self._over.wait(_PAUSE)
