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
from headway.decide.pods import pod_failures, progress
from headway.decide.pods.pod_failures import ImageExists, PodFailure
from headway.decide.pods.release_pods import Before, Selection, current_templates, new_pods
from headway.errors import Retryable

LOOK_EVERY = 0.5
"""Seconds between two looks: one request each."""


def nobody(said: str) -> None:
    """Who is told how far things are, where nobody waits."""


class Watcher(Protocol):
    """Says, while an action runs, why it should end (None: go on), and afterwards what was wrong."""

    def look(self) -> PodFailure | None: ...

    def trouble(self) -> PodFailure | None: ...


class RolloutWatch:
    """Pods that came while helm was at work. Make it before helm starts: it notes what was there.

    What was wanted before may be what this very rollout replaces: its pods speak only where helm has ended and still wants them.
    """

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        selection: Selection,
        image_exists: ImageExists,
        tell: Callable[[str], None] = nobody,
    ) -> None:
        """`tell` gets a sentence whenever more pods are there or ready."""
        self._cluster = cluster
        self._namespace = namespace
        self._selection = selection
        self._tell = tell
        self._told = ""
        self._image_exists = functools.cache(image_exists)
        self._wanted_before = self._wanted()
        self._before = Before.of(self._pods(), self._wanted_before)

    def look(self) -> PodFailure | None:
        """A reason to end helm now. An API server that does not answer is no reason: helm will say so."""
        try:
            now, there = self._cluster.api.server_now(), self._pods()
            self._progress(there)
            if not any(each.final for each in self._failures(there, Before(), frozenset(), now)):
                return None
            brought = self._wanted() - self._wanted_before
        except Retryable:
            return None
        found = self._failures(there, self._before, brought, now)
        return next((each for each in found if each.final), None)

    def trouble(self) -> PodFailure | None:
        """What is wrong with a pod at all: why helm waited in vain."""
        try:
            wanted, there = self._wanted(), self._pods()
        except Retryable:
            return None
        return next(iter(self._failures(there, self._before, wanted, None)), None)

    def _progress(self, there: list[dict[str, Any]]) -> None:
        said = progress.sentence(new_pods(there, self._selection, self._before, frozenset()))
        if said and said != self._told:
            self._told = said
            self._tell(said)

    def _failures(
        self, there: list[dict[str, Any]], before: Before, wanted: frozenset[str], now: datetime | None
    ) -> list[PodFailure]:
        found = new_pods(there, self._selection, before, wanted)
        return pod_failures.failures(found, now=now, image_exists=self._image_exists)

    def _wanted(self) -> frozenset[str]:
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
