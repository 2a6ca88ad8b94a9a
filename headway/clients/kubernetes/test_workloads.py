"""A Pod or a Job that is a test: applied, watched to its end, removed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from headway.clients.kubernetes import pods
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.there import There
from headway.decide.pods import pod_failures
from headway.decide.pods.pod_failures import ImageExists, PodFailure
from headway.decide.pods.test_pods import TestPods
from headway.decide.release.drift import HELM_FIELD_MANAGER
from headway.errors import Unreachable
from headway.model.record import Cause

WATCHED_SECONDS = 1.0
"""How long one watch lasts: as often is asked whether the lease is still ours, whether anybody waits for the test, and why there
is no pod."""
UNREACHABLE_SECONDS = 60.0
"""So long a test is waited for while the API server does not answer. The lease usually ends the waiting before."""
LOG_LINES = 1000
KEPT_LINES = 60
_DELETED_WITHIN = 60.0
_PAUSE = 0.2
_DELETED = "its pod was deleted while it ran"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a test ended. `reason`: why it did not succeed."""

    passed: bool
    pod: Object | None = None
    reason: str = ""
    log: str = ""
    """Its last LOG_LINES."""
    gave_up: bool = False
    """It did not end by itself: it may still run."""
    needed: bool = True
    """Somebody waited for it to the end."""
    cause: Cause | None = None
    """Where its pod's state says what kept it from its end."""
    certain: bool = False
    """No other run can end otherwise: what the pod names or starts is not there."""

    @property
    def pod_name(self) -> str:
        return str(self.pod["metadata"]["name"]) if self.pod else ""

    @property
    def last_words(self) -> str:
        """As much of its log as is kept and shown."""
        return "\n".join(self.log.splitlines()[-KEPT_LINES:])

    @property
    def said_no(self) -> bool:
        """It ran to its end and failed by itself."""
        return not self.gave_up and self.pod is not None and pod_failures.said_no(self.pod)


@dataclass(frozen=True, slots=True)
class TestWorkloads:
    """Tests in one namespace. `ensure_lease` is called while waiting; what it raises ends the waiting. `tell` gets, once, what a
    test waits for that keeps it from starting. `in_vain` says why nobody waits for a test any more, empty while somebody does.

    All methods raise what the API says: Unreachable, Refused, BadInput, Retryable where a quota is used up.
    """

    cluster: Cluster
    namespace: str
    image_exists: ImageExists
    ensure_lease: Callable[[], None]
    tell: Callable[[str], None]
    in_vain: Callable[[], str] = str

    __test__ = False

    def apply(self, resource: Mapping[str, Any]) -> Object:
        """Server-side, as Helm would."""
        path = self.cluster.path(resource, self.namespace)
        return self.cluster.api.apply(path, dict(resource), HELM_FIELD_MANAGER)

    def remove(self, resource: Mapping[str, Any]) -> None:
        """Delete and wait until it is gone. Raises Unreachable where it stays."""
        path = self.cluster.path(resource, self.namespace)
        if not self.cluster.api.delete(path):
            return
        deadline = time.monotonic() + _DELETED_WITHIN
        while self.cluster.api.find(path) is not None:
            if time.monotonic() > deadline:
                raise Unreachable(
                    f"the {resource['kind']} of an earlier run is not gone after {_DELETED_WITHIN:g} s",
                    where=f"{resource['kind']} {self.namespace}/{resource['metadata']['name']}",
                    next_step="Look for a finalizer on it.",
                )
            self.ensure_lease()
            time.sleep(_PAUSE)

    def end_of(self, applied: Object, timeout: float, title: str) -> Ended:
        """Wait until a Pod or Job, as the server returned it, has ended: at most `timeout` seconds. `title`: what people call it.

        What can never start, or lost its pod, ends early. Any other kind has passed at once, as for Helm.
        """
        if applied["kind"] not in ("Pod", "Job"):
            return Ended(True)
        ended = _Wait(self, applied, timeout, title).end()
        log = pods.tail(self.cluster, self.namespace_of(applied), ended.pod, LOG_LINES) if ended.pod else ""
        return replace(ended, log=log)

    def namespace_of(self, resource: Object) -> str:
        return str(resource["metadata"].get("namespace") or self.namespace)


class _Wait:
    def __init__(self, tests: TestWorkloads, applied: Object, timeout: float, title: str) -> None:
        self._tests, self._api = tests, tests.cluster.api
        self._applied, self._timeout = applied, timeout
        self._namespace = tests.namespace_of(applied)
        self._name, self._uid = applied["metadata"]["name"], applied["metadata"]["uid"]
        self._is_job = applied["kind"] == "Job"
        self._decided_by_one_pod = not self._is_job or _has_one_pod(applied["spec"])
        self._pod: Object | None = None
        self._pods = TestPods(title, tests.image_exists, There(self._api, self._namespace).has)
        self._answered = time.monotonic()

    def end(self) -> Ended:
        deadline = time.monotonic() + self._timeout
        while (now := time.monotonic()) < deadline:
            try:
                if ended := self._look(max(1.0, min(WATCHED_SECONDS, deadline - now))):
                    return ended
                self._answered = time.monotonic()
            except Unreachable:
                if time.monotonic() - self._answered > UNREACHABLE_SECONDS:
                    raise
                time.sleep(1)
            self._tests.ensure_lease()
            if why := self._tests.in_vain():
                return replace(self._gave_up(why), needed=False)
        return self._in_vain(f"it did not end within {self._timeout:g} s", self._pods.trouble)

    def _look(self, seconds: float) -> Ended | None:
        for kind, seen in self._api.watch(
            f"/api/v1/namespaces/{self._namespace}/pods", seconds, **self._mine
        ):
            if not self._is_job and seen["metadata"]["uid"] != self._uid:
                continue
            self._pod = seen
            if kind == "DELETED" or seen["metadata"].get("deletionTimestamp"):
                self._pods.gone(seen)
                if self._decided_by_one_pod:
                    return self._gave_up(_DELETED)
            elif seen["status"].get("phase") in ("Succeeded", "Failed"):
                if self._decided_by_one_pod:
                    return self._of_pod(seen)
                break
            else:
                if said := self._pods.see(seen, self._api.server_now()):
                    self._tests.tell(said)
                if self._pods.hopeless:
                    return self._in_vain("", self._pods.hopeless)
        return self._of_object()

    @property
    def _mine(self) -> dict[str, str]:
        if self._is_job:
            return {"labelSelector": f"batch.kubernetes.io/controller-uid={self._uid}"}
        return {"fieldSelector": f"metadata.name={self._name}"}

    def _of_object(self) -> Ended | None:
        """What the Job itself says, once its pods do not decide it; a Pod may have gone between two watches."""
        live = self._api.find(self._tests.cluster.path(self._applied, self._namespace))
        if live is None or live["metadata"]["uid"] != self._uid:
            return self._gave_up(
                _DELETED if self._pod or not self._is_job else "it was deleted before it ran"
            )
        if not self._is_job:
            return None
        if self._pod is None and (why := self._cannot_start()):
            return self._gave_up(why)
        if self._decided_by_one_pod:
            return None
        said = {each["type"]: each for each in _conditions(live) if each.get("status") == "True"}
        if "Complete" in said:
            return Ended(True, self._pod)
        if "Failed" in said:
            told = str(said["Failed"].get("message") or "its Job has failed")
            return Ended(False, self._pod, _exit_reason(self._pod) if self._pod else told)
        time.sleep(_PAUSE)
        return None

    def _cannot_start(self) -> str:
        """Why no pod was made, as the Job's events say (a quota, an admission rule)."""
        for event in reversed(pods.events(self._tests.cluster, self._namespace, [f"Job/{self._name}"])):
            if event.get("reason") == "FailedCreate":
                return str(event.get("message"))
        return ""

    def _of_pod(self, pod: Object) -> Ended:
        passed = pod["status"].get("phase") == "Succeeded"
        return Ended(passed, pod, "" if passed else _exit_reason(pod))

    def _gave_up(self, reason: str, cause: Cause | None = None) -> Ended:
        return Ended(False, self._pod, reason, gave_up=True, cause=cause)

    def _in_vain(self, reason: str, found: PodFailure | None) -> Ended:
        if found is None:
            return self._gave_up(reason)
        said = self._gave_up(": ".join(filter(None, (reason, found.sentence))), found.cause)
        return replace(said, certain=found.certain)


def _has_one_pod(spec: Mapping[str, Any]) -> bool:
    """A Job that is over with its first pod: that is known about a second before its controller says so."""
    counts = spec.get("completions", 1), spec.get("parallelism", 1), spec.get("backoffLimit", 6)
    return counts == (1, 1, 0) and "podFailurePolicy" not in spec


def _conditions(job: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return (job.get("status") or {}).get("conditions") or []


def _exit_reason(pod: Object) -> str:
    status = pod["status"]
    for each in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        ended = (each.get("state") or {}).get("terminated")
        if ended and ended.get("exitCode"):
            why = f" ({ended['reason']})" if ended.get("reason") not in (None, "Error") else ""
            return f"it exited with {ended['exitCode']}{why}"
    return str(status.get("message") or status.get("reason") or f"its pod is {status.get('phase')}")
