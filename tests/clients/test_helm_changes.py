"""Whose revision it is that Helm's history ends with, once our own helm has ended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import ApiClient, Configuration

from headway.clients.command import Completed
from headway.clients.helm import storage as storage_module
from headway.clients.helm.changes import HelmChanges
from headway.clients.helm.command import Helm
from headway.clients.helm.failures import error_of, is_conflict
from headway.clients.helm.release import HelmRelease, Rendered
from headway.clients.helm.value_files import ValueFiles
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput, Conflict, LeaseLost, Refused, TimedOut
from tests.clients.packages import package
from tests.fast.memory.api_server import ApiServer
from tests.fast.memory.helm import MemoryRunning
from tests.fast.memory.helm_storage import HelmRelease as StoredRelease

NAMESPACE = "shop"


@dataclass(frozen=True)
class KilledHelm(Helm):
    """It ends by a signal; by then somebody, itself or another, has written a revision."""

    stored: StoredRelease = field(kw_only=True)
    wrote: str = field(kw_only=True)
    as_revision: int = field(kw_only=True, default=2)
    status: str = field(kw_only=True, default="pending-upgrade")

    def start(self, *_: Any, **__: Any) -> Any:
        info = {
            "status": self.status,
            "last_deployed": "2026-11-23T10:00:00+00:00",
            "description": "Upgrade complete",
        }
        chart = {"metadata": {"name": "web", "version": self.wrote}}
        release = {"name": "shop", "namespace": NAMESPACE, "version": self.as_revision}
        self.stored.create({**release, "info": info, "chart": chart})
        return MemoryRunning(completed=Completed(b"", "", -9, 1.0))


@dataclass(frozen=True)
class WaitingHelm(Helm):
    """It does not come to an end."""

    running: MemoryRunning = field(kw_only=True)

    def start(self, *_: Any, **__: Any) -> Any:
        return self.running


def attended(running: MemoryRunning) -> HelmRelease:
    helm = WaitingHelm("helm", "4.3.1", running=running)
    return HelmRelease(changes("1.1.0").release.cluster, NAMESPACE, "shop", helm)


def changes(wrote: str, **how: Any) -> HelmChanges:
    """Of the release shop in its first revision, by a helm that is killed while there is a second one of that version."""
    server = ApiServer("https://here")
    server.store.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    stored = StoredRelease(server.store, NAMESPACE, "shop")
    info = {"status": "deployed", "last_deployed": "2026-11-23T09:00:00+00:00"}
    stored.create({"name": "shop", "namespace": NAMESPACE, "version": 1, "info": info})
    client = ApiClient(Configuration(host=server.host))
    client.rest_client.pool_manager = server
    helm = KilledHelm("helm", "4.3.1", stored=stored, wrote=wrote, **how)
    return HelmChanges(
        HelmRelease(Cluster(client, Path("kubeconfig")), NAMESPACE, "shop", helm), lambda: None
    )


def upgrade(changes: HelmChanges) -> Any:
    history = changes.release.storage.all()
    return changes.upgrade(package("web", "1.1.0"), ValueFiles(), timedelta(seconds=1), history=history)


@pytest.mark.parametrize(
    ("said", "conflict"),
    [
        pytest.param("another operation (install/upgrade/rollback) is in progress", True, id="at work"),
        pytest.param("UPGRADE FAILED: release: already exists", True, id="a moment ago"),
        pytest.param("INSTALLATION FAILED: cannot re-use a name that is still in use", True, id="installed"),
        pytest.param('configmaps "cart" already exists', False, id="an object is there"),
        pytest.param("release name is invalid", False, id="a name"),
    ],
)
def test_another_helm_that_came_first_is_a_conflict(said: str, conflict: bool) -> None:
    completed = Completed(b"", f"Error: {said}\n", 1, 1.0)
    assert is_conflict(completed) is conflict
    assert isinstance(error_of(completed, "release shop/shop"), Conflict) is conflict


def test_a_right_that_helm_lacks_is_for_whoever_grants_it() -> None:
    said = 'secrets is forbidden: User "system:serviceaccount:ci:headway" cannot list resource "secrets" in the namespace "shop"'
    error = error_of(Completed(b"", f"Error: query: failed to query with labels: {said}\n", 1, 1.0), "here")
    assert isinstance(error, Refused)
    assert str(error).endswith("Grant this in the cluster, or use other credentials.")


def test_what_our_own_helm_left_pending_is_marked_failed() -> None:
    ours = changes("1.1.0")
    outcome = upgrade(ours)
    assert (outcome.revision, outcome.status, outcome.cause) == (2, "failed", "surroundings")
    assert ours.release.storage.get(2).status == "failed"


def test_what_somebody_else_has_under_way_is_left_to_them() -> None:
    theirs = changes("9.9.9")
    with pytest.raises(Conflict, match=r"somebody else's helm wrote revision 2 \(9\.9\.9\)"):
        upgrade(theirs)
    assert theirs.release.storage.get(2).status == "pending-upgrade"


@pytest.mark.parametrize(
    ("revision", "status"),
    [
        pytest.param(2, "deployed", id="deployed, with a description of their own"),
        pytest.param(3, "pending-upgrade", id="another one came between"),
        pytest.param(3, "failed", id="another one came between, and theirs failed"),
    ],
)
def test_the_very_version_brought_by_somebody_else_is_left_to_them(revision: int, status: str) -> None:
    theirs = changes("1.1.0", as_revision=revision, status=status)
    with pytest.raises(Conflict, match=rf"somebody else's helm wrote revision {revision} \(1\.1\.0\)"):
        upgrade(theirs)
    assert theirs.release.storage.get(revision).status == status


@dataclass(frozen=True)
class OutpacedHelm(Helm):
    """By the time it has ended somebody has taken the release away, or is about to."""

    stored: StoredRelease = field(kw_only=True)
    status: str = field(kw_only=True)
    code: int = field(kw_only=True)

    def start(self, *_: Any, **__: Any) -> Any:
        if self.status:
            info = {"status": self.status, "last_deployed": "2026-11-23T10:00:00+00:00"}
            chart = {"metadata": {"name": "web", "version": "1.1.0"}}
            self.stored.create(
                {"name": "shop", "namespace": NAMESPACE, "version": 2, "info": info, "chart": chart}
            )
        else:
            for revision in self.stored.history():
                self.stored.delete(revision)
        said = "Error: UPGRADE FAILED: release: not found" if self.code else ""
        return MemoryRunning(completed=Completed(b"", said, self.code, 1.0))


@pytest.mark.parametrize("status", ["", "uninstalling", "uninstalled"])
@pytest.mark.parametrize("code", [0, 1])
def test_a_release_that_somebody_takes_away_meanwhile_is_a_conflict(status: str, code: int) -> None:
    """It says nothing of the version."""
    release = changes("1.1.0").release
    assert isinstance(release.helm, KilledHelm)
    helm = OutpacedHelm("helm", "4.3.1", stored=release.helm.stored, status=status, code=code)
    release = HelmRelease(release.cluster, NAMESPACE, "shop", helm)
    with pytest.raises(Conflict, match="somebody else uninstalled the release meanwhile"):
        upgrade(HelmChanges(release, lambda: None))


def test_where_helm_cannot_be_watched_nothing_is_begun(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Said in a try, it would be held against the version."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="timeout: there is no such program"):
        changes("1.1.0")


def test_an_uninstall_ends_where_the_lease_is_lost() -> None:
    """Whoever holds it by then may have installed the release anew."""
    running, asked = MemoryRunning(), iter([None])

    def ensure_lease() -> None:
        if next(asked, "no more") is not None:
            raise LeaseLost("somebody else has it", where="lease", next_step="")

    with pytest.raises(LeaseLost):
        HelmChanges(attended(running), ensure_lease).uninstall(timedelta(seconds=1), history=())
    assert running.terminate().returncode == -15


def test_an_uninstall_that_was_cut_off_is_tried_again() -> None:
    running = MemoryRunning(completed=Completed(b"", "", -9, 1.0))
    with pytest.raises(TimedOut, match="helm ended before it was done"):
        HelmChanges(attended(running), lambda: None).uninstall(timedelta(seconds=1), history=())


@pytest.mark.parametrize(
    ("kind", "watched"),
    [
        pytest.param("ConfigMap", False, id="nothing of it has pods"),
        pytest.param("Deployment", True, id="a workload"),
        pytest.param("Job", True, id="a Job"),
        pytest.param("Pod", True, id="a pod"),
    ],
)
def test_pods_are_looked_for_where_something_has_any(kind: str, watched: bool) -> None:
    ours = changes("1.1.0")
    server = ours.release.cluster.api._client.rest_client.pool_manager
    server.requests.clear()
    spec = "spec: {selector: {matchLabels: {app: web}}}"
    watch = ours.watch(Rendered(f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: web}}\n{spec}\n", ()))
    assert (watch is not None) is watched
    assert bool(server.requests) is watched


def test_what_was_just_read_of_the_history_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = changes("1.1.0").release.storage
    asked = storage.cluster.api._client.rest_client.pool_manager.requests

    def requests_of(*calls: Callable[[], object]) -> list[int]:
        counts = []
        for call in calls:
            asked.clear()
            call()
            counts.append(len(asked))
        return counts

    def look() -> object:
        return storage.just_listed(60.0)

    assert requests_of(look, storage.newest, look, look) == [1, 1, 0, 1]
    storage.rewrite(1, lambda document: document["info"].update(status="failed"))
    storage.newest()
    storage.rewrite(1, lambda document: document["info"].update(status="deployed"))
    assert requests_of(look) == [1], "what is written since is read"
    storage.newest()
    now = storage_module.elapsing() + 61
    monkeypatch.setattr(storage_module, "elapsing", lambda: now)
    assert requests_of(look) == [1], "that was a while ago"
