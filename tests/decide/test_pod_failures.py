"""Pods that will never be ready, by status as the kubelet writes it; and pods that may still be."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.decide.pods import pod_failures

START = datetime(2026, 11, 23, 10, tzinfo=UTC)


def pod(why: str, message: str = "", restarts: int = 0, **status: Any) -> dict[str, Any]:
    container = {
        "name": "app",
        "image": "r/cart:1",
        "restartCount": restarts,
        "state": {"waiting": {"reason": why, "message": message}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}} if restarts else {},
    }
    return {
        "metadata": {"name": "cart-1"},
        "status": {"startTime": "2026-11-23T10:00:00Z", "containerStatuses": [container], **status},
    }


FINE: dict[str, Any] = {
    "metadata": {"name": "cart-1"},
    "status": {"containerStatuses": [{"name": "app", "state": {"running": {}}}]},
}
NO_NODE = {
    "metadata": {"name": "cart-1"},
    "status": {
        "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}
        ]
    },
}
EVICTED = {
    "metadata": {"name": "cart-1"},
    "status": {"phase": "Failed", "reason": "Evicted", "message": "low on memory"},
}

# name: (pod, ends the wait, cause of the trouble)
CASES: dict[str, tuple[dict[str, Any], bool, str | None]] = {
    "runs": (FINE, False, None),
    "not started": ({"metadata": {"name": "cart-1"}}, False, None),
    "is being created": (pod("ContainerCreating"), False, None),
    "image not in the registry": (pod("ErrImagePull", "r/cart:1: not found"), True, "version"),
    "image not in the registry, backing off": (
        pod("ImagePullBackOff", 'Back-off pulling image "r/cart:1"'),
        True,
        "version",
    ),
    "pull fails for once": (pod("ErrImagePull", "unauthorized"), False, "version"),
    "registry limits": (pod("ImagePullBackOff", "429 Too Many Requests"), False, "infrastructure"),
    "registry is down": (
        pod("ErrImagePull", "unexpected status from GET request: 503 Service Unavailable"),
        False,
        "infrastructure",
    ),
    "image name is none": (pod("InvalidImageName", "couldn't parse image name"), True, "version"),
    "secret is missing": (pod("CreateContainerConfigError", 'secret "db" not found'), True, "version"),
    "crashes the first time": (pod("CrashLoopBackOff", restarts=1), False, "version"),
    "crashes again and again": (pod("CrashLoopBackOff", restarts=3), True, "version"),
    "no node": (NO_NODE, False, "infrastructure"),
    "evicted": (EVICTED, False, "infrastructure"),
}


@pytest.mark.parametrize(("seen", "ends", "cause"), CASES.values(), ids=CASES)
def test_pod(seen: dict[str, Any], ends: bool, cause: str | None) -> None:
    assert (pod_failures.reason(seen) is not None) is ends
    trouble = pod_failures.trouble(seen)
    assert (trouble.cause if trouble else None) == cause


def test_sentence_names_pod_container_and_end() -> None:
    found = pod_failures.reason(pod("CrashLoopBackOff", restarts=4))
    assert found
    assert found.sentence == "Pod cart-1, container app ended 4 times, last with exit code 137 (OOMKilled)"


def test_init_container_counts() -> None:
    seen = pod("InvalidImageName")
    seen["status"]["initContainerStatuses"] = seen["status"].pop("containerStatuses")
    assert pod_failures.reason(seen)


def test_missing_secret_gets_its_grace_where_time_is_known() -> None:
    seen = pod("CreateContainerConfigError", 'secret "db" not found')
    assert pod_failures.reason(seen, now=START + timedelta(seconds=5)) is None
    assert pod_failures.reason(seen, now=START + timedelta(seconds=31))
