"""Where a live object is no longer what its release says, as sentences that name object and field.

Compared are two answers of the API server: the object as it lives, and as it would be after the release's
manifest was applied again. Defaults and other managers' own fields are the same in both, so that what is left
is what somebody changed by hand.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from headway.decide.release import refusals
from headway.decide.review import removal
from headway.formats.manifests import Key, Resource, key_of, mapping

_AUTOSCALERS = ("kube-controller-manager", "keda", "keda-operator")
_SERVERS_OWN = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
_REPLICAS = ("spec", "replicas")
_NAME = re.compile(r"[\w./-]{1,63}")

HELM_FIELD_MANAGER = "helm"
Path = tuple[str, ...]
"""Names of fields, and of items of a list as [name] or [place]."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One object, or one field of it. `what`: a sentence, worded the same as long as the same field differs."""

    key: Key
    what: str
    by: str = ""
    """The field manager that set it last; empty where the object does not tell."""
    unchangeable: bool = False
    """The API server refuses to apply the release's object again."""
    replicas: int | None = None
    """Live replicas, where their number is what differs."""
    loses: str = ""
    """What a correction would delete for good; empty where it would delete nothing."""

    def __str__(self) -> str:
        return self.what


def differences(live: Mapping[str, Any] | None, applied: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Empty where nothing drifted. Values are left out: they may be secret."""
    key, name = key_of(applied), f"{applied['kind']} {applied['metadata']['name']}"
    if live is None:
        return () if _cleans_itself_up(applied) else (Difference(key, f"{name} is missing"),)
    paths = list(_paths(_content(live), _content(applied), ()))
    if _is_autoscaled(live):
        paths = [path for path in paths if path != _REPLICAS]
    lost = removal.claims_lost_by_scaling(Resource(key, live), Resource(key, applied))
    return tuple(
        Difference(
            key,
            f"{name}: {_shown(path)} is not what the release says",
            _manager(live, path),
            replicas=_replicas(live) if path == _REPLICAS else None,
            loses=f"{name}, {lost}" if lost and path == _REPLICAS else "",
        )
        for path in paths
    )


def _replicas(live: Mapping[str, Any]) -> int | None:
    replicas = mapping(live, "spec").get("replicas")
    return replicas if isinstance(replicas, int) else None


def refused(resource: Mapping[str, Any], said: str) -> tuple[Difference, ...]:
    """The difference of an object that the API server refuses to apply again: because a field cannot be changed in place, or
    because it is not valid any more, since its definition (CRD) became stricter for example. None where an admission policy
    refuses it."""
    if '" is invalid: ' not in said:
        return ()
    name = f"{resource['kind']} {resource['metadata']['name']}"
    immutable = refusals.is_immutable(said)
    what = (
        f"{name}: a field that cannot be changed is not what the release says"
        if immutable
        else f"{name}: what the release says is not valid any more"
    )
    return (Difference(key_of(resource), what, unchangeable=True),)


def _shown(path: Path) -> str:
    return "".join(part if part.startswith("[") else f".{part}" for part in path).removeprefix(".")


def _manager(live: Mapping[str, Any], path: Path) -> str:
    """Who set the field last, of those who do not apply releases.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
    """
    entries = [
        entry
        for entry in live["metadata"].get("managedFields") or ()
        if entry.get("manager") != HELM_FIELD_MANAGER and _owns(entry.get("fieldsV1") or {}, path)
    ]
    newest = max(entries, key=lambda entry: str(entry.get("time", "")), default=None)
    return str(newest.get("manager", "")) if newest else ""


def _owns(fields: Mapping[str, Any], path: Path) -> bool:
    if not path:
        return True
    first, *rest = path
    for name, inner in fields.items():
        kind, _, value = name.partition(":")
        if kind == "f" and value == first:
            return not inner or _owns(inner, tuple(rest))
        if kind == "k" and f"[{json.loads(value).get('name')}]" == first:
            return _owns(inner, tuple(rest))
    return False


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


def _paths(live: Any, applied: Any, path: Path) -> Iterator[Path]:
    if live == applied:
        return
    if isinstance(live, dict) and isinstance(applied, dict):
        for key in sorted({*live, *applied}):
            yield from _paths(live.get(key), applied.get(key), (*path, key))
    elif isinstance(live, list) and isinstance(applied, list) and len(live) == len(applied):
        for index, (one, other) in enumerate(zip(live, applied, strict=True)):
            yield from _paths(one, other, (*path, f"[{_label(one, index)}]"))
    else:
        yield path


def _label(item: Any, place: int) -> str:
    """By its name, where that is one: in an object of a kind of its own it may be any value, secret or without an end."""
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else str(place)


def _cleans_itself_up(resource: Mapping[str, Any]) -> bool:
    """A Job with a time to live is expected to be gone."""
    return resource["kind"] == "Job" and "ttlSecondsAfterFinished" in resource.get("spec", {})
