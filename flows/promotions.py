"""What a person has promoted: brought from the environment before, by the rules of a delivery, before their release run looks."""

from prefect.logging import get_run_logger

from headway.decide.release import transitions
from headway.model.audit import Said
from headway.workspace.release_context import ReleaseContext
from tasks.promote_chart import promote_asked


def bring(context: ReleaseContext, version: str, said: Said) -> str:
    """One sentence on what was brought, or is here already. Raises what promote_asked raises: then nothing was written."""
    workspace, environment = context.workspace, context.environment_name
    promoted = workspace.retry_on_conflict(lambda: promote_asked(workspace, environment, version))
    if context.imagined:
        return f"{promoted.why}: {'it would be promoted' if promoted.entry else 'nothing is promoted'}."
    get_run_logger().info("Promoted by %s: %s. %s", said.by, promoted.why, said.why)
    _write_down(context, promoted.version, promoted.digest, said)
    return f"{promoted.why}."


def _write_down(context: ReleaseContext, version: str, digest: str, said: Said) -> None:
    """But of a release that was made by hand and nobody adopted: a record would make it ours."""
    record, _ = context.store.read()
    if record is None and context.helm.storage.newest():
        return
    context.update_record(
        lambda record: transitions.asked_for(record, "promoted", said, version=version, digest=digest)
    )
