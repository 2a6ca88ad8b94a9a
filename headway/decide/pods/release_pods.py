"""Which pods of a namespace belong to a release, seen from its manifest alone.

Labels such as app.kubernetes.io/instance are a habit, not a rule; selectors and names are what the cluster
uses.
"""

from collections.abc import Iterable, Mapping, Sequence
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

    @property
    def is_empty(self) -> bool:
        """It holds no pod at all."""
        return not (self.selectors or self.jobs or self.names)

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


@dataclass(frozen=True, slots=True)
class Before:
    """What was there before a rollout: pods, with the templates they were made from, and the templates wanted then."""

    uids: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()

    @classmethod
    def of(cls, pods: Sequence[Mapping[str, Any]], wanted: frozenset[str]) -> "Before":
        """`wanted`: `current_templates` of that moment."""
        uids = frozenset(pod["metadata"]["uid"] for pod in pods)
        return cls(uids, wanted.union(map(_template, pods)) - {""})


def new_pods(
    pods: Iterable[Mapping[str, Any]], selection: Selection, before: Before, wanted: frozenset[str]
) -> list[Mapping[str, Any]]:
    """Pods that tell how a rollout goes: of a template that it wants (`wanted`), or made since from none of before.

    A pod of a former version that its workload makes anew meanwhile (drained, evicted, deleted) tells nothing of the rollout,
    and one that goes away neither.
    """
    return [
        pod
        for pod in pods
        if selection.holds(pod)
        and not pod["metadata"].get("deletionTimestamp")
        and (
            _template(pod) in wanted
            or (pod["metadata"]["uid"] not in before.uids and _template(pod) not in before.templates)
        )
    ]


def _template(pod: Mapping[str, Any]) -> str:
    """Empty for pods that no template of a workload made: those of Jobs and hooks."""
    labels = pod["metadata"].get("labels") or {}
    return str(labels.get("pod-template-hash") or labels.get("controller-revision-hash") or "")
