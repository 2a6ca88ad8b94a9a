"""Which pods of a namespace belong to a release, seen from its manifest alone.

Labels such as app.kubernetes.io/instance are a habit, not a rule; selectors and names are what the cluster
uses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_REVISION = "deployment.kubernetes.io/revision"
_SELECTING = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")


@dataclass(frozen=True, slots=True)
class Selection:
    """Pods picked by selector where a workload owns them, by the name of their Job, or by their own name (hook pods).

    A test's pod or a person's may bear the labels that a workload selects by, and tells nothing of it.
    """

    selectors: tuple[Mapping[str, str], ...] = ()
    jobs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def holds(self, pod: Mapping[str, Any]) -> bool:
        metadata = pod["metadata"]
        if metadata["name"] in self.names:
            return True
        labels, owners = metadata.get("labels") or {}, metadata.get("ownerReferences") or []
        if any(owner["kind"] in _SELECTING for owner in owners):
            return any(selector.items() <= labels.items() for selector in self.selectors)
        return any(owner["kind"] == "Job" and owner["name"] in self.jobs for owner in owners)


def select(resources: Iterable[Mapping[str, Any]]) -> Selection:
    """`resources`: documents of a manifest, hooks among them where their pods count too."""
    selectors: list[Mapping[str, str]] = []
    jobs: set[str] = set()
    names: set[str] = set()
    for resource in resources:
        kind, name = resource.get("kind"), (resource.get("metadata") or {}).get("name", "")
        labels = (
            ((resource.get("spec") or {}).get("selector") or {}).get("matchLabels")
            if kind in _SELECTING
            else None
        )
        if labels:
            selectors.append(labels)
        elif kind == "Job":
            jobs.add(name)
        elif kind == "Pod":
            names.add(name)
    return Selection(tuple(selectors), frozenset(jobs), frozenset(names))


def current_templates(
    deployments: Iterable[Mapping[str, Any]],
    replica_sets: Iterable[Mapping[str, Any]],
    stateful_sets: Iterable[Mapping[str, Any]],
) -> frozenset[str]:
    """Hashes of the pod templates that workloads want now, as their pods are labelled with them.

    A Deployment's is that of its ReplicaSet of the highest revision, once its controller has seen its newest generation.
    """
    seen = {
        each["metadata"]["uid"]
        for each in deployments
        if (each.get("status") or {}).get("observedGeneration") == each["metadata"].get("generation")
    }
    newest: dict[str, tuple[int, str]] = {}
    for each in replica_sets:
        revision = int((each["metadata"].get("annotations") or {}).get(_REVISION, 0))
        template = (each["metadata"].get("labels") or {}).get("pod-template-hash", "")
        for owner in each["metadata"].get("ownerReferences") or ():
            if owner["uid"] in seen:
                newest[owner["uid"]] = max(newest.get(owner["uid"], (0, "")), (revision, template))
    wanted = {(each.get("status") or {}).get("updateRevision", "") for each in stateful_sets}
    return frozenset({template for _, template in newest.values()} | wanted) - {""}


def new_pods(
    pods: Iterable[Mapping[str, Any]],
    selection: Selection,
    before: frozenset[str],
    current: frozenset[str] = frozenset(),
) -> list[Mapping[str, Any]]:
    """Pods that tell how a rollout goes: not those that go away, and not those that were there `before` (uids), unless a try
    of before left them with a template that is `current`.
    """
    return [
        pod
        for pod in pods
        if selection.holds(pod)
        and not pod["metadata"].get("deletionTimestamp")
        and (pod["metadata"]["uid"] not in before or _template(pod) in current)
    ]


def _template(pod: Mapping[str, Any]) -> str:
    labels = pod["metadata"].get("labels") or {}
    return str(labels.get("pod-template-hash") or labels.get("controller-revision-hash") or "")
