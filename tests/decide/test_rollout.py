"""How far a rollout is, workload by workload, out of what a cluster shows."""

from typing import Any

import pytest

from headway.decide.pods import progress
from headway.decide.pods.rollout import Live, WorkloadPods, workloads

OF_SHOP = {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "it"}


def workload(
    name: str, replicas: int = 3, annotations: dict[str, str] | None = None, **status: Any
) -> dict[str, Any]:
    metadata = {"name": name, "uid": name, "generation": 2, "annotations": OF_SHOP | (annotations or {})}
    return {
        "metadata": metadata,
        "spec": {"replicas": replicas},
        "status": {"observedGeneration": 2, **status},
    }


def replica_set(of: str, revision: int) -> dict[str, Any]:
    return {
        "metadata": {
            "uid": f"{of}-{revision}",
            "labels": {"pod-template-hash": f"t{revision}"},
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "ownerReferences": [{"uid": of, "kind": "Deployment"}],
        }
    }


def pod(owner: str, labels: dict[str, str], ready: bool = True, **metadata: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {
        "metadata": {"name": "p", "labels": labels, "ownerReferences": [{"uid": owner}], **metadata},
        "status": {"conditions": conditions},
    }


NEW, OLD = {"pod-template-hash": "t2"}, {"pod-template-hash": "t1"}


@pytest.mark.parametrize(
    ("live", "found"),
    [
        pytest.param(Live(), (), id="nothing"),
        pytest.param(
            Live(
                deployments=[workload("web")],
                replica_sets=[replica_set("web", 1), replica_set("web", 2)],
                pods=[
                    pod("web-2", NEW),
                    pod("web-2", NEW, ready=False),
                    pod("web-1", OLD),
                    pod("web-1", OLD, deletionTimestamp="now"),
                    pod("another", NEW),
                ],
            ),
            (WorkloadPods("Deployment web", 3, 1, 1, 2),),
            id="a deployment amid its rollout: what goes away is of before",
        ),
        pytest.param(
            Live(
                stateful_sets=[workload("db", 2, updateRevision="r2")],
                pods=[
                    pod("db", {"controller-revision-hash": "r2"}),
                    pod("db", {"controller-revision-hash": "r1"}),
                ],
            ),
            (WorkloadPods("StatefulSet db", 2, 1, 0, 1),),
            id="a stateful set",
        ),
        pytest.param(
            Live(
                daemon_sets=[
                    workload(
                        "log", 9, {"deprecated.daemonset.template.generation": "4"}, desiredNumberScheduled=2
                    )
                ],
                pods=[
                    pod("log", {"pod-template-generation": "4"}),
                    pod("log", {"pod-template-generation": "3"}),
                ],
            ),
            (WorkloadPods("DaemonSet log", 2, 1, 0, 1),),
            id="a daemon set",
        ),
        pytest.param(
            Live(deployments=[{"metadata": {"name": "other", "uid": "o"}, "spec": {}}]),
            (),
            id="of nobody's release",
        ),
    ],
)
def test_pods_of_a_release(live: Live, found: tuple[WorkloadPods, ...]) -> None:
    assert workloads(live, "shop", "it") == found


def test_a_sentence_in_a_log_is_read_back() -> None:
    said = progress.sentence([pod("a", NEW), pod("a", NEW, ready=False)])
    assert progress.read(said) == (1, 2)
    assert progress.read("9 of 9 tests") is None
