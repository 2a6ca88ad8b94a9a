"""What a real API server says to the objects of a version, asked before anything is changed."""

from typing import Any

import pytest
import yaml

from headway.clients.helm.release import HelmRelease
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.formats import manifests
from headway.formats.chart_definitions import Definition
from headway.formats.manifests import Resource
from tests.release_clients.probe_release import ProbeRelease

pytestmark = pytest.mark.cluster


def workload(kind: str, labels: dict[str, str], image: str = "probe:1", **spec: Any) -> Object:
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": image}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "it"},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": pod, **spec},
    }


def database(storage: str, image: str = "probe:1") -> Object:
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}}
    return workload(
        "StatefulSet",
        {"app": "db"},
        image,
        serviceName="db",
        volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": claim}],
    )


WEB = workload("Deployment", {"app": "web"})
CONFIG: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it"}, "data": {}}
POD = {"name": "it", "image": "probe:1"}
JOB: Object = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "it"},
    "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [POD]}}},
}
WIDGET: Object = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "it"}}
WIDGETS: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
        ],
    },
}


def hook(document: Object) -> dict[str, Any]:
    return {"name": "it", "events": ["pre-upgrade"], "manifest": yaml.safe_dump(document)}


def split(*documents: Object, hooks: tuple[dict[str, Any], ...] = ()) -> tuple[Resource, ...]:
    return manifests.split(yaml.safe_dump_all(documents), hooks)


@pytest.fixture
def running(release: ProbeRelease) -> tuple[Resource, ...]:
    api = release.cluster.api
    for document in (WEB, database("1Mi"), CONFIG):
        api.apply(release.cluster.path(document, release.namespace), document, "helm", force=True)
    return split(WEB, database("1Mi"), CONFIG)


def test_what_it_would_refuse_is_known_before(release: ProbeRelease, running: tuple[Resource, ...]) -> None:
    candidates = {
        "field is immutable": workload("Deployment", {"app": "other"}),
        "spec.volumeClaimTemplates: ": database("2Mi"),
        "field not declared in schema": {**WEB, "spec": {**WEB["spec"], "replica": 1}},
        "RFC 1123 subdomain": {**CONFIG, "metadata": {"name": "Not_So"}},
    }
    for says, document in candidates.items():
        found = release.helm.dry_run(split(document), running, ())
        assert len(found.of_version) == 1, says
        assert says in found.of_version[0]
        assert found.of_surroundings == ()
    bad_hook = {**JOB, "spec": {**JOB["spec"], "again": 1}}
    found = release.helm.dry_run(split(hooks=(hook(bad_hook),)), running, ())
    assert 'unknown field "spec.again"' in found.of_version[0]


def test_what_comes_with_the_release_is_not_missed(
    release: ProbeRelease, running: tuple[Resource, ...], admin: Cluster
) -> None:
    helm = HelmRelease(admin, release.namespace, release.release, release.helm.helm)
    elsewhere = {**CONFIG, "metadata": {"name": "it", "namespace": "comes-with-this-release"}}
    account = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "it"}}
    account["spec"] = {"serviceAccountName": "comes-too", "containers": [POD]}
    sound = split(database("1Mi", "probe:2"), elsewhere, account, WIDGETS, WIDGET, hooks=(hook(JOB),))
    found = helm.dry_run(sound, running, ())
    assert (found.of_version, found.of_surroundings) == ((), ())
    assert Definition("crds/w.yaml", WIDGETS).kinds == {("example.com/v1", "Widget")}
    assert release.cluster.api.find(f"/api/v1/namespaces/{release.namespace}/pods/it") is None


def test_what_somebody_made_anew_is_not_held_against_a_version(
    release: ProbeRelease, running: tuple[Resource, ...]
) -> None:
    api, path = release.cluster.api, release.cluster.path(WEB, release.namespace)
    api.delete(path)
    other = workload("Deployment", {"app": "by-hand"})
    api.apply(path, other, "kubectl", force=True)
    drift = release.cluster.drifted(
        [dict(each.document) for each in running], release.namespace, release.release
    )
    (stuck,) = [each for each in drift if each.unchangeable]
    assert stuck.key.name == WEB["metadata"]["name"]
    for candidate in (WEB, workload("Deployment", {"app": "web"}, "probe:2")):
        found = release.helm.dry_run(split(candidate), running, (), drift)
        assert found.of_version == ()
        assert "somebody made it by hand" in found.of_surroundings[0]
    fits = release.helm.dry_run(split(other), running, (), drift)
    assert (fits.of_version, fits.of_surroundings) == ((), ())
