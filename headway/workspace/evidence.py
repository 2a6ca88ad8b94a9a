"""What is kept of a failure before the release goes back and the pods are gone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headway.clients.helm.release import HelmRelease
from headway.clients.helm.storage import StoredRevision
from headway.clients.kubernetes import pods as cluster_pods
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.pods import pod_failures
from headway.decide.pods.release_pods import select
from headway.decide.review import event_lines
from headway.decide.review.event_lines import NO_EVENTS, EventLines
from headway.decide.review.evidence import FailedPart
from headway.formats.known_secrets import KnownSecrets
from headway.formats.manifests import Resource, split
from headway.model.tests import TestResult

MOST_PODS = 5
_MISSING = "it is not there"


@dataclass(frozen=True, slots=True)
class Collected:
    """What decide/review/evidence.Evidence wants from the cluster. Parts: tests, pods, workloads, and last what is not there,
    since a hook that failed may have kept it from coming."""

    parts: tuple[FailedPart, ...] = ()
    events: EventLines = NO_EVENTS


def collect(
    release: HelmRelease,
    revision: int,
    history: Sequence[StoredRevision],
    tests: Iterable[TestResult] = (),
) -> Collected:
    """Resources of `revision` that are not well, their pods' logs and events; the tests that failed. Without the secrets
    of any revision: pods of former ones may still be there. `history`: what was read before `revision` was made, or with it.
    """
    cluster, namespace = release.cluster, release.namespace
    stored = next((each for each in history if each.revision == revision), None) or release.storage.get(
        revision
    )
    resources = split(stored.manifest, stored.hooks)
    selection = select(resource.document for resource in resources if not resource.is_test)
    failed = [test for test in tests if not test.passed]
    tested = {test.pod for test in failed}
    pods = [pod for pod in cluster_pods.pods(cluster, namespace) if selection.holds(pod)]
    parts = [
        *(
            FailedPart(f"test {test.name}", test.reason or "it failed", test.pod, "", test.log)
            for test in failed
        ),
        *(_pod(cluster, namespace, pod) for pod in _not_well(pods)),
        *_workloads(cluster, namespace, resources),
    ]
    parts.sort(key=lambda part: part.condition == _MISSING)
    known = KnownSecrets.of(release.secrets_of([stored, *history]))
    events = _events(cluster, namespace, resources, pods, tested, stored.created)
    said = EventLines(tuple(map(known.hide, events.warnings)), tuple(map(known.hide, events.ordinary)))
    return Collected(tuple(part.without(known) for part in parts), said)


def _workloads(cluster: Cluster, namespace: str, resources: Sequence[Resource]) -> list[FailedPart]:
    watched = [each.document for each in resources if not each.events and each.key.kind in _WORKLOADS]
    found = zip(watched, cluster.live(watched, namespace), strict=True)
    parts = []
    for resource, live in found:
        name = f"{resource['kind']}/{resource['metadata']['name']}"
        condition = _MISSING if live is None else _condition(live)
        if condition:
            parts.append(FailedPart(name, condition))
    return parts


_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "PersistentVolumeClaim")


def _condition(live: Object) -> str:
    """What the API says against a workload; empty where it is well."""
    status, kind = live.get("status") or {}, live["kind"]
    for condition in status.get("conditions") or []:
        bad = "True" if condition["type"] in ("Failed", "ReplicaFailure") else "False"
        if condition["type"] in _TELLING and condition["status"] == bad:
            return str(condition.get("message") or condition.get("reason"))
    if kind == "PersistentVolumeClaim" and status.get("phase") not in ("Bound", None):
        return f"it is {status['phase']}"
    wanted = (live.get("spec") or {}).get("replicas", 1) if kind == "StatefulSet" else None
    if wanted is None and kind == "DaemonSet":
        wanted = status.get("desiredNumberScheduled", 0)
    ready = status.get("readyReplicas", status.get("numberReady", 0))
    return f"{ready} of {wanted} pods are ready" if wanted is not None and ready < wanted else ""


_TELLING = ("Available", "Progressing", "ReplicaFailure", "Failed")


def _not_well(pods: Iterable[Object]) -> list[Object]:
    """Pods that are not ready, one for each owner and complaint: ten replicas say the same ten times."""
    seen: set[tuple[str, str]] = set()
    found = []
    for pod in sorted(pods, key=lambda each: str(each["metadata"]["creationTimestamp"]), reverse=True):
        if _well(pod):
            continue
        owners = pod["metadata"].get("ownerReferences") or [{"name": pod["metadata"]["name"]}]
        complaint = (owners[0]["name"], _complaint(pod).replace(pod["metadata"]["name"], ""))
        if complaint not in seen:
            seen.add(complaint)
            found.append(pod)
    return found[:MOST_PODS]


def _well(pod: Object) -> bool:
    status = pod.get("status") or {}
    if status.get("phase") == "Succeeded" or pod["metadata"].get("deletionTimestamp"):
        return True
    conditions = status.get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _complaint(pod: Object) -> str:
    found = pod_failures.failures([pod])
    if found:
        return found[0].sentence
    status = pod.get("status") or {}
    for condition in status.get("conditions") or []:
        if condition["status"] == "False" and condition.get("message"):
            return f"{condition['type']} is false: {condition['message']}"
    return f"its phase is {status.get('phase')}"


def _pod(cluster: Cluster, namespace: str, pod: Object) -> FailedPart:
    found = next(iter(pod_failures.failures([pod])), None)
    name = pod["metadata"]["name"]
    log = cluster_pods.tail(cluster, namespace, pod)
    return FailedPart(f"Pod/{name}", _complaint(pod), name, found.container if found else "", log)


def _events(
    cluster: Cluster,
    namespace: str,
    resources: Sequence[Resource],
    pods: Sequence[Object],
    tested: set[str],
    since: str,
) -> EventLines:
    owners = [owner for pod in pods for owner in pod["metadata"].get("ownerReferences") or []]
    objects = {
        *(f"{each.key.kind}/{each.key.name}" for each in resources),
        *(f"Pod/{pod['metadata']['name']}" for pod in pods),
        *(f"Pod/{name}" for name in tested),
        *(f"{owner['kind']}/{owner['name']}" for owner in owners),
    }
    return event_lines.lines(cluster_pods.events(cluster, namespace, objects), since)
