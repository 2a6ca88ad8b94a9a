"""The test hooks of a revision, as Helm stored them: which they are, and what became of them.

Headway runs them itself. `helm test --filter` writes a record without the hooks it leaves out while it runs: two of them side
by side hide each other's tests, and one that is killed loses hooks for good.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headway.clients.helm.storage import HelmStorage, StoredRevision
from headway.clients.kubernetes.api import Object
from headway.decide.release.test_rounds import TestHook
from headway.errors import BadInput, Conflict
from headway.formats import manifests

BEFORE, SUCCEEDED, FAILED = "before-hook-creation", "hook-succeeded", "hook-failed"


@dataclass(frozen=True, slots=True)
class HookRun:
    """Helm's last run of a hook."""

    passed: bool
    started_at: datetime
    completed_at: datetime

    def as_stored(self) -> dict[str, str]:
        return {
            "started_at": self.started_at.isoformat(),
            "completed_at": self.completed_at.isoformat(),
            "phase": "Succeeded" if self.passed else "Failed",
        }


def of(stored: StoredRevision) -> dict[str, Object]:
    """Test hooks by name, as Helm keeps them."""
    return {str(hook["name"]): hook for hook in stored.hooks if "test" in (hook.get("events") or ())}


def as_decided_on(hook: Mapping[str, Any]) -> TestHook:
    chart = str(hook.get("path", "")).partition("/templates/")[0]
    return TestHook(str(hook["name"]), chart, int(hook.get("weight") or 0))


def resource(hook: Mapping[str, Any]) -> Object:
    """Raises BadInput where its manifest is none."""
    found = manifests.split("", [hook])
    if len(found) != 1:
        raise BadInput(
            "it holds not one resource", where=f"hook {hook.get('name')}", next_step="Correct the template"
        )
    return dict(found[0].document)


def is_deleted(hook: Mapping[str, Any], policy: str) -> bool:
    """Where a hook says nothing it is deleted before the next run of it; a resource definition never is."""
    if hook.get("kind") == "CustomResourceDefinition":
        return False
    return policy in (hook.get("delete_policies") or (BEFORE,))


def note(storage: HelmStorage, revision: int, runs: Mapping[str, HookRun]) -> None:
    """Write the runs into Helm's record, as `helm test` does: `helm status` shows them."""

    def with_runs(document: Object) -> None:
        for hook in document.get("hooks") or ():
            if run := runs.get(hook["name"]):
                hook["last_run"] = run.as_stored()

    try:
        storage.rewrite(revision, with_runs)
    except Conflict:
        # Somebody else's helm writes it at this moment: what it has is newer.
        return
