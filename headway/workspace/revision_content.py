"""What one revision holds, as Helm stored it: objects, tests, names of values."""

from headway.clients.helm.storage import StoredRevision
from headway.decide.review.revision_page import RevisionContent
from headway.formats import manifests


def of(stored: StoredRevision) -> RevisionContent:
    """Raises BadInput for a manifest that cannot be read."""
    resources = manifests.split(stored.manifest)
    tests = (each for each in stored.hooks if "test" in (each.get("events") or ()))
    return RevisionContent(
        objects=tuple(each.key for each in resources),
        tests=tuple(f"{each.get('name', '')}: {_phase(each.get('last_run'))}" for each in tests),
        values=tuple(sorted(map(str, stored.values))),
    )


def _phase(last_run: object) -> str:
    phase = last_run.get("phase") if isinstance(last_run, dict) else ""
    return str(phase) if phase else "not run"
