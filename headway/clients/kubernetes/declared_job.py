"""A test that headway.yaml declares, as a Job in the release's namespace.

A Job of the same name is deleted first: a run that was killed in between is simply run again.
"""

import hashlib
import time

from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.test_workloads import TestWorkloads
from headway.formats import helm_marks, junit
from headway.model.application import ClusterTest
from headway.model.field_types import seconds
from headway.model.tests import TestResult

RELEASE_LABEL = "headway/release"
TEST_LABEL = "headway/test"
_KEPT_SECONDS = 3600
_LABEL_VALUE = 63
_BACKSTOP_SECONDS = 60


def run_declared(workloads: TestWorkloads, test: ClusterTest, release: str, revision: int) -> TestResult:
    """Run a test and wait for its end; a failing test is a result, not an error. One that nobody waits for any more is ended, and
    counts as not run. Raises what TestWorkloads raises."""
    wanted, begun = job(test, release, revision), time.monotonic()
    workloads.remove(wanted)
    ended = workloads.end_of(workloads.apply(wanted), seconds(test.timeout), f"Job {test.name}")
    if ended.gave_up:
        # It may still run, and would disturb what comes next.
        workloads.remove(wanted)
    return TestResult(
        test.name,
        ended.passed,
        ended.pod_name,
        ended.last_words,
        ended.reason,
        time.monotonic() - begun,
        ran=ended.needed,
        said_no=ended.said_no,
        cause=ended.cause,
        certain=ended.certain,
        kind="Job",
        cases=junit.read(ended.log),
    )


def job(test: ClusterTest, release: str, revision: int) -> Object:
    """A Job for one run: never tried again by Kubernetes, removed by it an hour after its end."""
    labels = {
        helm_marks.MANAGED_BY: "headway",
        RELEASE_LABEL: release,
        TEST_LABEL: test.name,
    }
    pod: Object = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 5,
        "containers": [_container(test)],
    }
    if test.pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in test.pull_secrets]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": job_name(test.name, revision),
            "labels": labels,
            "annotations": {"headway/revision": str(revision)},
        },
        "spec": {
            "backoffLimit": 0,
            # Only if we are gone by then: a program that ends well on SIGTERM would look as if it had passed.
            "activeDeadlineSeconds": round(seconds(test.timeout)) + _BACKSTOP_SECONDS,
            "ttlSecondsAfterFinished": _KEPT_SECONDS,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _container(test: ClusterTest) -> Object:
    """With a user it may run in a namespace that enforces the restricted pod security standard."""
    container: Object = {
        "name": "test",
        "image": test.image,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    if test.command:
        container["command"] = list(test.command)
    if test.resources:
        container["resources"] = {kind: dict(amounts) for kind, amounts in test.resources.items()}
    if test.run_as_user is not None:
        container["securityContext"] |= {
            "runAsNonRoot": True,
            "runAsUser": test.run_as_user,
            "capabilities": {"drop": ["ALL"]},
        }
    return container


def job_name(test: str, revision: int) -> str:
    """Name of the Job: at most 63 characters, to fit a label value; a long name ends in a digest."""
    name = f"headway-test-{test}-{revision}"
    if len(name) <= _LABEL_VALUE:
        return name
    end = f"-{hashlib.sha256(test.encode()).hexdigest()[:8]}-{revision}"
    return name[: _LABEL_VALUE - len(end)] + end
