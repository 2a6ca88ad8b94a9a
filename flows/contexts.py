"""A release as flows open it: what is decided about it names the run, and is told as an event."""

from functools import partial

from flows.events import emit
from flows.reporting import run_name
from headway.model.audit import AuditEntry
from headway.model.events import ReleaseDecided
from headway.model.release_ref import ReleaseRef
from headway.workspace.release_context import ReleaseContext
from headway.workspace.workspace import Workspace


def open_release(workspace: Workspace, environment: str, shown: str = "") -> ReleaseContext:
    """See ReleaseContext. Raises BadInput for an environment that headway.yaml does not name."""
    workspace.environment(environment)
    ref = workspace.application.release_ref(environment)
    return ReleaseContext(workspace, environment, shown, run=run_name(), tell=partial(_tell, ref))


def _tell(ref: ReleaseRef, entry: AuditEntry) -> None:
    emit(
        ReleaseDecided(
            application=ref.application,
            environment=ref.environment,
            version=entry.version,
            run=entry.run,
            decision=entry.kind,
            by=entry.by,
            why=entry.why,
            at=entry.at.isoformat().replace("+00:00", "Z"),
            digest=entry.digest,
        )
    )
