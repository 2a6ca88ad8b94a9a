"""A release as flows open it: what is decided about it names the run, and is told as an event."""

from functools import partial

from flows.events import emit
from flows.reporting import run_id
from headway.decide.release.observation import Observation
from headway.errors import BadInput
from headway.model.audit import AuditEntry
from headway.model.events import (
    ReleaseDecided,
    ReleaseDrifted,
    ReleaseFrozen,
    ReleaseRolledBack,
    ReleaseTested,
    ReleaseWaits,
)
from headway.model.release_ref import ReleaseRef
from headway.workspace.dry_run import DryRunContext, DryRunWorkspace
from headway.workspace.release_context import ReleaseContext
from headway.workspace.workspace import Workspace

Told = ReleaseTested | ReleaseWaits | ReleaseRolledBack


def open_release(workspace: Workspace, environment: str, shown: str = "") -> ReleaseContext:
    """See ReleaseContext; a DryRunContext in a dry run. BadInput for an environment that is not declared."""
    workspace.environment(environment)
    ref = workspace.application.release_ref(environment)
    if isinstance(workspace, DryRunWorkspace):
        return DryRunContext(workspace, environment, shown, run=run_id())
    return ReleaseContext(workspace, environment, shown, run=run_id(), tell=partial(_tell, ref))


def needs_reason(reason: str, where: str) -> None:
    """Raises BadInput where a person does not say why."""
    if not reason.strip():
        raise BadInput("a reason is needed", where=where, next_step="Say why, for those who read it later.")


def tell(context: ReleaseContext, fact: type[Told], version: str, why: str) -> None:
    """A fact about a version in this place, from this run."""
    emit(fact(context.ref.application, context.ref.environment, version, context.run, why))


def tell_drift(context: ReleaseContext, seen: Observation) -> None:
    """That live objects differ: once a day for the same objects of the same version, however often they are brought back."""
    ref, running = context.ref, seen.running
    drift = ", ".join(seen.drift)
    version = running.version if running else ""
    fact = ReleaseDrifted(ref.application, ref.environment, version, context.run, drift)
    emit(fact, once=f"{ref} {context.namespace} {version} {seen.now:%Y-%m-%d} {drift}")


def _tell(ref: ReleaseRef, entry: AuditEntry) -> None:
    if entry.kind == "frozen":
        emit(ReleaseFrozen(ref.application, ref.environment, entry.version, entry.run, entry.by, entry.why))
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
