"""When the API server said what: its watches of one namespace, with the time of this process at which each change came in."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headway.clients.kubernetes.cluster import Cluster
from headway.errors import HeadwayError

Object = dict[str, Any]
COLLECTIONS = {
    "Pod": "/api/v1/namespaces/{}/pods",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Event": "/api/v1/namespaces/{}/events",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
}
WATCHED_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Change:
    at: float
    """time.monotonic()"""
    kind: str
    live: Object


class Seen:
    """All that changed in a namespace since this was made, as a context manager."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        self._kubeconfig, self._namespace = kubeconfig, namespace
        self._over = threading.Event()
        self._changes: list[Change] = []
        self._known: set[tuple[str, str]] = set()
        self._threads = [
            threading.Thread(target=self._watch, args=each, daemon=True) for each in COLLECTIONS.items()
        ]

    def __enter__(self) -> "Seen":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def first(self, since: float, kind: str, is_it: Callable[[Object], bool]) -> float | None:
        """When it came in, of what was never seen so before `since`."""
        return next(
            (
                each.at
                for each in list(self._changes)
                if each.at >= since and each.kind == kind and is_it(each.live)
            ),
            None,
        )

    def _watch(self, kind: str, path: str) -> None:
        # A client of its own: its pool has room for few watches.
        api = Cluster.from_kubeconfig(self._kubeconfig).api
        while not self._over.is_set():
            try:
                for what, live in api.watch(path.format(self._namespace), WATCHED_SECONDS):
                    if what == "DELETED":
                        # It comes as it was last: the failed Job of the round before, say.
                        continue
                    version = kind, f"{live['metadata']['uid']} {live['metadata']['resourceVersion']}"
                    # A new watch begins with what is there: seen already.
                    if version not in self._known:
                        self._known.add(version)
                        self._changes.append(Change(time.monotonic(), kind, live))
            except HeadwayError:
                time.sleep(0.5)
