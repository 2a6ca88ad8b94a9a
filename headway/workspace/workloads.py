"""The read side: what runs in a cluster, and where each of it comes from. Writes nothing, and asks the cluster alone."""

from dataclasses import dataclass

from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.workloads import Origin, Workload, references, workloads
from headway.errors import BadInput, Gone, Refused
from headway.formats import image_reference
from headway.formats.tag_commit import commit_in_tag
from headway.model.charts import COMMIT_ANNOTATION
from headway.workspace.helm_revisions import annotation

KINDS = (
    ("Deployment", "/apis/apps/v1/deployments"),
    ("StatefulSet", "/apis/apps/v1/statefulsets"),
    ("DaemonSet", "/apis/apps/v1/daemonsets"),
    ("CronJob", "/apis/batch/v1/cronjobs"),
    ("Job", "/apis/batch/v1/jobs"),
    ("Pod", "/api/v1/pods"),
)


@dataclass(frozen=True, slots=True)
class Inventory:
    workloads: tuple[Workload, ...]
    troubles: tuple[str, ...] = ()
    """What could not be read, and is therefore missing; one sentence each."""


def read(cluster: Cluster) -> Inventory:
    """What runs. Raises Unreachable; what the credentials may not read is a sentence in `troubles`, and hides nothing else."""
    troubles: list[str] = []
    found = [each for kind, path in KINDS for each in _listed(cluster, kind, path, troubles)]
    commits = {each: _commit(each) for one in found for each in references(one)}
    return Inventory(workloads(found, _origins(cluster, troubles), commits), tuple(troubles))


def _listed(cluster: Cluster, kind: str, path: str, troubles: list[str]) -> list[Object]:
    try:
        # A list names the kind of its items once, and not with each.
        return [{**each, "kind": kind} for each in cluster.api.items(path)]
    except (Refused, Gone):
        troubles.append(f"these credentials may not list {kind}s in all namespaces")
        return []


def _origins(cluster: Cluster, troubles: list[str]) -> dict[tuple[str, str], Origin]:
    try:
        stored, unreadable = HelmStorage.deployed_in(cluster)
    except Refused:
        troubles.append("these credentials may not read Helm's releases: charts and commits are not known")
        return {}
    troubles += unreadable
    return {
        place: Origin(
            each.chart_name, each.chart_version, each.revision, annotation(each.chart_yaml, COMMIT_ANNOTATION)
        )
        for place, each in stored.items()
    }


def _commit(reference: str) -> str:
    try:
        return commit_in_tag(image_reference.parse(reference).tag)
    except BadInput:
        return ""
