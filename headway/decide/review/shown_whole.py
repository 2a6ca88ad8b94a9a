"""Which resources a plan always shows whole, however long: what gives rights, what reaches past the namespace, and tests."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from headway.formats.manifests import Resource

_GROUPS = frozenset(
    {
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "rbac.authorization.k8s.io",
    }
)
"""Of roles and bindings, webhooks and admission policies, definitions, and served APIs."""
_HOST_FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "hostNetwork": bool,
    "hostPID": bool,
    "hostIPC": bool,
    "hostPort": bool,
    "hostPath": lambda value: value is not None,
    "privileged": bool,
    "allowPrivilegeEscalation": bool,
}
"""Fields of pods, and when they reach their node: https://kubernetes.io/docs/concepts/security/pod-security-standards/"""


def is_shown_whole(resource: Resource) -> bool:
    return resource.is_test or resource.key.group in _GROUPS or _reaches_its_node(resource.document)


def _reaches_its_node(document: Mapping[str, Any]) -> bool:
    return any(
        (name in _HOST_FIELDS and _HOST_FIELDS[name](value))
        or (name == "capabilities" and isinstance(value, Mapping) and bool(value.get("add")))
        for name, value in _fields(document)
    )


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, child in value.items():
            yield str(name), child
            yield from _fields(child)
    elif isinstance(value, list):
        for child in value:
            yield from _fields(child)
