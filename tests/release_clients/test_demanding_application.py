"""What charts have beside a Deployment and a Service, released whole: by the flows that ship, to a real cluster.

tests/demanding holds a StatefulSet with a claim and two containers, a hook, a definition and an object of its kind, a Job
that removes itself, an autoscaler, a subchart that is not packed, and a library chart.
"""

import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from blocks import Application
from blocks import Cluster as ClusterBlock
from flows.release import release
from flows.supply import supply
from headway.clients.helm.command import Helm
from headway.clients.helm.release import HelmRelease
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.model.release_history import HistoryEntry
from headway.workspace.release_history import ReleaseHistoryReader
from sandbox import address, worker_rights
from tests.git_remote import GitRemote

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("quiet_prefect")]

CHART = Path(__file__).resolve().parents[1] / "demanding"
GAUGE = "demanding.example.com"
RULE = {"apiGroups": [GAUGE], "resources": ["gauges"], "verbs": ["get", "list", "watch", "create", "patch"]}
GAUGES: Object = {"metadata": {"name": "gauges"}, "rules": [RULE]}
GAUGES_BOUND: Object = {
    "metadata": {"name": "gauges"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "gauges"},
    "subjects": [worker_rights.SUBJECT],
}
"""What an operator adds to the worker's rights for this application."""
POLICY = """\
application: {name}
environments:
  testing: {{charts: 'file://{folder}', timeout: 40s, drift: report}}
"""


@dataclass(frozen=True)
class Demanding:
    """The application, and what is so in the cluster."""

    name: str
    git: GitRemote
    cluster: Cluster
    helm: HelmRelease
    kubeconfig: Path
    policy: str

    def released(self) -> Any:
        """The state of a release run, after the application was published."""
        supply(self.name)
        return release(self.name, "testing", return_state=True)

    @property
    def namespace(self) -> str:
        return f"{self.name}-testing"

    def live(self, group: str, kind_and_name: str) -> Object | None:
        """Such as ("apis/apps/v1", "deployments/web")."""
        return self.cluster.api.find(f"/{group}/namespaces/{self.namespace}/{kind_and_name}")

    def history(self) -> list[tuple[int, str, str]]:
        """Revision, status and version, the oldest first."""
        found = [(each.revision, each.status, each.chart_version) for each in self.helm.storage.all()]
        return sorted(found)

    def told(self) -> tuple[HistoryEntry, ...]:
        """As `headway history` tells it, the newest first."""
        return ReleaseHistoryReader().read(ReleaseRecordStore(self.cluster, self.namespace, self.name))

    def tested(self) -> object:
        """When the newest revision passed its tests, the last time."""
        record, _ = ReleaseRecordStore(self.cluster, self.namespace, self.name).read()
        assert record
        newest = self.history()[-1][0]
        return next(each.ended_at for each in record.attempts if each.revision == newest)

    def migrated(self) -> str:
        """Which run of the hook was the last."""
        found = self.live("apis/batch/v1", "jobs/migrate")
        assert found
        return str(found["metadata"]["uid"])


@pytest.fixture(scope="module")
def demanding(
    tmp_path_factory: pytest.TempPathFactory,
    sandbox: address.Address,
    admin: Cluster,
    cluster: Cluster,
    helm: Helm,
    image: str,
    quiet_prefect: None,  # noqa: ARG001
) -> Iterator[Demanding]:
    """Released and tested."""
    folder = tmp_path_factory.mktemp("demanding")
    name = f"demanding-{uuid.uuid4().hex[:6]}"
    (folder / "charts").mkdir()
    policy = POLICY.format(name=name, folder=folder / "charts")
    files = {str(each.relative_to(CHART)): each.read_bytes() for each in CHART.rglob("*") if each.is_file()}
    values = {
        path: data.replace(b"registry.example.com/headway-test/probe:1", image.encode())
        for path, data in files.items()
    }
    remote = GitRemote.made(folder / "remote.git", {**values, "headway.yaml": policy})
    Application(git_url=remote.url).save(name, overwrite=True)
    ClusterBlock(kubeconfig_path=str(sandbox.worker_kubeconfig)).save(f"{name}-testing", overwrite=True)
    made = Demanding(
        name, remote, admin, HelmRelease(cluster, f"{name}-testing", name, helm), sandbox.kubeconfig, policy
    )
    volume = _volume(made.namespace, folder / "data")
    admin.api.create("/api/v1/persistentvolumes", volume)
    worker_rights.grant(sandbox, [made.namespace])
    gauges = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{made.namespace}"
    admin.api.create(f"{gauges}/roles", GAUGES)
    admin.api.create(f"{gauges}/rolebindings", GAUGES_BOUND)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HEADWAY_HELM", helm.binary)
            ended = made.released()
            assert ended.name == "Released", ended.message
            yield made
    finally:
        admin.api.delete(f"/api/v1/namespaces/{made.namespace}")
        admin.api.delete(f"/api/v1/persistentvolumes/{volume['metadata']['name']}")
        admin.api.delete(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gauges.{GAUGE}")


def _volume(namespace: str, folder: Path) -> Object:
    """Nothing on the sandbox provisions any."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": namespace},
        "spec": {
            "capacity": {"storage": "1Mi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"namespace": namespace, "name": "data-engine-0"},
            "hostPath": {"path": str(folder), "type": "DirectoryOrCreate"},
        },
    }


def test_all_of_it_is_installed_and_nothing_of_it_is_drift(demanding: Demanding) -> None:
    assert demanding.live(f"apis/{GAUGE}/v1", "gauges/engine")
    assert demanding.live("apis/autoscaling/v2", "horizontalpodautoscalers/web")
    engine = demanding.live("apis/apps/v1", "statefulsets/engine")
    assert engine
    assert engine["status"]["readyReplicas"] == 1
    assert demanding.live("api/v1", "persistentvolumeclaims/data-engine-0")
    migrated, history = demanding.migrated(), demanding.history()
    ended = demanding.released()
    assert ended.name == "In sync", ended.message
    assert (demanding.migrated(), demanding.history()) == (migrated, history)


def test_a_definition_that_gained_a_field_comes_before_the_object_that_has_it(demanding: Demanding) -> None:
    demanding.git.replace(
        "crds/gauges.yaml",
        "level: {type: integer}",
        "level: {type: integer}\n                unit: {type: string}",
    )
    demanding.git.replace("templates/gauge.yaml", "level:", "unit: bar\n  level:")
    ended = demanding.released()
    assert ended.name == "Released", ended.message
    gauge = demanding.live(f"apis/{GAUGE}/v1", "gauges/engine")
    assert gauge
    assert gauge["spec"] == {"level": 1, "unit": "bar"}


@pytest.mark.parametrize(
    ("path", "old", "new", "says"),
    [
        pytest.param(
            "charts/kit/templates/web.yaml", "{app: web}", "{app: site}", "field is immutable", id="selector"
        ),
        pytest.param("templates/engine.yaml", "storage: 1Mi", "storage: 2Mi", "StatefulSet", id="claim"),
    ],
)
def test_what_cannot_be_changed_is_refused_before_the_hook_runs(
    demanding: Demanding, path: str, old: str, new: str, says: str
) -> None:
    migrated, history, text = demanding.migrated(), demanding.history(), demanding.git.read(path)
    tested = demanding.tested()
    demanding.git.push({path: text.replace(old, new)}, "Change what cannot be changed")
    ended = demanding.released()
    assert ended.name == "Refused", ended.message
    assert says in ended.message
    assert ended.message.count("is refused before anything was changed, and barred") == 1
    assert (demanding.migrated(), demanding.history()) == (migrated, history), "nothing was begun"
    assert demanding.tested() == tested, "nor was what runs tested for it"
    told = demanding.told()
    assert (told[0].revision, told[0].outcome, told[1].revision) == (0, "refused", history[-1][0])
    demanding.git.push({path: text}, "Put it back")
    ended = demanding.released()
    assert ended.name in ("Released", "In sync"), ended.message


def test_a_workload_that_is_gone_is_said_and_put_back_where_policy_says_so(demanding: Demanding) -> None:
    demanding.cluster.api.delete(f"/apis/apps/v1/namespaces/{demanding.namespace}/deployments/web")
    ended = demanding.released()
    assert ended.name == "Drifted", ended.message
    assert "Deployment web is missing" in ended.message
    demanding.git.push({"headway.yaml": demanding.policy.replace("report", "correct")}, "Correct drift")
    ended = demanding.released()
    assert ended.name in ("Corrected", "Released"), ended.message
    assert demanding.live("apis/apps/v1", "deployments/web")


def test_a_helm_rollback_by_hand_is_tested_and_held(demanding: Demanding) -> None:
    demanding.git.replace("values.yaml", "level: 1", "level: 2")
    ended = demanding.released()
    assert ended.name == "Released", ended.message
    first, *_ = demanding.history()
    by_hand = [
        "rollback",
        demanding.name,
        str(demanding.history()[-2][0]),
        "--namespace",
        demanding.namespace,
    ]
    subprocess.run(
        [demanding.helm.helm.binary, *by_hand, "--kubeconfig", str(demanding.kubeconfig)],
        check=True,
        capture_output=True,
    )
    ended = demanding.released()
    assert ended.name == "Rolled back", ended.message
    assert first[1] == "superseded"
    ended = demanding.released()
    assert ended.name == "Held", ended.message


def test_a_revision_that_is_past_and_broken_holds_up_nothing_and_is_told(demanding: Demanding) -> None:
    """As `helm history` passes over it, and `helm upgrade` goes on."""
    oldest = demanding.history()[0][0]
    path = demanding.helm.storage.path(oldest)
    secret = demanding.cluster.api.get(path)
    demanding.cluster.api.replace(path, {**secret, "data": {"release": "bm90aGluZw=="}})
    demanding.git.replace("values.yaml", "level: 2", "level: 3")
    ended = demanding.released()
    assert ended.name == "Released", ended.message
    assert oldest not in [each[0] for each in demanding.history()]
    store = ReleaseRecordStore(demanding.cluster, demanding.namespace, demanding.name)
    told = ReleaseHistoryReader().look(store)
    assert any(f"revision {oldest} is passed over, as Helm does" in each for each in told.trouble)
    demanding.cluster.api.delete(path)
