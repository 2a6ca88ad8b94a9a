"""The tests that headway.yaml declares, each a Job in the release's namespace.

A Job of the same name is deleted first: a run that was killed in between is simply run again.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from headway.clients.kubernetes import pods
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.pods import pod_failures
from headway.decide.pods.pod_failures import ImageExists, not_asked
from headway.errors import Unreachable
from headway.model.application import ClusterTest, seconds
from headway.model.tests import TestResult

RELEASE_LABEL = "headway/release"
TEST_LABEL = "headway/test"
_KEPT_SECONDS = 3600
_LABEL_VALUE = 63
_BACKSTOP_SECONDS = 60
_WATCHED_SECONDS = 3.0
_DELETED_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class ClusterJobs:
    """Runs declared tests for one release."""

    cluster: Cluster
    namespace: str
    release: str
    image_exists: ImageExists = not_asked

    def run(self, test: ClusterTest, revision: int, ensure_lease: Callable[[], None]) -> TestResult:
        """Run a test and wait for its end; a failing test is a result, not an error.

        `ensure_lease` is called while waiting; what it raises ends the waiting and leaves the Job.
        Raises Unreachable and what else the API says, such as Retryable where a quota is used up.
        """
        name = job_name(test.name, revision)
        begun = time.monotonic()
        self._delete(name)
        job = self.cluster.api.create(self._jobs, self._job(test, name, revision))
        pod, reason = self._wait(job, seconds(test.timeout), ensure_lease)
        passed = not reason and pod is not None and pod["status"].get("phase") == "Succeeded"
        log = pods.tail(self.cluster, self.namespace, pod) if pod else ""
        if reason:
            # It may still run, and would disturb what comes next.
            self.cluster.api.delete(f"{self._jobs}/{name}")
        said_no = pod is not None and not reason and pod_failures.said_no(pod)
        if not passed and not reason:
            reason = _exit_reason(pod) if pod else "its pod is gone"
        return TestResult(
            test.name,
            passed,
            pod["metadata"]["name"] if pod else "",
            log,
            reason,
            time.monotonic() - begun,
            said_no=said_no,
            kind="Job",
        )

    def _wait(
        self, job: Object, timeout: float, ensure_lease: Callable[[], None]
    ) -> tuple[Object | None, str]:
        """The pod as it ended, and why it did not succeed where that is more than its exit code."""
        name, uid = job["metadata"]["name"], job["metadata"]["uid"]
        deadline = time.monotonic() + timeout
        pod: Object | None = None
        while time.monotonic() < deadline:
            left = max(1.0, min(_WATCHED_SECONDS, deadline - time.monotonic()))
            query = {"labelSelector": f"batch.kubernetes.io/controller-uid={uid}"}
            for kind, seen in self.cluster.api.watch(self._pods, left, **query):
                pod = seen
                if kind == "DELETED":
                    return pod, "its pod was deleted while it ran"
                if seen["metadata"].get("deletionTimestamp"):
                    return pod, "its pod was deleted while it ran"
                if seen["status"].get("phase") in ("Succeeded", "Failed"):
                    return pod, ""
                found = pod_failures.failures(
                    [seen], now=self.cluster.api.server_now(), image_exists=self.image_exists
                )
                if found and found[0].final:
                    return pod, found[0].sentence
            ensure_lease()
            if pod is None and (why := self._cannot_start(name)):
                return None, why
        return pod, f"it did not end within {timeout:g} s"

    def _cannot_start(self, name: str) -> str:
        """Why no pod was made, as the Job's events say (a quota, an admission rule)."""
        for event in reversed(pods.events(self.cluster, self.namespace, [f"Job/{name}"])):
            if event.get("reason") == "FailedCreate":
                return str(event.get("message"))
        return ""

    def _delete(self, name: str) -> None:
        deadline = time.monotonic() + _DELETED_WITHIN
        path = f"{self._jobs}/{name}"
        if not self.cluster.api.delete(path):
            return
        while self.cluster.api.find(path) is not None:
            if time.monotonic() > deadline:
                raise Unreachable(
                    f"the Job of an earlier run is not gone after {_DELETED_WITHIN:g} s",
                    where=f"Job {self.namespace}/{name}",
                    next_step="Look for a finalizer on it.",
                )
            time.sleep(0.2)

    def _job(self, test: ClusterTest, name: str, revision: int) -> Object:
        labels = {
            "app.kubernetes.io/managed-by": "headway",
            RELEASE_LABEL: self.release,
            TEST_LABEL: test.name,
        }
        container: Object = {"name": "test", "image": test.image}
        if test.command:
            container["command"] = list(test.command)
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": name,
                "namespace": self.namespace,
                "labels": labels,
                "annotations": {"headway/revision": str(revision)},
            },
            "spec": {
                "backoffLimit": 0,
                # Only if we are gone by then: a program that ends well on SIGTERM would look as if it had
                # passed.
                "activeDeadlineSeconds": round(seconds(test.timeout)) + _BACKSTOP_SECONDS,
                "ttlSecondsAfterFinished": _KEPT_SECONDS,
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "restartPolicy": "Never",
                        "automountServiceAccountToken": False,
                        "terminationGracePeriodSeconds": 5,
                        "containers": [container],
                    },
                },
            },
        }

    @property
    def _jobs(self) -> str:
        return f"/apis/batch/v1/namespaces/{self.namespace}/jobs"

    @property
    def _pods(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods"


def job_name(test: str, revision: int) -> str:
    """Name of the Job: at most 63 characters, to fit a label value; a long name ends in a digest."""
    name = f"headway-test-{test}-{revision}"
    if len(name) <= _LABEL_VALUE:
        return name
    end = f"-{hashlib.sha256(test.encode()).hexdigest()[:8]}-{revision}"
    return name[: _LABEL_VALUE - len(end)] + end


def _exit_reason(pod: Object) -> str:
    for each in pod["status"].get("containerStatuses") or []:
        ended = (each.get("state") or {}).get("terminated")
        if ended and ended.get("exitCode"):
            why = f" ({ended['reason']})" if ended.get("reason") not in (None, "Error") else ""
            return f"it exited with {ended['exitCode']}{why}"
    status = pod["status"]
    return str(status.get("message") or status.get("reason") or f"its pod is {status.get('phase')}")
