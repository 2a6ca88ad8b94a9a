"""Whose pods end a rollout, and whose say afterwards why it failed, while workloads make pods of a former version anew."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from queue import Queue
from types import SimpleNamespace
from typing import Any, cast

import pytest

from headway.clients.helm.rollout_watch import RolloutWatch, attend
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.pods.needed_objects import brought
from headway.decide.pods.pod_failures import PodFailure
from headway.decide.pods.release_pods import select
from tests.fast.memory.helm import MemoryRunning

WEB = {
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {"selector": {"matchLabels": {"app": "web"}}},
}
READY = {"type": "Ready", "status": "True"}
DEPLOYMENT = {"metadata": {"uid": "web", "generation": 1}, "status": {"observedGeneration": 1}}


def wants(*templates: str) -> list[dict[str, Any]]:
    """ReplicaSets of the Deployment, the last one is wanted."""
    return [
        {
            "metadata": {
                "labels": {"pod-template-hash": template},
                "annotations": {"deployment.kubernetes.io/revision": str(revision)},
                "ownerReferences": [{"uid": "web"}],
            }
        }
        for revision, template in enumerate(templates, 1)
    ]


def crashing(name: str, template: str) -> dict[str, Any]:
    waiting = {"name": "web", "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    return {
        "metadata": {
            "name": name,
            "uid": name,
            "labels": {"app": "web", "pod-template-hash": template},
            "ownerReferences": [{"kind": "ReplicaSet", "name": template}],
        },
        "status": {"phase": "Running", "containerStatuses": [waiting]},
    }


class Api:
    def __init__(self, sets: list[dict[str, Any]], pods: list[dict[str, Any]]) -> None:
        self.watches: list[float] = []
        self.changes: Queue[None] = Queue()
        self.seen = {"pods": pods, "replicasets": sets, "deployments": [DEPLOYMENT], "statefulsets": []}

    def items(self, path: str, **_: Any) -> list[dict[str, Any]]:
        return self.seen[path.rpartition("/")[2]]

    def find(self, path: str) -> dict[str, Any] | None:
        return next((each for each in self.seen.get("there", ()) if path.endswith(each["path"])), None)

    def watch(self, _: str, seconds: float) -> Iterator[tuple[str, dict[str, Any]]]:
        self.watches.append(seconds)
        while True:
            self.changes.get(timeout=seconds)
            yield "MODIFIED", {}

    def server_now(self) -> datetime:
        return datetime.now(UTC)


@pytest.mark.parametrize(
    ("sets", "pods", "later_sets", "later_pods", "ends_helm", "said"),
    [
        pytest.param(
            wants("a"), ["a-1"], wants("a", "b"), ["a-1", "b-1"], "b-1", "b-1", id="the new version's"
        ),
        pytest.param(wants("a"), ["a-1"], wants("a", "b"), ["a-2"], None, None, id="the former's, made anew"),
        pytest.param(
            wants("a"),
            ["a-1"],
            wants("a"),
            ["a-2"],
            None,
            "a-2",
            id="the same, and it is still what is wanted",
        ),
        pytest.param(wants("a"), [], wants("a", "b"), ["a-1"], None, None, id="the former's, none was there"),
        pytest.param(
            wants("a", "b"), ["a-1", "b-1"], wants("b", "a"), ["a-1", "a-2"], "a-1", "a-1", id="taken back"
        ),
        pytest.param(
            wants("a", "b"),
            ["a-1", "b-1"],
            wants("a", "b"),
            ["a-2"],
            None,
            None,
            id="tried again: the former's",
        ),
        pytest.param(
            wants("a", "b"),
            ["b-1"],
            wants("a", "b"),
            ["b-1"],
            None,
            "b-1",
            id="tried again: what the first left",
        ),
        pytest.param([], [], wants("a"), ["a-1"], "a-1", "a-1", id="a first install"),
    ],
)
def test_whose_pods_count(
    sets: list[dict[str, Any]],
    pods: list[str],
    later_sets: list[dict[str, Any]],
    later_pods: list[str],
    ends_helm: str | None,
    said: str | None,
) -> None:
    api = Api(sets, [crashing(each, each[0]) for each in pods])
    watch = RolloutWatch(cast(Cluster, SimpleNamespace(api=api)), "shop", select([WEB]), lambda _: True)
    assert watch.look() is None
    api.seen |= {"replicasets": later_sets, "pods": [crashing(each, each[0]) for each in later_pods]}
    reason, trouble = watch.look(), watch.trouble()
    assert (reason and reason.pod, trouble and trouble.pod) == (ends_helm, said)


def test_who_waits_is_told_when_a_new_pod_is_there_and_ready() -> None:
    api, told = Api(wants("a"), []), list[str]()
    cluster = cast(Cluster, SimpleNamespace(api=api))
    watch = RolloutWatch(cluster, "shop", select([WEB]), lambda _: True, told.append)
    pod = crashing("b-1", "b")
    for status in ({"phase": "Pending"}, {"phase": "Pending"}, {"conditions": [READY]}):
        api.seen["pods"] = [{**pod, "status": status}]
        watch.look()
    assert told == ["0 of 1 new pods ready: b-1 not yet", "1 of 1 new pods ready"]


def waiting(why: str, message: str = "", *, seconds: int = 0) -> dict[str, Any]:
    """A pod of template b, which a node has had for so long."""
    began = datetime.now(UTC) - timedelta(seconds=seconds)
    container = {"name": "web", "state": {"waiting": {"reason": why, "message": message}}}
    return {
        **crashing("b-1", "b"),
        "spec": {
            "containers": [{"name": "web", "image": "r/web:1"}],
            "volumes": [{"configMap": {"name": "settings"}}],
        },
        "status": {"phase": "Pending", "startTime": began.isoformat(), "containerStatuses": [container]},
    }


SETTINGS = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "settings"}}


def test_what_a_rollout_waits_for_is_told_once() -> None:
    api, told = Api(wants("a"), []), list[str]()
    watch = RolloutWatch(
        cast(Cluster, SimpleNamespace(api=api)), "shop", select([WEB]), lambda _: True, told.append
    )
    api.seen |= {"replicasets": wants("a", "b"), "pods": [waiting("ContainerCreating", seconds=3)]}
    assert watch.look() is None
    assert watch.look() is None
    api.seen |= {"there": [{"path": "configmaps/settings"}], "pods": [waiting("ErrImagePull", "i/o timeout")]}
    assert watch.look() is None
    assert watch.look() is None
    assert told == [
        "0 of 1 new pods ready: b-1 not yet",
        "It waits: Pod b-1 cannot be created: ConfigMap settings is not there",
        "It waits: Pod b-1, container web: image  cannot be pulled: i/o timeout",
    ]


def test_what_the_version_has_taken_out_and_needs_ends_helm() -> None:
    api = Api(wants("a"), [])
    watch = RolloutWatch(
        cast(Cluster, SimpleNamespace(api=api)),
        "shop",
        select([WEB]),
        lambda _: True,
        brought=brought([WEB], [WEB, SETTINGS]),
    )
    api.seen |= {"replicasets": wants("a", "b"), "pods": [waiting("ContainerCreating", seconds=3)]}
    reason = watch.look()
    assert reason is not None
    assert (reason.cause, reason.certain) == ("version", True)


def test_a_registry_that_could_not_be_asked_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.clients.helm.rollout_watch.ASKED_AGAIN", 0.0)
    answers = iter([None, False])
    api = Api(wants("a"), [])
    watch = RolloutWatch(
        cast(Cluster, SimpleNamespace(api=api)), "shop", select([WEB]), lambda _: next(answers, True)
    )
    api.seen |= {
        "replicasets": wants("a", "b"),
        "pods": [waiting("ImagePullBackOff")],
        "there": [{"path": "configmaps/settings"}],
    }
    assert watch.look() is None
    reason = watch.look()
    assert reason is not None
    assert "the registry has no such image" in reason.sentence


class Slow(MemoryRunning):
    """It does not come to an end."""

    def wait(self, timeout: float | None = None) -> Any:
        self.seconds += timeout or 0
        return None


class Hinted:
    """Something changes after a while."""

    def __init__(self, *, after: int) -> None:
        self.questions, self.looks, self.after, self.over = 0, 0, after, False

    def look(self) -> PodFailure | None:
        self.looks += 1
        return PodFailure("b-1", "it is bad") if self.looks > 1 else None

    def is_stirred(self) -> bool:
        self.questions += 1
        return self.questions > self.after

    def trouble(self) -> None:
        return None

    def end(self) -> None:
        self.over = True


def test_a_change_is_looked_at_at_once() -> None:
    watcher, running = Hinted(after=1), Slow()
    _, reason = attend(cast(Any, running), watcher, at_most=10, ensure_lease=lambda: None)
    assert reason is not None
    assert running.seconds < 0.3, "the next look would have come after half a second"
    assert watcher.over


def test_a_look_comes_without_a_hint_as_well() -> None:
    watcher, running = Hinted(after=1000), Slow()
    _, reason = attend(cast(Any, running), watcher, at_most=10, ensure_lease=lambda: None)
    assert reason is not None
    assert 0.4 < running.seconds < 1.0


def test_pods_that_change_are_a_hint() -> None:
    api = Api(wants("a"), [])
    watch = RolloutWatch(cast(Cluster, SimpleNamespace(api=api)), "shop", select([WEB]), lambda _: True)
    assert not watch.is_stirred(), "nothing is watched before the first question"
    api.changes.put(None)
    until = time.monotonic() + 5
    while not watch.is_stirred():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert not watch.is_stirred(), "it has been told"
    watch.end()
    api.changes.put(None)


HOOK = {"kind": "Job", "metadata": {"name": "migrate"}}
SAID_NO = {
    "metadata": {"name": "migrate-1", "uid": "m", "ownerReferences": [{"kind": "Job", "name": "migrate"}]},
    "status": {
        "phase": "Failed",
        "containerStatuses": [{"name": "migrate", "state": {"terminated": {"exitCode": 3}}}],
    },
}


def test_a_hook_that_said_no_is_remembered_where_helm_has_deleted_it() -> None:
    api = Api(wants("a"), [])
    watch = RolloutWatch(cast(Cluster, SimpleNamespace(api=api)), "shop", select([WEB, HOOK]), lambda _: True)
    api.seen["pods"] = [SAID_NO]
    assert watch.look() is None, "its Job may run it again"
    api.seen["pods"] = []
    trouble = watch.trouble()
    assert trouble is not None
    assert trouble.cause == "version"
    assert trouble.sentence == "Pod migrate-1, container migrate ran to its end and failed with exit code 3"
