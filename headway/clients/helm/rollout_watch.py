"""Looks at a release's pods while helm waits, so that a hopeless rollout ends in seconds and says why.

`helm --wait` knows only "not ready yet" until its timeout. A pod whose image does not exist will never be
ready.
"""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from headway.clients.command import Completed, Running
from headway.clients.kubernetes import pods
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.stirring import Stirring
from headway.clients.kubernetes.there import There
from headway.decide.pods import needed_objects, pod_failures, progress
from headway.decide.pods.needed_objects import NOTHING_BROUGHT, Brought
from headway.decide.pods.pod_failures import ImageExists, PodFailure, What
from headway.decide.pods.release_pods import Before, Selection, current_templates, new_pods
from headway.errors import Retryable

LOOK_EVERY = 0.5
"""Seconds between two looks at most: one request each. A pod that changes is looked at at once."""
GLANCE_EVERY = 0.05
"""Seconds between two questions whether helm has ended, or something has changed: no request."""
ASKED_AGAIN = 2.0
"""Seconds after which a registry that could not be asked is asked again."""


def nobody(said: str) -> None:
    """Who is told how far things are, where nobody waits."""


class Watcher(Protocol):
    """Says, while an action runs, why it should end (None: go on), and afterwards what was wrong."""

    def look(self) -> PodFailure | None: ...

    def is_stirred(self) -> bool:
        """Whether something has changed since, so that a look is due."""

    def trouble(self) -> PodFailure | None: ...

    def end(self) -> None:
        """The action has ended."""


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
        brought: Brought = NOTHING_BROUGHT,
    ) -> None:
        """`tell` gets a sentence whenever more pods are there or ready, and what keeps one from it."""
        self._cluster = cluster
        self._namespace = namespace
        self._selection = selection
        self._tell = tell
        self._told = ""
        self._told_of: set[tuple[str, What]] = set()
        self._said: dict[tuple[str, str], str] = {}
        """What containers that have crashed twice said."""
        self._images = _Images(image_exists)
        self._brought = brought
        self._there = There(cluster.api, namespace)
        self._said_no: dict[str, dict[str, Any]] = {}
        """Pods of hooks, which a delete policy may take away before helm has ended."""
        self._stirring = Stirring(cluster.api, f"/api/v1/namespaces/{namespace}/pods")
        self._wanted_before = self._wanted()
        self._before = Before.of(self._pods(), self._wanted_before)

    def look(self) -> PodFailure | None:
        """A reason to end helm now. An API server that does not answer is no reason: helm will say so."""
        try:
            now, there = self._cluster.api.server_now(), self._pods()
            self._progress(there)
            self._said_no |= {each["metadata"]["name"]: each for each in there if pod_failures.said_no(each)}
            if any(each.final for each in self._failures(there, Before(), frozenset(), now)):
                brought = self._wanted() - self._wanted_before
                found = self._failures(there, self._before, brought, now)
                if final := next((each for each in found if each.final), None):
                    return final
            self._waits(self._failures(there, self._before, frozenset(), now))
        except Retryable:
            return None
        return None

    def is_stirred(self) -> bool:
        return self._stirring.is_seen()

    def end(self) -> None:
        self._stirring.end()

    def trouble(self) -> PodFailure | None:
        """What is wrong with a pod at all: why helm waited in vain."""
        try:
            wanted, there = self._wanted(), self._pods()
        except Retryable:
            return None
        names = {each["metadata"]["name"] for each in there}
        there += [each for name, each in self._said_no.items() if name not in names]
        return next(iter(self._failures(there, self._before, wanted, None)), None)

    def _progress(self, there: list[dict[str, Any]]) -> None:
        said = progress.sentence(new_pods(there, self._selection, self._before, frozenset()))
        if said and said != self._told:
            self._told = said
            self._tell(said)

    def _waits(self, found: list[PodFailure]) -> None:
        for each in found:
            if each.what not in ("ready", "ended") and each.about not in self._told_of:
                self._told_of.add(each.about)
                self._tell(f"It waits: {each.sentence}")

    def _failures(
        self, there: list[dict[str, Any]], before: Before, wanted: frozenset[str], now: datetime | None
    ) -> list[PodFailure]:
        found = new_pods(there, self._selection, before, wanted)
        missing = partial(needed_objects.missing, is_there=self._there.has, brings=self._brought, now=now)
        return pod_failures.failures(
            found, now=now, image_exists=self._images.exist, lacks=missing, says=self._says
        )

    def _says(self, pod: str, container: str) -> str:
        if not self._said.get((pod, container)):
            told = pods.log(self._cluster, self._namespace, pod, container, lines=2)
            self._said[pod, container] = told or ""
        return self._said[pod, container]

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

    `ensure_lease` is called at every glance; what it raises ends helm too.
    """
    looked = -LOOK_EVERY
    try:
        with running:
            while True:
                completed = running.wait(GLANCE_EVERY)
                if completed is not None:
                    return completed, None
                ensure_lease()
                reason = None
                if watcher and (running.seconds - looked >= LOOK_EVERY or watcher.is_stirred()):
                    reason, looked = watcher.look(), running.seconds
                if reason is not None or running.seconds >= at_most:
                    return running.terminate(), reason
    finally:
        if watcher:
            watcher.end()


class _Images:
    """Each is asked about once, and again where its registry did not answer."""

    def __init__(self, ask: ImageExists) -> None:
        self._ask = ask
        self._answers: dict[str, tuple[bool | None, float]] = {}

    def exist(self, image: str) -> bool | None:
        answer, asked = self._answers.get(image, (None, -ASKED_AGAIN))
        if answer is None and time.monotonic() - asked >= ASKED_AGAIN:
            answer = self._ask(image)
            self._answers[image] = answer, time.monotonic()
        return answer
