"""What keeps a test's pods from their end, look by look."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.decide.pods.test_pods import TestPods
from headway.model.record import Cause

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
LATER = START + timedelta(minutes=1)


def waiting(why: str, message: str = "", restarts: int = 0, pod: str = "check-1") -> dict[str, Any]:
    container = {
        "name": "check",
        "image": "r/check:1",
        "restartCount": restarts,
        "ready": False,
        "state": {"waiting": {"reason": why, "message": message}},
    }
    return _pod(pod, containerStatuses=[container])


def _pod(name: str, **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "status": {"phase": "Pending", "startTime": "2026-11-23T10:00:00Z", **status},
    }


AWAY = "dial tcp 10.0.0.1:443: connect: connection refused"
PULL_AWAY = waiting("ErrImagePull", AWAY)
PAUSES = waiting("ImagePullBackOff", 'Back-off pulling image "r/check:1"')
RUNS = _pod("check-1", containerStatuses=[{"name": "check", "ready": False, "state": {"running": {}}}])
UNSCHEDULED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/1 nodes are available",
}
NO_NODE = _pod("check-1", conditions=[UNSCHEDULED])
NO_SECRET = waiting("CreateContainerConfigError", 'secret "db" not found')
CRASHES = waiting("CrashLoopBackOff", restarts=3)
PULL = "image r/check:1 cannot be pulled"

# name: (looks at pods, what the registry says, ends the wait, told, what was waited for in vain, its cause)
Case = tuple[list[dict[str, Any]], bool | None, bool, list[str], str | None, Cause | None]
CASES: dict[str, Case] = {
    "is being created": ([waiting("ContainerCreating")], None, False, [], None, None),
    "runs, and no test needs to be ready": ([RUNS], None, False, [], None, None),
    "the registry has no such image": ([PAUSES], False, True, [], PULL, "version"),
    "the image's name is none": ([waiting("InvalidImageName")], None, True, [], "not usable", "version"),
    "the registry has it all the same": ([PAUSES], True, False, [PULL], PULL, "surroundings"),
    "the registry is away": ([PULL_AWAY], None, False, [PULL], AWAY, "surroundings"),
    "the kubelet pauses and tries again": (
        [PULL_AWAY, PAUSES, PULL_AWAY],
        None,
        False,
        [PULL],
        AWAY,
        "surroundings",
    ),
    "nobody says why": ([PAUSES], None, False, [PULL], "Back-off", "unknown"),
    "the registry came back without it": ([PULL_AWAY, PAUSES], False, True, [], PULL, "version"),
    "it was pulled in the end": ([PULL_AWAY, RUNS], None, False, [PULL], None, None),
    "no node, then no image": (
        [NO_NODE, PAUSES],
        None,
        False,
        ["finds no node: 0/1 nodes are available", PULL],
        "Back-off",
        "unknown",
    ),
    "no node": ([NO_NODE], None, False, ["finds no node"], "finds no node", "surroundings"),
    "a secret is missing": ([NO_SECRET], None, True, [], "cannot be created", "unknown"),
    "crashes again and again": ([CRASHES], None, True, [], "ended 4 times", "version"),
    "crashed twice": (
        [waiting("CrashLoopBackOff", restarts=1)],
        None,
        False,
        ["ended 2 times"],
        "ended 2 times",
        "version",
    ),
    "two pods of one Job": (
        [PAUSES, waiting("ErrImagePull", AWAY, pod="check-2")],
        None,
        False,
        [PULL],
        "Back-off",
        "unknown",
    ),
}


@pytest.mark.parametrize(("looks", "exists", "ends", "told", "why", "cause"), CASES.values(), ids=CASES)
def test_what_a_test_waits_for(
    looks: list[dict[str, Any]],
    exists: bool | None,
    ends: bool,
    told: list[str],
    why: str | None,
    cause: Cause | None,
) -> None:
    pods = TestPods("test cart-check", lambda _: exists)
    said = [said for each in looks if (said := pods.see(each, LATER))]
    assert len(said) == len(told)
    for each, part in zip(said, told, strict=True):
        assert each.startswith("test cart-check waits: Pod check-1")
        assert part in each
    assert (pods.hopeless is not None) is ends
    trouble = pods.trouble
    assert (trouble is None) is (why is None)
    if trouble and why:
        assert why in trouble.sentence
        assert trouble.cause == cause


def test_what_others_may_still_bring_is_waited_for() -> None:
    pods = TestPods("test cart-check", lambda _: None)
    assert "cannot be created" in pods.see(NO_SECRET, START + timedelta(seconds=5))
    assert pods.hopeless is None
    assert pods.see(NO_SECRET, START + timedelta(seconds=31)) == ""
    assert pods.hopeless is not None


def test_a_pod_that_is_gone_keeps_nothing_from_its_end() -> None:
    pods = TestPods("test cart-check", lambda _: False)
    pods.see(PAUSES, LATER)
    pods.gone(PAUSES)
    assert (pods.hopeless, pods.trouble) == (None, None)


def test_what_it_mounts_and_is_not_there_is_told_and_waited_for() -> None:
    there = dict.fromkeys(["settings", "token"], False)
    pods = TestPods("test cart-check", lambda _: None, lambda needed: there[needed.name])
    seen = waiting("ContainerCreating")
    seen["spec"] = {
        "volumes": [{"configMap": {"name": "settings"}}, {"secret": {"secretName": "token"}}],
    }
    missing = "test cart-check waits: Pod check-1 cannot be created: ConfigMap settings is not there"
    assert pods.see(seen, START + timedelta(seconds=5)) == missing
    assert (pods.see(seen, START + timedelta(seconds=6)), pods.hopeless) == ("", None)
    there["settings"] = True
    assert "Secret token is not there" in pods.see(seen, START + timedelta(seconds=7))
    assert pods.see(seen, LATER) == ""
    assert pods.hopeless is not None
    there["token"] = True
    assert (pods.see(seen, LATER), pods.hopeless, pods.trouble) == ("", None, None)
