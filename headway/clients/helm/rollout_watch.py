"""Looks at a release's pods while helm waits, so that a hopeless rollout ends in seconds and says why.

`helm --wait` knows only "not ready yet" until its timeout. A pod whose image does not exist will never be
ready.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from headway.clients.command import Completed, Running
from headway.clients.kubernetes import pods
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.pods import pod_failures
from headway.decide.pods.pod_failures import PodFailure
from headway.decide.pods.release_pods import Selection, judged, select
from headway.errors import Retryable
from headway.formats.manifests import Resource

LOOK_EVERY = 0.5
"""Seconds between two looks: one request each."""
SETTLED_AFTER = 30.0
"""Seconds after which pods of before count too: what helm replaces is gone by then."""


class Watcher(Protocol):
    """Says, while an action runs, why it should end (None: go on), and afterwards what was wrong."""

    def look(self) -> PodFailure | None: ...

    def trouble(self) -> PodFailure | None: ...


class RolloutWatch:
    """Pods of a release, judged by decide/hopeless. Make it before helm starts: it notes what was there."""

    def __init__(
        self, cluster: Cluster, namespace: str, selection: Selection, *, judge_old_pods: bool = True
    ) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._selection = selection
        self._judge_old_pods = judge_old_pods
        self._started = time.monotonic()
        self._before = frozenset(pod["metadata"]["uid"] for pod in self._pods())

    @classmethod
    def of(cls, cluster: Cluster, namespace: str, resources: Iterable[Resource]) -> "RolloutWatch":
        """`resources` of the release to come, hooks among them; tests do not count."""
        running = [resource for resource in resources if not resource.is_test]
        before = any(event.startswith("pre-") for resource in running for event in resource.events)
        selection = select(resource.document for resource in running)
        return cls(cluster, namespace, selection, judge_old_pods=not before)

    def look(self) -> PodFailure | None:
        """A reason to end helm now. An API server that does not answer is no reason: helm will say so."""
        now = self._cluster.api.server_now()
        return next(filter(None, (pod_failures.reason(pod, now=now) for pod in self._judged())), None)

    def trouble(self) -> PodFailure | None:
        """What is wrong with a pod at all: why helm waited in vain."""
        return next(filter(None, map(pod_failures.trouble, self._judged())), None)

    def _judged(self) -> list[Mapping[str, Any]]:
        settled = self._judge_old_pods and time.monotonic() - self._started > SETTLED_AFTER
        try:
            found = self._pods()
        except Retryable:
            return []
        return judged(found, self._selection, self._before, settled)

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
