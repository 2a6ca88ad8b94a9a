"""Which differences are drift, and which pods tell how a rollout goes."""

from typing import Any

import pytest

from headway.decide.pods.release_pods import Before, current_templates, new_pods, select
from headway.decide.release import drift
from headway.decide.release.drift import Difference
from headway.formats.manifests import key_of

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {
        "name": "web",
        "resourceVersion": "1",
        "generation": 1,
        "managedFields": [{"manager": "helm"}],
    },
    "spec": {
        "replicas": 2,
        "args": ["--quiet", "--port", "80"],
        "ports": [{"port": 80}, {"port": 443}],
        "template": {"containers": [{"name": "web", "image": "web:1"}]},
    },
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
        pytest.param(
            changed(args=["--quiet", "--port", "81"]),
            ("Deployment web: spec.args[2] is not what the release says",),
            id="an item of a list by its place",
        ),
        pytest.param(
            changed(ports=[{"port": 80}, {"port": 8443}]),
            ("Deployment web: spec.ports[1].port is not what the release says",),
            id="an object without a name by its place",
        ),
        pytest.param(
            changed(args=["--quiet"]),
            ("Deployment web: spec.args is not what the release says",),
            id="a list of another length",
        ),
        pytest.param(
            changed(args="--quiet", template=None),
            (
                "Deployment web: spec.args is not what the release says",
                "Deployment web: spec.template is not what the release says",
            ),
            id="of another kind",
        ),
        pytest.param(
            {**DEPLOYMENT, "metadata": {"name": "web", "labels": {"team": "tea"}}},
            ("Deployment web: metadata.labels is not what the release says",),
            id="a label that somebody added",
        ),
        pytest.param({**DEPLOYMENT, "apiVersion": "apps/v1beta1"}, (), id="read in another API version"),
        pytest.param(
            {**DEPLOYMENT, "immutable": True},
            ("Deployment web: immutable is not what the release says",),
            id="a field beside spec",
        ),
        pytest.param(None, ("Deployment web is missing",), id="missing"),
    ],
)
def test_drift(live: dict[str, Any] | None, sentences: tuple[str, ...]) -> None:
    assert tuple(map(str, drift.differences(live, DEPLOYMENT))) == sentences


@pytest.mark.parametrize(
    ("manager", "subresource", "fields", "drifts"),
    [
        pytest.param("kube-controller-manager", "scale", "f:replicas", False, id="an autoscaler"),
        pytest.param("keda-operator", "scale", "f:replicas", False, id="another one"),
        pytest.param("kubectl", "scale", "f:replicas", True, id="a person scales"),
        pytest.param("kube-controller-manager", "status", "f:replicas", True, id="a controller's status"),
        pytest.param("kube-controller-manager", "scale", "f:other", True, id="another field"),
    ],
)
def test_what_an_autoscaler_sets_is_no_drift(
    manager: str, subresource: str, fields: str, drifts: bool
) -> None:
    entry = {"manager": manager, "subresource": subresource, "fieldsV1": {"f:spec": {fields: {}}}}
    live = changed(replicas=7)
    live["metadata"] = {**live["metadata"], "managedFields": [entry]}
    assert bool(drift.differences(live, DEPLOYMENT)) is drifts
    live["spec"] |= {"args": []}
    assert "Deployment web: spec.args is not what the release says" in map(
        str, drift.differences(live, DEPLOYMENT)
    )


@pytest.mark.parametrize(
    ("kind", "spec", "missing"),
    [
        pytest.param("Job", {"spec": {"ttlSecondsAfterFinished": 60}}, (), id="a Job that cleans itself up"),
        pytest.param("Job", {"spec": {}}, ("Job once is missing",), id="a Job that stays"),
        pytest.param("Job", {}, ("Job once is missing",), id="a Job without a spec"),
        pytest.param(
            "Widget",
            {"spec": {"ttlSecondsAfterFinished": 60}},
            ("Widget once is missing",),
            id="another kind with such a field",
        ),
    ],
)
def test_what_is_gone_is_missing_unless_it_cleans_itself_up(
    kind: str, spec: dict[str, Any], missing: tuple[str, ...]
) -> None:
    found = drift.differences(None, {"kind": kind, "metadata": {"name": "once"}, **spec})
    assert tuple(map(str, found)) == missing


def managed(manager: str, time: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"manager": manager, "time": time, "fieldsV1": fields}


REPLICAS = {"f:spec": {"f:replicas": {}}}
IMAGE = {"f:spec": {"f:template": {"f:containers": {'k:{"name":"web"}': {".": {}, "f:image": {}}}}}}


@pytest.mark.parametrize(
    ("entries", "by"),
    [
        pytest.param([managed("helm", "1", REPLICAS)], "", id="nobody but the release"),
        pytest.param([managed("hpa", "1", REPLICAS)], "hpa", id="a controller"),
        pytest.param(
            [managed("kubectl", "1", REPLICAS), managed("hpa", "2", REPLICAS)], "hpa", id="who set it last"
        ),
        pytest.param([managed("operator", "1", {"f:spec": {}})], "operator", id="who owns all around it"),
        pytest.param([managed("kubectl", "1", {"f:spec": {"f:other": {}}})], "", id="of another field"),
        pytest.param([managed("kubectl", "1", {})], "", id="of nothing"),
    ],
)
def test_who_set_a_field_that_drifted(entries: list[dict[str, Any]], by: str) -> None:
    live = changed(replicas=7)
    live["metadata"] = {**live["metadata"], "managedFields": entries}
    (found,) = drift.differences(live, DEPLOYMENT)
    assert found.by == by


@pytest.mark.parametrize(
    "name",
    [
        pytest.param({"token": "secret"}, id="a mapping"),
        pytest.param("-----BEGIN KEY----- secret", id="a text"),
        pytest.param("x" * 1000, id="without an end"),
        pytest.param(None, id="null"),
    ],
)
def test_an_item_whose_name_is_none_is_told_by_its_place(name: Any) -> None:
    live, applied = ({**DEPLOYMENT, "spec": {"items": [{"name": name, "size": size}]}} for size in (1, 2))
    (found,) = drift.differences(live, applied)
    assert found.what == "Deployment web: spec.items[0].size is not what the release says"


def test_who_set_a_field_of_an_item_in_a_list() -> None:
    live = changed(template={"containers": [{"name": "web", "image": "web:2"}]})
    live["metadata"] = {**live["metadata"], "managedFields": [managed("set-image", "1", IMAGE)]}
    (found,) = drift.differences(live, DEPLOYMENT)
    assert (found.by, found.what) == (
        "set-image",
        "Deployment web: spec.template.containers[web].image is not what the release says",
    )


@pytest.mark.parametrize(
    ("live", "policy", "loses"),
    [
        pytest.param(
            5,
            "Delete",
            "StatefulSet db, from 5 to 3 replicas: the claims (data) of those that go are deleted",
            id="scaled up by hand",
        ),
        pytest.param(5, "Retain", "", id="its claims stay"),
        pytest.param(2, "Delete", "", id="scaled down by hand"),
    ],
)
def test_what_would_be_lost_were_it_brought_back(live: int, policy: str, loses: str) -> None:
    now, applied = (
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": "db"},
            "spec": {
                "replicas": replicas,
                "volumeClaimTemplates": [{"metadata": {"name": "data"}}],
                "persistentVolumeClaimRetentionPolicy": {"whenScaled": policy},
            },
        }
        for replicas in (live, 3)
    )
    (found,) = drift.differences(now, applied)
    assert (found.loses, found.replicas) == (loses, live)


ANEW = "Deployment web: a field that cannot be changed is not what the release says"
NOT_VALID = "Deployment web: what the release says is not valid any more"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        pytest.param("spec.selector: Invalid value: {}: field is immutable", ANEW, id="a selector"),
        pytest.param("spec: Forbidden: updates to statefulset spec for fields other", ANEW, id="a claim"),
        pytest.param("roleRef: Invalid value: {}: cannot change roleRef", ANEW, id="a role"),
        pytest.param(
            'spec.clusterIPs[0]: Invalid value: ["10.0.0.1"]: may not change once set', ANEW, id="an address"
        ),
        pytest.param(
            "parameters: Forbidden: updates to parameters are forbidden.", ANEW, id="of a storage class"
        ),
        pytest.param(
            "spec.size: Required value",
            NOT_VALID,
            id="a definition asks for more: deleted, it would never come back",
        ),
        pytest.param("spec.mode: Unsupported value: a", NOT_VALID, id="a definition takes less"),
    ],
)
def test_what_would_not_be_taken_again(said: str, sentence: str) -> None:
    (found,) = drift.refused(DEPLOYMENT, f'Deployment.apps "web" is invalid: {said}')
    assert (found.what, found.unchangeable) == (sentence, True)


def pod(
    name: str, *, uid: str = "new", job: str = "", leaving: bool = False, owned: bool = True, **labels: str
) -> dict[str, Any]:
    owners = (
        [{"kind": "Job", "name": job}] if job else [{"kind": "ReplicaSet", "name": "w-1"}] if owned else []
    )
    metadata = {"name": name, "uid": uid, "labels": labels, "ownerReferences": owners}
    return {"metadata": {**metadata, "deletionTimestamp": "now"} if leaving else metadata}


@pytest.mark.parametrize(
    ("candidate", "counts"),
    [
        pytest.param(pod("web-1", app="web", tier="x"), True, id="its workload selects it"),
        pytest.param(pod("other-1", app="other"), False, id="somebody else's"),
        pytest.param(
            pod("web-debug", app="web", owned=False),
            False,
            id="its labels, but no workload's: a test, a debugger",
        ),
        pytest.param(pod("m-1", job="migrate"), True, id="of a Job"),
        pytest.param(pod("t-1", job="nightly", app="web"), False, id="its labels, of somebody else's Job"),
        pytest.param(pod("probe", owned=False), True, id="a hook's own pod"),
        pytest.param(pod("web-1", app="web", leaving=True), False, id="going away"),
        pytest.param(pod("web-1", uid="old", app="web"), False, id="there before: of a former version"),
        pytest.param(
            pod("web-2", app="web", **{"pod-template-hash": "former"}),
            False,
            id="of a former version, made anew meanwhile",
        ),
        pytest.param(
            pod("web-2", app="web", **{"controller-revision-hash": "former"}),
            False,
            id="the same, of a StatefulSet or DaemonSet",
        ),
        pytest.param(pod("web-2", app="web", **{"pod-template-hash": "now"}), True, id="of a new template"),
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
    there = Before(frozenset({"old"}), frozenset({"former"}))
    assert bool(new_pods([candidate], selection, there, frozenset())) is counts


def owned(kind: str, name: str, *, generation: int = 2, observed: int = 2, **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "uid": name, "generation": generation}
    return {"kind": kind, "metadata": metadata, "status": {"observedGeneration": observed, **more}}


def replica_set(owner: str, revision: int, template: str) -> dict[str, Any]:
    return {
        "metadata": {
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "labels": {"pod-template-hash": template},
            "ownerReferences": [{"uid": owner}],
        }
    }


SETS = [replica_set("web", 9, "former"), replica_set("web", 10, "now"), replica_set("other", 1, "theirs")]


@pytest.mark.parametrize(
    ("deployments", "stateful_sets", "expected"),
    [
        pytest.param([owned("Deployment", "web")], [], {"now"}, id="the newest ReplicaSet, by number"),
        pytest.param([owned("Deployment", "web", observed=1)], [], set(), id="its controller has not looked"),
        pytest.param([], [owned("StatefulSet", "db", updateRevision="db-2")], {"db-2"}, id="stateful"),
        pytest.param([], [owned("StatefulSet", "db")], set(), id="stateful, and new"),
        pytest.param([], [], set(), id="none"),
    ],
)
def test_templates_that_workloads_want(
    deployments: list[dict[str, Any]], stateful_sets: list[dict[str, Any]], expected: set[str]
) -> None:
    assert current_templates(deployments, SETS, stateful_sets) == expected


@pytest.mark.parametrize(
    ("labels", "counts"),
    [
        pytest.param({"pod-template-hash": "now"}, True, id="left by a try of the same content"),
        pytest.param({"controller-revision-hash": "now"}, True, id="the same, of a StatefulSet"),
        pytest.param({"pod-template-hash": "former"}, False, id="of a former version"),
        pytest.param({}, False, id="without any"),
    ],
)
def test_pods_of_before_that_are_what_is_wanted_now(labels: dict[str, str], counts: bool) -> None:
    web = {
        "kind": "Deployment",
        "metadata": {"name": "w"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}},
    }
    candidate = pod("web-1", uid="old", app="web", **labels)
    there = Before(frozenset({"old"}), frozenset({"former", "now"}))
    found = new_pods([candidate], select([web]), there, frozenset({"now"}))
    assert bool(found) is counts


@pytest.mark.parametrize(
    ("said", "unchangeable"),
    [
        pytest.param(
            'Deployment.apps "cart" is invalid: spec.selector: Invalid value: {...}: field is immutable',
            True,
            id="a field that cannot be changed",
        ),
        pytest.param(
            "admission webhook policy.example.com denied the request: no", False, id="a later policy"
        ),
    ],
)
def test_what_would_not_be_taken_again_is_drift_where_a_field_cannot_be_changed(
    said: str, unchangeable: bool
) -> None:
    cart = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "cart"}}
    what = "Deployment cart: a field that cannot be changed is not what the release says"
    expected = (Difference(key_of(cart), what, unchangeable=True),) if unchangeable else ()
    assert drift.refused(cart, said) == expected
