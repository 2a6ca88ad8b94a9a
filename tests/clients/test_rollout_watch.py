"""Whose pods end a rollout, and whose say afterwards why it failed, while workloads make pods of a former version anew."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from headway.clients.helm.rollout_watch import RolloutWatch
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.pods.release_pods import select

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
        self.seen = {"pods": pods, "replicasets": sets, "deployments": [DEPLOYMENT], "statefulsets": []}

    def items(self, path: str, **_: Any) -> list[dict[str, Any]]:
        return self.seen[path.rpartition("/")[2]]

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
