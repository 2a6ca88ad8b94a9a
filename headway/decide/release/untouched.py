"""Which live objects nobody has touched since they were compared whole, by what their metadata say."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

_CHANGES = ("managedFields", "resourceVersion", "generation", "creationTimestamp", "selfLink")
"""Of the server; managedFields change with whatever changes."""
_WITH_GENERATION = {
    "/apis/apps/v1": {"deployments", "statefulsets", "daemonsets", "replicasets"},
    "/apis/batch/v1": {"jobs", "cronjobs"},
    "/apis/networking.k8s.io/v1": {"ingresses", "networkpolicies"},
    "/apis/policy/v1": {"poddisruptionbudgets"},
}
"""Kinds of which the server counts each change of what is wanted (`metadata.generation`), so that a status may change as often
as it likes: PrepareForUpdate in https://github.com/kubernetes/kubernetes/tree/master/pkg/registry. Of others any write counts."""
WHOLE_AFTER = timedelta(hours=1)
"""All is compared anew so often at least: what the server makes of the same manifest changes too (webhooks, defaults)."""
_SPREAD = 0.25
"""Of WHOLE_AFTER, so that what was compared together is not compared together again."""


def fingerprint(folder: str, plural: str, metadata: Mapping[str, Any]) -> str:
    """What stays the same as long as nobody writes anything but the object's status. `folder`: of its group and version, such
    as "/apis/apps/v1"."""
    kept = {key: value for key, value in metadata.items() if key not in _CHANGES}
    counted = plural in _WITH_GENERATION.get(folder, ()) and isinstance(metadata.get("generation"), int)
    change = (
        ("generation", metadata["generation"]) if counted else ("version", metadata.get("resourceVersion"))
    )
    text = json.dumps([kept, change], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def touched(before: Mapping[str, str], now: Mapping[str, str | None]) -> tuple[str, ...]:
    """Paths of the objects that have changed since; `now`: None for an object that is gone."""
    return tuple(path for path, known in before.items() if now.get(path) != known)


def is_recent(compared_at: datetime, now: datetime, name: str) -> bool:
    """Whether a whole comparison still counts. How long differs by `name`, so that releases that were compared together are
    not compared together again."""
    share = int.from_bytes(hashlib.sha256(name.encode()).digest()[:2], "big") / 2**16
    return timedelta() <= now - compared_at < WHOLE_AFTER * (1 - _SPREAD * share)
