"""What a worker must be allowed in the namespace of a release, held against what an API server says that it is.

The table is examples/rbac/namespace.yaml; a test holds the two together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ALL = ("get", "list", "watch", "create", "patch", "delete")


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One verb on one resource (or `resource/subresource`) of an API group; "" is the core group."""

    group: str
    resource: str
    verb: str
    always: bool = True
    """Whether every release needs it; else only those whose charts bring such objects."""


def _each(group: str, resources: str, verbs: Iterable[str], *, always: bool = True) -> Iterator[Right]:
    for resource in resources.split():
        for verb in verbs:
            yield Right(group, resource, verb, always)


RIGHTS = (
    *_each("", "namespaces", ["get"]),
    *_each("coordination.k8s.io", "leases", ["get", "create", "update"]),
    *_each("", "configmaps secrets", [*_ALL, "update"]),
    *_each("", "pods", _ALL),
    *_each("", "pods/log", ["get"]),
    *_each("", "events", ["list"]),
    *_each("batch", "jobs", _ALL),
    *_each("apps", "replicasets", ["list"]),
    *_each("apps", "deployments statefulsets", _ALL, always=False),
    *_each("", "services persistentvolumeclaims", _ALL, always=False),
    *_each("autoscaling", "horizontalpodautoscalers", _ALL, always=False),
)


def lacking(rules: Sequence[Mapping[str, Any]], rights: Iterable[Right] = RIGHTS) -> tuple[Right, ...]:
    """Those that no rule grants. `rules`: `status.resourceRules` of a SelfSubjectRulesReview."""
    return tuple(right for right in rights if not any(_grants(rule, right) for rule in rules))


def by_resource(rights: Iterable[Right]) -> dict[tuple[str, bool], list[str]]:
    """Verbs by resource, as people name it (`jobs.batch`), and whether every release needs them."""
    found: dict[tuple[str, bool], list[str]] = {}
    for right in rights:
        name = f"{right.resource}.{right.group}" if right.group else right.resource
        found.setdefault((name, right.always), []).append(right.verb)
    return found


def _grants(rule: Mapping[str, Any], right: Right) -> bool:
    """A rule for some names of objects alone grants nothing here: Headway's objects are named after releases."""
    resource, _, below = right.resource.partition("/")
    names = {right.resource, "*", *([f"*/{below}", f"{resource}/*"] if below else [])}
    return (
        not rule.get("resourceNames")
        and not {right.verb, "*"}.isdisjoint(rule.get("verbs") or ())
        and not {right.group, "*"}.isdisjoint(rule.get("apiGroups") or ())
        and not names.isdisjoint(rule.get("resources") or ())
    )
