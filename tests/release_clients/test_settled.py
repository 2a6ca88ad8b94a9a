"""What nobody has touched is seen by lists of a real API server, and any edit of a live object has it compared at once."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from headway.clients import together
from headway.clients.helm.command import Helm
from headway.clients.kubernetes import listings
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.release import transitions
from headway.decide.release.decision import choose
from headway.decide.release.observation import ReleaseFingerprint
from headway.decide.release.state import State, name
from headway.workspace import settled
from headway.workspace.release_context import Look, ReleaseContext
from sandbox import address, worker_rights
from tests.release_clients.by_hand import merge
from tests.release_clients.conftest import TIMEOUT
from tests.release_clients.probe_release import ProbeRelease
from tests.release_clients.test_release_context import opener, publish
from tests.small_application import SmallApplication

pytestmark = pytest.mark.cluster

OBJECTS = """
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 0
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {token: hush}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 3
"""
COUNT = 6
"""With the application's own ConfigMap."""


@dataclass
class Place:
    """An application that runs, tested; each look is opened as another run opens it, and what it asks is kept."""

    open: Callable[..., ReleaseContext]
    worker: Cluster
    requests: list[str] = field(default_factory=list)

    def look(self) -> tuple[settled.Settled | None, ReleaseContext]:
        context = self.open("testing", testing=self.worker)
        self.requests.clear()
        with together.together(together.places()):
            return settled.still(context), context

    def whole(self) -> State:
        """As a delivery goes on where nothing is known."""
        context = self.open("testing", testing=self.worker)
        seen = context.observe(Look.DELIVERY)
        settled.remember(context, seen, choose(name(seen.observation), seen.observation))
        return name(seen.observation)

    @property
    def dry_runs(self) -> list[str]:
        return [each for each in self.requests if each.startswith("PATCH")]


@contextmanager
def recorded(cluster: Cluster, into: list[str]) -> Iterator[None]:
    send = cluster.api._send

    def sending(method: str, path: str, *rest: Any, **options: Any) -> Any:
        into.append(f"{method} {path}")
        return send(method, path, *rest, **options)

    cluster.api._send = sending  # type: ignore[method-assign]
    yield
    cluster.api._send = send  # type: ignore[method-assign]


def small_place(
    folder: Path, sandbox: address.Address, worker: Cluster, helm: Helm, called: str
) -> tuple[Place, str]:
    """And its namespace."""
    small = SmallApplication(folder, called).begin()
    package = publish(small, OBJECTS)
    namespace = f"{called}-testing"
    worker_rights.grant(sandbox, [namespace])
    place = Place(opener(small, worker, helm, folder), worker)
    context = place.open()
    content = context.observe(Look.DELIVERY).content
    assert content
    fingerprint = ReleaseFingerprint(
        package.digest, content.values_digest(context.made_key().value), package.version
    )
    now = datetime.now(UTC)
    context.update_record(lambda record: transitions.attempted(record, fingerprint, revision=1, now=now))
    with content.files() as files:
        assert ProbeRelease(context.helm).upgrade(package, files, TIMEOUT).succeeded
    context.update_record(lambda record: transitions.passed(record, fingerprint, 1, now=now))
    return place, namespace


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, sandbox: address.Address, admin: Cluster, helm: Helm
) -> Iterator[tuple[Place, str]]:
    worker_rights.grant(sandbox, ())
    worker = Cluster.from_kubeconfig(sandbox.worker_kubeconfig)
    called = f"settled-{uuid.uuid4().hex[:8]}"
    place, namespace = small_place(tmp_path_factory.mktemp("settled"), sandbox, worker, helm, called)
    with recorded(worker, place.requests):
        yield place, namespace
    admin.api.delete(f"/api/v1/namespaces/{namespace}")


@pytest.fixture
def place(made: tuple[Place, str]) -> Place:
    found, _ = made
    assert found.whole() is State.IN_SYNC
    return found


@pytest.fixture
def folder(made: tuple[Place, str]) -> str:
    return f"/namespaces/{made[1]}"


def test_what_nobody_has_touched_is_asked_for_by_lists_alone(place: Place, folder: str) -> None:
    """One for each kind; the record as well only where this machine has not read it as it is."""
    found, _ = place.look()
    assert found
    assert found.state == State.IN_SYNC
    assert len(found.objects) == COUNT
    assert place.look()[0]
    kinds = ("secrets", "configmaps", "services")
    assert sorted(place.requests) == sorted(
        [
            *(f"GET /api/v1{folder}/{each}" for each in kinds),
            *(f"GET /apis/apps/v1{folder}/{each}" for each in ("deployments", "statefulsets")),
            f"GET /apis/autoscaling/v2{folder}/horizontalpodautoscalers",
        ]
    )


EDITS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a Deployment is scaled": (
        "/apis/apps/v1{}/deployments/web",
        {"spec": {"replicas": 2, "template": {"spec": {"nodeSelector": {"none": "such"}}}}},
        {"spec": {"replicas": 0, "template": {"spec": {"nodeSelector": None}}}},
    ),
    "a StatefulSet's image": (
        "/apis/apps/v1{}/statefulsets/db",
        {"spec": {"template": {"spec": {"containers": [{"name": "db", "image": "other"}]}}}},
        {"spec": {"template": {"spec": {"containers": [{"name": "db", "image": "db"}]}}}},
    ),
    "a Service's port": (
        "/api/v1{}/services/web",
        {"spec": {"ports": [{"port": 81, "protocol": "TCP", "targetPort": 80}]}},
        {"spec": {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]}},
    ),
    "a Secret": (
        "/api/v1{}/secrets/web",
        {"data": {"token": "eA=="}},
        {"data": {"token": "aHVzaA=="}},
    ),
    "an autoscaler": (
        "/apis/autoscaling/v2{}/horizontalpodautoscalers/web",
        {"spec": {"maxReplicas": 5}},
        {"spec": {"maxReplicas": 3}},
    ),
    "an annotation of Helm's": (
        "/apis/apps/v1{}/deployments/web",
        {"metadata": {"annotations": {"meta.helm.sh/release-name": "other"}}},
        {},
    ),
    "Helm's label": (
        "/api/v1{}/services/web",
        {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}},
        {"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}},
    ),
}


@pytest.mark.parametrize("what", EDITS)
def test_any_edit_is_seen_by_the_very_next_look(place: Place, folder: str, admin: Cluster, what: str) -> None:
    path, edit, back = EDITS[what]
    path = path.format(folder)
    before = admin.api.get(path)["metadata"]["annotations"]
    assert place.look()[0]
    merge(admin, path, edit)
    try:
        assert place.look()[0] is None
        assert place.whole() is State.DRIFTED
        assert place.look()[0] is None, "it is not taken for settled afterwards"
    finally:
        merge(admin, path, {"metadata": {"annotations": before}, **back})
    assert place.whole() is State.IN_SYNC


def test_a_revision_that_somebody_made_by_hand_is_seen_among_all_secrets(
    place: Place, folder: str, admin: Cluster
) -> None:
    assert place.look()[0]
    _, context = place.look()
    path = f"/api/v1{folder}/secrets/{context.helm.storage.secret(1)}"
    merge(admin, path, {"metadata": {"labels": {"noted": "by-somebody"}}})
    assert place.look()[0] is None
    assert place.whole() is State.IN_SYNC
    assert place.look()[0]


def test_a_record_is_seen_as_it_is_though_it_was_kept(place: Place, folder: str, admin: Cluster) -> None:
    _, context = place.look()
    path = f"/api/v1{folder}/configmaps/headway.{context.ref.release}"
    assert place.look()[0]
    assert f"GET {path}" not in place.requests
    merge(admin, path, {"metadata": {"annotations": {"noted": "by somebody"}}})
    assert place.look()[0] is None
    assert f"GET {path}" in place.requests
    assert place.whole() is State.IN_SYNC
    live = admin.api.get(path)
    admin.api.delete(path)
    assert place.look()[0] is None
    kept = {key: live["metadata"][key] for key in ("name", "labels", "annotations")}
    admin.api.create(f"/api/v1{folder}/configmaps", {**live, "metadata": kept})
    assert place.whole() is State.IN_SYNC


def test_where_a_namespace_has_too_many_secrets_those_of_charts_and_helms_are_asked_for_apart(
    place: Place, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place.look()[0]
    monkeypatch.setattr(listings, "WIDE_MOST", 1)
    assert place.look()[0]
    assert place.requests.count(f"GET /api/v1{folder}/secrets") == 3


def test_an_object_that_is_gone_is_missed(place: Place, folder: str, admin: Cluster) -> None:
    path = f"/api/v1{folder}/secrets/web"
    live = admin.api.get(path)
    admin.api.delete(path)
    assert place.look()[0] is None
    assert place.whole() is State.DRIFTED
    kept = {key: live["metadata"][key] for key in ("name", "labels", "annotations")}
    admin.api.create(f"/api/v1{folder}/secrets", {**live, "metadata": kept})
    assert place.whole() is State.IN_SYNC


def test_a_status_has_nothing_compared_where_the_server_counts_what_is_wanted(
    place: Place, folder: str, admin: Cluster
) -> None:
    before = admin.api.get(path := f"/apis/apps/v1{folder}/deployments/web")["metadata"]
    condition = {"type": "Progressing", "status": "Unknown", "reason": "Test"}
    merge(admin, f"{path}/status", {"status": {"conditions": [condition]}})
    after = admin.api.get(path)["metadata"]
    assert (before["generation"], before["resourceVersion"] != after["resourceVersion"]) == (
        after["generation"],
        True,
    )
    assert place.look()[0]
    assert place.dry_runs == []


def test_what_others_note_on_an_object_has_that_one_compared_once(
    place: Place, folder: str, admin: Cluster
) -> None:
    path = f"/api/v1{folder}/services/web"
    merge(admin, path, {"metadata": {"annotations": {"noted": "by somebody"}}})
    assert place.look()[0]
    assert place.dry_runs == [f"PATCH {path}"]
    assert place.look()[0]
    assert place.dry_runs == []


def test_lists_of_all_namespaces_serve_all_and_where_they_are_refused_each_namespace_is_asked(
    place: Place, folder: str, admin: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The administrator may list them, the worker's Role allows it in its namespaces alone."""
    monkeypatch.setenv("HOME", str(tmp_path))
    asked: list[str] = []
    with recorded(admin, asked), together.together(listings.WIDE_FROM):
        assert settled.still(place.open("testing", testing=admin))
        assert settled.still(place.open("testing", testing=admin))
        assert sorted(asked) == [
            "GET /api/v1/configmaps",
            "GET /api/v1/configmaps",
            "GET /api/v1/secrets",
            "GET /api/v1/secrets",
            "GET /api/v1/services",
            "GET /apis/apps/v1/deployments",
            "GET /apis/apps/v1/statefulsets",
            "GET /apis/autoscaling/v2/horizontalpodautoscalers",
        ]
    for _ in range(2):
        place.requests.clear()
        with together.together(listings.WIDE_FROM):
            assert settled.still(place.open("testing", testing=place.worker))
        tried = [each for each in place.requests if folder not in each]
    assert tried == [], "what was refused a moment ago is not asked for again"
    assert len(list((tmp_path / ".cache/headway/lists").iterdir())) == COUNT + 2
