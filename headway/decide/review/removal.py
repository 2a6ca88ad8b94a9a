"""What a release takes away for good, and whether a person has to say so first: one table, the first row that holds decides.

Going back never asks: it brings last good again. Neither does what a person took out by a commit of theirs: they have said so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

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
    before: Mapping[Key, Resource], after: Mapping[Key, Resource], namespace: str = ""
) -> Iterator[Removal]:
    """Of workloads, claims, namespaces and definitions that `after` lacks; none of hooks, which Helm does not remove.

    What becomes a hook goes away: Helm deletes what a release does not hold itself any more. `namespace`: of the release;
    what names it and what names none are in the same place.
    """
    stay = {_at_home(key, namespace) for key, resource in after.items() if not resource.events}
    for key, resource in before.items():
        if _at_home(key, namespace) in stay or resource.events or is_kept(resource):
            continue
        place = (key.group, key.kind)
        if place in _WORKLOADS:
            yield Removal(key, f"{key}{_claims(resource)}")
        elif place in _DATA:
            yield Removal(key, f"{key}, {_DATA[place]}")


def _at_home(key: Key, namespace: str) -> Key:
    return key._replace(namespace="") if key.namespace == namespace else key


def is_kept(resource: Resource) -> bool:
    """Helm leaves it where it is: https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource."""
    annotations = (resource.document.get("metadata") or {}).get("annotations") or {}
    return annotations.get("helm.sh/resource-policy") == "keep"


def _claims(resource: Resource) -> str:
    spec: Mapping[str, Any] = resource.document.get("spec") or {}
    names = [str((each.get("metadata") or {}).get("name")) for each in spec.get("volumeClaimTemplates") or ()]
    if not names:
        return ""
    retention = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    fate = "go with it" if retention.get("whenDeleted") == "Delete" else "stay behind, and nothing uses them"
    return f", whose claims ({', '.join(names)}) {fate}"


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
