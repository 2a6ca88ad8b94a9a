"""Which differences are drift, and which pods tell how a rollout goes."""

from typing import Any

import pytest

from headway.decide.pods.release_pods import new_pods, select
from headway.decide.release import drift

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "resourceVersion": "1", "generation": 1, "managedFields": [1]},
    "spec": {"replicas": 2, "template": {"containers": [{"name": "web", "image": "web:1"}]}},
    "status": {"readyReplicas": 2},
}


def changed(**spec: Any) -> dict[str, Any]:
    return {**DEPLOYMENT, "spec": {**DEPLOYMENT["spec"], **spec}}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("live", "sentences"),
    [
        pytest.param(DEPLOYMENT, (), id="nothing changed"),
        pytest.param({**DEPLOYMENT, "status": {}}, (), id="status is the controllers'"),
        pytest.param(
            {**DEPLOYMENT, "metadata": {"name": "web", "resourceVersion": "9", "generation": 4}},
            (),
            id="bookkeeping is the server's",
        ),
        pytest.param(
            changed(replicas=3),
            ("Deployment web: spec.replicas is not what the release says",),
            id="a changed field",
        ),
        pytest.param(
            changed(template={"containers": [{"name": "web", "image": "web:2"}]}),
            ("Deployment web: spec.template.containers[web].image is not what the release says",),
            id="a container by its name",
        ),
        pytest.param(None, ("Deployment web is missing",), id="missing"),
    ],
)
def test_drift(live: dict[str, Any] | None, sentences: tuple[str, ...]) -> None:
    assert drift.differences(live, DEPLOYMENT) == sentences


def test_a_job_that_cleans_itself_up_is_not_missing() -> None:
    job = {"kind": "Job", "metadata": {"name": "once"}, "spec": {"ttlSecondsAfterFinished": 60}}
    assert drift.differences(None, job) == ()


def pod(
    name: str, *, uid: str = "new", job: str = "", leaving: bool = False, **labels: str
) -> dict[str, Any]:
    owners = [{"kind": "Job", "name": job}] if job else []
    metadata = {"name": name, "uid": uid, "labels": labels, "ownerReferences": owners}
    return {"metadata": {**metadata, "deletionTimestamp": "now"} if leaving else metadata}


@pytest.mark.parametrize(
    ("candidate", "counts"),
    [
        pytest.param(pod("web-1", app="web", tier="x"), True, id="its workload selects it"),
        pytest.param(pod("other-1", app="other"), False, id="somebody else's"),
        pytest.param(pod("m-1", job="migrate"), True, id="of a Job"),
        pytest.param(pod("probe"), True, id="a hook's own pod"),
        pytest.param(pod("web-1", app="web", leaving=True), False, id="going away"),
        pytest.param(pod("web-1", uid="old", app="web"), False, id="there before: of a former version"),
    ],
)
def test_pods_that_count(candidate: dict[str, Any], counts: bool) -> None:
    selection = select(
        [
            {
                "kind": "Deployment",
                "metadata": {"name": "w"},
                "spec": {"selector": {"matchLabels": {"app": "web"}}},
            },
            {"kind": "Job", "metadata": {"name": "migrate"}},
            {"kind": "Pod", "metadata": {"name": "probe"}},
            {"kind": "ConfigMap", "metadata": {"name": "settings"}},
        ]
    )
    assert bool(new_pods([candidate], selection, frozenset({"old"}))) is counts
