"""How far a rollout is, workload by workload: pods of the template that is wanted now, and those of before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headway.decide.pods import progress
from headway.decide.pods.release_pods import current_templates
from headway.formats import helm_marks

Object = Mapping[str, Any]
_TEMPLATE_OF_A_DAEMON_SET = "deprecated.daemonset.template.generation"


@dataclass(frozen=True, slots=True)
class WorkloadPods:
    """Pods of one workload. `wanted`: how many it should have."""

    name: str
    """Kind and name, such as "Deployment web"."""
    wanted: int
    new_ready: int = 0
    new_waiting: int = 0
    """Of the new template, and not ready yet."""
    old: int = 0
    """Of a former template, and still there."""


@dataclass(frozen=True, slots=True)
class Live:
    """What a namespace holds, by kind."""

    deployments: Sequence[Object] = ()
    replica_sets: Sequence[Object] = ()
    stateful_sets: Sequence[Object] = ()
    daemon_sets: Sequence[Object] = ()
    pods: Sequence[Object] = ()


def workloads(live: Live, release: str, namespace: str) -> tuple[WorkloadPods, ...]:
    """Those that Helm says are of this release, by name."""
    current = current_templates(live.deployments, live.replica_sets, live.stateful_sets)
    deployment_of = {
        each["metadata"].get("uid", ""): owner.get("uid", "")
        for each in live.replica_sets
        for owner in each["metadata"].get("ownerReferences") or ()
    }
    pods: dict[str, list[Object]] = {}
    for pod in live.pods:
        for owner in pod["metadata"].get("ownerReferences") or ():
            pods.setdefault(deployment_of.get(owner.get("uid", ""), owner.get("uid", "")), []).append(pod)
    kinds: Iterable[tuple[str, Sequence[Object]]] = (
        ("Deployment", live.deployments),
        ("StatefulSet", live.stateful_sets),
        ("DaemonSet", live.daemon_sets),
    )
    found = [
        _workload(kind, each, pods.get(each["metadata"].get("uid", ""), []), current)
        for kind, every in kinds
        for each in every
        if helm_marks.names(each, release, namespace)
    ]
    return tuple(sorted(found, key=lambda each: each.name))


def _workload(kind: str, resource: Object, pods: Sequence[Object], current: frozenset[str]) -> WorkloadPods:
    status, spec = resource.get("status") or {}, resource.get("spec") or {}
    wanted = status.get("desiredNumberScheduled", 0) if kind == "DaemonSet" else spec.get("replicas", 1)
    there = [each for each in pods if not each["metadata"].get("deletionTimestamp")]
    new = [each for each in there if _is_new(kind, resource, each, current)]
    ready = sum(map(progress.is_ready, new))
    going = len(pods) - len(there)
    return WorkloadPods(
        f"{kind} {resource['metadata']['name']}",
        int(wanted),
        ready,
        len(new) - ready,
        len(there) - len(new) + going,
    )


def _is_new(kind: str, resource: Object, pod: Object, current: frozenset[str]) -> bool:
    labels = pod["metadata"].get("labels") or {}
    if kind == "DaemonSet":
        annotations = resource["metadata"].get("annotations") or {}
        return bool(labels.get("pod-template-generation") == annotations.get(_TEMPLATE_OF_A_DAEMON_SET))
    return (labels.get("pod-template-hash") or labels.get("controller-revision-hash") or "") in current
