"""What a release takes away for good, and whether a person has to say so first: one table, the first row that holds decides.

Going back never asks: it brings last good again. Neither does what a person took out by a commit of theirs: they have said so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from headway.formats import manifests
from headway.formats.manifests import Key, Resource
from headway.model.edits import Commit

_WORKLOADS = frozenset(
    {
        ("", "Pod"),
        ("", "ReplicationController"),
        ("apps", "DaemonSet"),
        ("apps", "Deployment"),
        ("apps", "ReplicaSet"),
        ("apps", "StatefulSet"),
        ("batch", "CronJob"),
    }
)
"""What runs until somebody takes it away; a Job ends by itself, and its name often changes with the version."""
_DATA = {
    ("", "Namespace"): "with everything in it",
    ("", "PersistentVolumeClaim"): "with what it holds",
    ("apiextensions.k8s.io", "CustomResourceDefinition"): "with every object of its kind, in all namespaces",
}
CANNOT_COME_BACK = frozenset(kind for _, kind in _DATA)
"""Kinds that Headway leaves where they are when it takes a release away."""
_BUILT_IN = frozenset(
    {
        *("", "apps", "autoscaling", "batch", "extensions", "policy"),
        *("admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io"),
        *("authentication.k8s.io", "authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io"),
        *("discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io"),
        *("networking.k8s.io", "node.k8s.io", "rbac.authorization.k8s.io", "resource.k8s.io"),
        *("scheduling.k8s.io", "storage.k8s.io", "storagemigration.k8s.io"),
    }
)
"""Groups of Kubernetes itself: https://kubernetes.io/docs/reference/generated/kubernetes-api/."""


@dataclass(frozen=True, slots=True)
class Removal:
    """One object, or part of one, that goes away."""

    key: Key
    what: str
    """As a person reads it, such as "Deployment/cart"."""
    by: str = ""
    """Who took it out by a commit of theirs; empty where nobody did, or nobody knows."""

    def __str__(self) -> str:
        return f"{self.what}: {self.by}" if self.by else self.what


def removals(
    before: Mapping[Key, Resource],
    after: Mapping[Key, Resource],
    namespace: str = "",
    scaled: Mapping[Key, int] | None = None,
) -> Iterator[Removal]:
    """Of workloads, claims, namespaces, definitions and custom resources that `after` lacks; none of hooks, which Helm does not
    remove. And of the claims that a StatefulSet deletes as it is scaled down.

    What becomes a hook goes away: Helm deletes what a release does not hold itself any more. `namespace`: of the release;
    what names it and what names none are in the same place. `scaled`: replicas of what somebody scaled since, by hand.
    """
    lives = {_at_home(key, namespace): replicas for key, replicas in (scaled or {}).items()}
    stay = {_at_home(key, namespace): resource for key, resource in after.items() if not resource.events}
    for key, resource in before.items():
        if resource.events:
            continue
        home = _at_home(key, namespace)
        if later := stay.get(home):
            if lost := claims_lost_by_scaling(resource, later, lives.get(home)):
                yield Removal(key, f"{key}, {lost}")
            continue
        if is_kept(resource):
            continue
        place = (key.group, key.kind)
        if place in _WORKLOADS:
            yield Removal(key, f"{key}{_claims(resource)}")
        elif place in _DATA:
            yield Removal(key, f"{key}, {_DATA[place]}")
        elif is_custom(key):
            yield Removal(key, f"{key}, with what its controller keeps for it")


def _at_home(key: Key, namespace: str) -> Key:
    return key._replace(namespace="") if key.namespace == namespace else key


def is_kept(resource: Resource) -> bool:
    """Helm leaves it where it is: https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource."""
    annotations = manifests.mapping(resource.document, "metadata", "annotations")
    return annotations.get("helm.sh/resource-policy") == "keep"


def outlives_its_release(resource: Resource) -> bool:
    """Whether it is there still when Headway has taken its release away."""
    return resource.key.kind in CANNOT_COME_BACK or is_kept(resource)


def is_custom(key: Key) -> bool:
    """Of a kind that somebody defined: what stands behind it, a database or a certificate, only its controller knows."""
    return key.group not in _BUILT_IN


def claims_go_with(resource: Resource) -> bool:
    """A StatefulSet whose claims are deleted with it.

    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
    """
    return bool(_claim_names(resource)) and _retention(resource).get("whenDeleted") == "Delete"


def claims_lost_by_scaling(before: Resource, after: Resource, live: int | None = None) -> str:
    """What becomes of the claims of a StatefulSet that gets fewer replicas; empty where none is deleted. `live`: how many it
    has, where that is not what `before` says."""
    names = _claim_names(after)
    if not names or _retention(after).get("whenScaled") != "Delete":
        return ""
    old, new = _replicas(before) if live is None else live, _replicas(after)
    if new >= old:
        return ""
    return f"from {old} to {new} replicas: the claims ({', '.join(names)}) of those that go are deleted"


def _claims(resource: Resource) -> str:
    names = _claim_names(resource)
    if not names:
        return ""
    fate = "go with it" if claims_go_with(resource) else "stay behind, and nothing uses them"
    return f", whose claims ({', '.join(names)}) {fate}"


def _spec(resource: Resource) -> Mapping[str, Any]:
    return manifests.mapping(resource.document, "spec")


def _claim_names(resource: Resource) -> list[str]:
    return list(claim_templates(resource))


def claim_templates(resource: Resource) -> dict[str, Mapping[str, Any]]:
    """Of a StatefulSet, by name."""
    templates = _spec(resource).get("volumeClaimTemplates")
    each_by_name = (
        (manifests.mapping(each, "metadata").get("name"), each)
        for each in (templates if isinstance(templates, list) else ())
    )
    return {str(name): each for name, each in each_by_name if name}


def _retention(resource: Resource) -> Mapping[str, Any]:
    return manifests.mapping(resource.document, "spec", "persistentVolumeClaimRetentionPolicy")


def _replicas(resource: Resource) -> int:
    """One where it says nothing, as the API server has it."""
    replicas = _spec(resource).get("replicas")
    return replicas if isinstance(replicas, int) else 1


def who_took_out(history: Sequence[tuple[Commit, frozenset[str]]], name: str) -> Commit | None:
    """The commit since which `name` is not declared any more; None where it is, or never was.

    `history`: commits that changed the file, newest first, each with the names that it left declared.
    """
    for (commit, declared), (_, earlier) in pairwise(history):
        if name in declared:
            return None
        if name in earlier:
            return commit
    return None


def in_words(commit: Commit | None) -> str:
    """Empty where nobody but Headway did it: what Headway edits by itself asks for nothing."""
    return "" if commit is None or commit.is_own else f"taken out by {commit.author} in {commit.sha[:12]}"


@dataclass(frozen=True, slots=True)
class Question:
    """What the decision depends on: policy of the environment, and what goes away."""

    gate: Literal["automatic", "approval"]
    removal: Literal["ask", "allow"]
    removals: Sequence[Removal]
    refused: bool = False
    """The API server refuses the version: its attempt ends before anything is changed."""

    @property
    def unasked(self) -> list[str]:
        return [each.what for each in self.removals if not each.by]


@dataclass(frozen=True, slots=True)
class Row:
    holds: Callable[[Question], bool]
    asks: bool
    sentence: str
    """A format string: `{removals}` are those that nobody asked for."""


ROWS: tuple[Row, ...] = (
    Row(lambda q: q.refused, False, "the API server refuses it, and nothing is changed"),
    Row(lambda q: q.gate == "approval", True, "every release to this environment is approved"),
    Row(lambda q: not q.removals, False, "nothing goes away"),
    Row(lambda q: q.removal == "allow", False, "removal: allow"),
    Row(lambda q: not q.unasked, False, "a person took out what goes away"),
    Row(
        lambda _: True,
        True,
        "it takes away what no commit of a person took out of the application ({removals}), and `removal: ask` is set",
    ),
)


@dataclass(frozen=True, slots=True)
class Answer:
    asks: bool
    """A person has to approve the release."""
    why: str


def needs_a_person(question: Question) -> Answer:
    row = next(row for row in ROWS if row.holds(question))
    return Answer(row.asks, row.sentence.format(removals="; ".join(question.unasked)))
