"""The test hooks of a release, on an API server in this process: order, delete policies, and Helm's record of them."""

import copy
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.client import ApiClient, Configuration

from headway.clients.helm.changes import HelmChanges
from headway.clients.helm.command import Helm
from headway.clients.helm.release import HelmRelease
from headway.clients.helm.release_tests import run_helm_tests
from headway.clients.kubernetes import test_workloads
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.pods.pod_failures import ImageExists, not_asked
from headway.errors import BadInput, LeaseLost, Unreachable
from headway.model.tests import TestReport
from tests.fast.memory.api_server import ApiServer
from tests.fast.memory.helm_storage import HelmRelease as StoredRelease
from tests.fast.memory.objects import ApiError, Object

NAMESPACE, PODS = "shop", "/api/v1/namespaces/shop/pods"


def hook(
    name: str, *, chart: str = "shop", weight: int = 0, deleted: Sequence[str] = (), **more: Any
) -> Object:
    """As Helm stores a test hook; `more`: fields of its resource."""
    container = {"name": "check", "image": f"tests/{name}:1"}
    resource = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container]},
    } | more
    return {
        "name": name,
        "kind": resource["kind"],
        "path": f"{chart}/templates/{name}.yaml",
        "manifest": yaml.safe_dump(resource),
        "events": ["test"],
        "weight": weight,
        "delete_policies": list(deleted),
        "last_run": {"phase": ""},
    }


def job_hook(name: str, **spec: Any) -> Object:
    template = {"spec": {"containers": [{"name": "check", "image": f"tests/{name}:1"}]}}
    return hook(name, apiVersion="batch/v1", kind="Job", spec={"template": template} | spec)


def config_hook(name: str, **more: Any) -> Object:
    return hook(name, kind="ConfigMap", spec=None, **more)


class Release:
    """`shop` in its first revision, with these hooks beside one that is no test."""

    def __init__(self, *hooks: Object) -> None:
        self.server = ApiServer("https://here")
        self.server.store.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        self.stored = StoredRelease(self.server.store, NAMESPACE, "shop")
        upgrade = hook("migrate") | {"events": ["pre-upgrade"]}
        info = {"status": "deployed", "last_deployed": "2026-11-23T10:00:00+00:00", "description": ""}
        self.stored.create(
            {"name": "shop", "namespace": NAMESPACE, "version": 1, "info": info, "hooks": [upgrade, *hooks]}
        )
        client = ApiClient(Configuration(host=self.server.host))
        client.rest_client.pool_manager = self.server
        cluster = Cluster(client, Path("kubeconfig"))
        self.helm = HelmRelease(cluster, NAMESPACE, "shop", Helm("helm", "4.3.1"))
        self.image_exists: ImageExists = not_asked
        self.told: list[str] = []

    def run(self, ensure_lease: Callable[[], None] = lambda: None, *, seconds: int = 5) -> TestReport:
        changes = HelmChanges(self.helm, ensure_lease, self.image_exists, self.told.append)
        history = self.helm.storage.all()
        return run_helm_tests(changes, timedelta(seconds=seconds), history)

    @property
    def fates(self) -> dict[str, Any]:
        return self.server.kubelet.tests

    @property
    def created(self) -> list[str]:
        return [path.rpartition("/")[2] for verb, path in self.server.requests if verb == "PATCH"]

    @property
    def left(self) -> list[str]:
        return [each["metadata"]["name"] for each in self.server.store.items(PODS)]

    @property
    def phases(self) -> dict[str, str]:
        return {each["name"]: each["last_run"]["phase"] for each in self.stored.history()[0]["hooks"]}


def told(report: TestReport) -> dict[str, tuple[bool, bool, bool]]:
    return {each.name: (each.passed, each.ran, each.said_no) for each in report.results}


PASSED, SAID_NO, NOT_REACHED = (True, True, False), (False, True, True), (False, False, False)


def test_no_tests() -> None:
    release = Release()
    assert release.run().passed
    assert release.created == []


def test_no_release() -> None:
    release = Release()
    release.stored.delete(release.stored.history()[0])
    with pytest.raises(BadInput, match="no release to test"):
        release.run()


def test_in_helms_order_of_weights_and_names_and_written_into_helms_record() -> None:
    release = Release(hook("late", weight=5), hook("b"), hook("a"), hook("first", weight=-1))
    report = release.run()
    assert release.created == ["first", "a", "b", "late"]
    assert set(told(report).values()) == {PASSED}
    assert {each.log for each in report.results} == {
        f"tests/{name}:1 says hello" for name in ("first", "a", "b", "late")
    }
    assert release.phases == {"migrate": ""} | dict.fromkeys(("first", "a", "b", "late"), "Succeeded")


def test_one_that_says_no_ends_its_chart_and_the_rounds_after_it_but_no_neighbour() -> None:
    release = Release(
        hook("a", chart="shop/charts/cart"),
        hook("b", chart="shop/charts/cart"),
        hook("c", chart="shop/charts/catalog"),
        hook("d", chart="shop/charts/catalog"),
        hook("late", weight=5),
    )
    release.fates["tests/a:1"] = "says no"
    report = release.run()
    assert told(report) == {"a": SAID_NO, "b": NOT_REACHED, "c": PASSED, "d": PASSED, "late": NOT_REACHED}
    assert report.sentence == "test a failed in pod a: it exited with 1"
    assert release.phases["a"] == "Failed"
    assert release.phases["b"] == ""


def test_what_runs_meanwhile_hides_no_test_from_helms_record() -> None:
    """Helm itself leaves hooks out of its record while it runs some of them."""
    release = Release(hook("a", chart="cart"), hook("b", chart="catalog"))
    seen: list[list[str]] = []

    def look() -> None:
        seen.append([each["name"] for each in release.stored.history()[0]["hooks"]])

    release.server.meanwhile += [("PATCH /pods/a", look), ("PATCH /pods/b", look)]
    release.run()
    assert seen == [["migrate", "a", "b"]] * 2


@pytest.mark.parametrize(
    ("policies", "fate", "left", "runs_again"),
    [
        pytest.param((), None, ["it"], True, id="by default deleted before the next run"),
        pytest.param(("hook-succeeded",), None, [], True, id="deleted when it passed"),
        pytest.param(("hook-succeeded",), "says no", ["it"], False, id="failed, and kept"),
        pytest.param(
            ("hook-failed", "before-hook-creation"), "says no", [], True, id="deleted when it failed"
        ),
    ],
)
def test_delete_policies(
    policies: Sequence[str], fate: str | None, left: list[str], *, runs_again: bool
) -> None:
    release = Release(hook("it", deleted=policies))
    if fate:
        release.fates["*"] = fate
    release.run()
    assert release.left == left
    before = {each["metadata"]["uid"] for each in release.server.store.items(PODS)}
    release.fates.clear()
    assert release.run().passed == runs_again
    after = {each["metadata"]["uid"] for each in release.server.store.items(PODS)}
    assert (before & after == set()) == runs_again


def test_what_a_hook_made_is_there_for_the_tests_after_it_and_goes_when_all_have_ended() -> None:
    release = Release(config_hook("settings", weight=-1, deleted=["hook-succeeded"]), hook("it"))
    path, there = f"/api/v1/namespaces/{NAMESPACE}/configmaps/settings", []
    release.server.meanwhile.append(
        ("PATCH /pods/it", lambda: there.append(release.server.store.find(path) is not None))
    )
    assert release.run().passed
    assert there == [True]
    assert release.server.store.find(path) is None


@pytest.mark.parametrize(
    ("fate", "waits", "cause"),
    [
        pytest.param("never ends", "", None, id="hangs"),
        pytest.param(
            "finds no node",
            "Pod it finds no node: 0/1 nodes are available: 1 Insufficient cpu.",
            "surroundings",
            id="no node",
        ),
    ],
)
def test_what_does_not_end_says_nothing_of_the_version(fate: str, waits: str, cause: str | None) -> None:
    release = Release(hook("it"))
    release.fates["*"] = fate
    report = release.run(seconds=1)
    out_of_time = "it did not end within 1 s"
    assert report.sentence == f"test it failed in pod it: {out_of_time}{': ' + waits if waits else ''}"
    assert (report.results[0].said_no, report.results[0].cause) == (False, cause)
    assert release.told[:-1] == ([f"test it waits: {waits}"] if waits else []), "once"


@pytest.mark.parametrize(
    ("exists", "end"),
    [
        pytest.param(False, "; the registry has no such image", id="its registry says so"),
        pytest.param(None, '"tests/it:1": not found', id="the node says so, and nobody can be asked"),
    ],
)
def test_an_image_that_is_not_there_ends_the_waiting(exists: bool | None, end: str) -> None:
    release = Release(hook("it"))
    release.fates["*"] = "has no image"
    release.image_exists = lambda _: exists
    report = release.run(seconds=60)
    assert report.seconds < 5
    assert report.sentence.endswith(end)
    assert report.results[0].cause == "version"


def test_a_pod_that_was_deleted_while_it_ran() -> None:
    release = Release(hook("it"))
    release.fates["*"] = "never ends"
    release.server.meanwhile.append(("GET /pods", lambda: None))
    release.server.meanwhile.append(("GET /pods", lambda: release.server.store.delete(f"{PODS}/it") and None))
    report = release.run()
    assert report.sentence == "test it failed in pod it: its pod was deleted while it ran"
    assert not report.results[0].said_no


@pytest.mark.parametrize("spec", [{"backoffLimit": 0}, {}], ids=["one pod", "with retries"])
@pytest.mark.parametrize("passes", [True, False])
def test_a_job(spec: Object, *, passes: bool) -> None:
    """A Job that tries again has ended when its controller says so."""
    release = Release(job_hook("it", **spec))
    if not passes:
        release.fates["*"] = "says no"
    told_by_controller = {
        "conditions": [{"type": "Complete" if passes else "Failed", "status": "True", "message": "by count"}]
    }
    path = "/apis/batch/v1/namespaces/shop/jobs/it"

    def control() -> None:
        release.server.store.objects[path]["status"] = copy.deepcopy(told_by_controller)

    release.server.meanwhile += [("GET /jobs/it", lambda: None), ("GET /jobs/it", control)]
    report = release.run()
    assert told(report) == {"it": PASSED if passes else SAID_NO}


def test_one_that_the_api_server_refuses_is_not_the_others_end() -> None:
    release = Release(hook("a", chart="cart"), hook("b", chart="catalog"))
    release.fates["tests/b:1"] = "says no"
    release.server.answers["PATCH /pods/a"] = (422, 'Pod "a" is invalid')
    report = release.run()
    assert told(report) == {"a": NOT_REACHED, "b": SAID_NO}
    release.fates.clear()
    with pytest.raises(BadInput, match='Pod "a" is invalid'):
        release.run()


def test_a_cluster_that_is_away_for_a_moment_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    release = Release(hook("it"))
    monkeypatch.setattr(test_workloads.time, "sleep", lambda _: setattr(release.server, "away", False))
    release.server.meanwhile.append(("GET /pods", lambda: setattr(release.server, "away", True)))
    assert release.run().passed


def test_a_cluster_that_stays_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    release = Release(hook("it"))
    monkeypatch.setattr(test_workloads, "UNREACHABLE_SECONDS", 0)
    monkeypatch.setattr(test_workloads.time, "sleep", lambda _: None)
    release.server.meanwhile.append(("GET /pods", lambda: setattr(release.server, "away", True)))
    with pytest.raises(Unreachable):
        release.run()


def test_a_lost_lease_ends_the_waiting() -> None:
    release = Release(hook("it"))
    release.fates["*"] = "never ends"
    asked = iter([None])

    def ensure_lease() -> None:
        if next(asked, "lost"):
            raise LeaseLost("somebody took it")

    with pytest.raises(LeaseLost):
        release.run(ensure_lease)
    assert release.phases["it"] == ""


def test_a_cancelled_run_waits_for_no_tests_own_end() -> None:
    release = Release(hook("check"))
    release.fates["*"] = "never ends"
    main = threading.main_thread()
    assert main.ident
    cancelled = threading.Event()

    def ensure_lease() -> None:
        if threading.current_thread() is not main and not cancelled.is_set():
            cancelled.set()
            signal.pthread_kill(main.ident or 0, signal.SIGINT)

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        release.run(ensure_lease, seconds=20)
    assert time.monotonic() - begun < 10
    assert release.told == [], "nothing of how it ended is known"


def test_where_somebodys_helm_writes_meanwhile_its_record_stands() -> None:
    release = Release(hook("it"))

    def write() -> None:
        document = release.stored.history()[0]
        document["info"]["description"] = "by hand"
        release.stored.update(document)

    release.server.meanwhile.append(("PUT /secrets/", write))
    assert release.run().passed
    assert release.phases["it"] == ""
    assert release.stored.history()[0]["info"]["description"] == "by hand"


def test_the_server_here_knows_no_other_kind() -> None:
    """So that the tests above would see a request to a path that is none."""
    with pytest.raises(ApiError):
        Release().server.store.path(
            {"apiVersion": "v1", "kind": "Unheard", "metadata": {"name": "x"}}, NAMESPACE
        )
