"""Looks at a release's pods while helm waits, so that a hopeless rollout ends in seconds and says why.

`helm --wait` knows only "not ready yet" until its timeout. A pod whose image does not exist will never be
ready.
"""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from headway.clients.command import Completed, Running
from headway.clients.kubernetes import pods
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.pods import pod_failures
from headway.decide.pods.pod_failures import ImageExists, PodFailure
from headway.decide.pods.release_pods import Selection, current_templates, new_pods
from headway.errors import Retryable

LOOK_EVERY = 0.5
"""Seconds between two looks: one request each."""


class Watcher(Protocol):
    """Says, while an action runs, why it should end (None: go on), and afterwards what was wrong."""

    def look(self) -> PodFailure | None: ...

    def trouble(self) -> PodFailure | None: ...


class RolloutWatch:
    """Pods that came while helm was at work. Make it before helm starts: it notes what was there.

    Pods of before may be what this very rollout replaces: they speak only where helm has ended, and they are what it wants.
    """

    def __init__(
        self, cluster: Cluster, namespace: str, selection: Selection, image_exists: ImageExists
    ) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._selection = selection
        self._image_exists = functools.cache(image_exists)
        self._before = frozenset(pod["metadata"]["uid"] for pod in self._pods())

    def look(self) -> PodFailure | None:
        """A reason to end helm now. An API server that does not answer is no reason: helm will say so."""
        found = self._failures(self._cluster.api.server_now())
        return found[0] if found and found[0].final else None

    def trouble(self) -> PodFailure | None:
        """What is wrong with a pod at all: why helm waited in vain."""
        return next(iter(self._failures(None)), None)

    def _failures(self, now: datetime | None) -> list[PodFailure]:
        try:
            current = self._current_templates() if now is None else frozenset[str]()
            found = new_pods(self._pods(), self._selection, self._before, current)
        except Retryable:
            return []
        return pod_failures.failures(found, now=now, image_exists=self._image_exists)

    def _current_templates(self) -> frozenset[str]:
        workloads = f"/apis/apps/v1/namespaces/{self._namespace}"
        kinds = ("deployments", "replicasets", "statefulsets")
        return current_templates(*(self._cluster.api.items(f"{workloads}/{kind}") for kind in kinds))

    def _pods(self) -> list[dict[str, Any]]:
        return pods.pods(self._cluster, self._namespace)


def attend(
    running: Running,
    watcher: Watcher | None,
    *,
    at_most: float,
    ensure_lease: Callable[[], None],
) -> tuple[Completed, PodFailure | None]:
    """Wait for helm, ending it (SIGTERM) when the watcher finds it hopeless or after `at_most` seconds.

    `ensure_lease` is called as often as the watcher looks; what it raises ends helm too.
    """
    with running:
        while True:
            completed = running.wait(LOOK_EVERY)
            if completed is not None:
                return completed, None
            ensure_lease()
            reason = watcher.look() if watcher else None
            if reason is None and running.seconds < at_most:
                continue
            return running.terminate(), reason
