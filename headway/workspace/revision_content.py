"""What one revision holds, as Helm stored it: objects, tests, names of values."""

from headway.clients.helm.storage import StoredRevision
from headway.decide.review.declared_tests import endings
from headway.decide.review.revision_page import RevisionContent
from headway.errors import BadInput
from headway.formats import manifests
from headway.model.release_history import HistoryEntry
from headway.workspace import declared_tests
from headway.workspace.declared_tests import DeclaredTests


def of(stored: StoredRevision, entry: HistoryEntry) -> RevisionContent:
    """`entry`: the same revision in its history. Raises BadInput for a manifest that cannot be read."""
    resources = manifests.split(stored.manifest)
    phases = {
        str(each.get("name", "")): _phase(each.get("last_run"))
        for each in stored.hooks
        if "test" in (each.get("events") or ())
    }
    declared = _declared(stored)
    return RevisionContent(
        objects=tuple(each.key for each in resources),
        tests=endings(entry, phases, declared.jobs, in_turn=declared.in_turn),
        values=tuple(sorted(map(str, stored.values))),
        # What somebody's own Helm brought has no headway.yaml.
        unread_tests=declared.unread if entry.kind != "by hand" else "",
    )


def _declared(stored: StoredRevision) -> DeclaredTests:
    try:
        return declared_tests.of(stored)
    except BadInput as error:
        return DeclaredTests(unread=str(error))


def _phase(last_run: object) -> str:
    return str(last_run.get("phase") or "") if isinstance(last_run, dict) else ""
