"""Where a live object is no longer what its release says, as sentences that name object and field.

Compared are two answers of the API server: the object as it lives, and as it would be after the release's
manifest was applied again. Defaults and other managers' own fields are the same in both, so that what is left
is what somebody changed by hand.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_AUTOSCALERS = ("kube-controller-manager", "keda", "keda-operator")
_SERVERS_OWN = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")


def differences(live: Mapping[str, Any] | None, applied: Mapping[str, Any]) -> tuple[str, ...]:
    """Sentences; empty where nothing drifted. Values are left out: they may be secret."""
    name = f"{applied['kind']} {applied['metadata']['name']}"
    if live is None:
        return () if _cleans_itself_up(applied) else (f"{name} is missing",)
    paths = list(_paths(_content(live), _content(applied), ""))
    if _is_autoscaled(live):
        paths = [path for path in paths if path != "spec.replicas"]
    return tuple(f"{name}: {path} is not what the release says" for path in paths)


def refused(resource: Mapping[str, Any], said: str) -> tuple[str, ...]:
    """Where the API server would not take a release's object again. That it is invalid beside the live one, which it was taken
    for once, tells of a field that cannot be changed in place; an admission policy that came later tells nothing."""
    if '" is invalid: ' not in said:
        return ()
    name = f"{resource['kind']} {resource['metadata']['name']}"
    return (f"{name}: a field that cannot be changed is not what the release says",)


def _is_autoscaled(live: Mapping[str, Any]) -> bool:
    """Its replicas were set last by an autoscaler: through the scale subresource, by a controller and no person.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
    """
    return any(
        entry.get("subresource") == "scale"
        and entry.get("manager") in _AUTOSCALERS
        and "f:replicas" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})
        for entry in live["metadata"].get("managedFields") or ()
    )


def _content(resource: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in resource["metadata"].items() if key not in _SERVERS_OWN}
    kept = {key: value for key, value in resource.items() if key not in ("status", "apiVersion")}
    return {**kept, "metadata": metadata}


def _paths(live: Any, applied: Any, path: str) -> Iterator[str]:
    if live == applied:
        return
    if isinstance(live, dict) and isinstance(applied, dict):
        for key in sorted({*live, *applied}):
            yield from _paths(live.get(key), applied.get(key), f"{path}.{key}" if path else key)
    elif isinstance(live, list) and isinstance(applied, list) and len(live) == len(applied):
        for index, (one, other) in enumerate(zip(live, applied, strict=True)):
            label = one.get("name", index) if isinstance(one, dict) else index
            yield from _paths(one, other, f"{path}[{label}]")
    else:
        yield path


def _cleans_itself_up(resource: Mapping[str, Any]) -> bool:
    """A Job with a time to live is expected to be gone."""
    return resource["kind"] == "Job" and "ttlSecondsAfterFinished" in resource.get("spec", {})
