"""What a person has promoted: brought from the environment before, by the rules of a delivery, before their release run looks."""

from dataclasses import replace

from prefect.logging import get_run_logger

from headway.decide.release import standing_orders
from headway.decide.supply.promotion import Promotion
from headway.model.audit import Decided, Said
from headway.workspace.release_context import ReleaseContext
from tasks.promote_chart import promote_asked


def bring(context: ReleaseContext, version: str, said: Said) -> str:
    """One sentence on what was brought, or is here already. Raises what promote_asked raises: then nothing was written."""
    workspace, environment = context.workspace, context.environment_name
    promoted = workspace.retry_on_conflict(lambda: promote_asked(workspace, environment, version))
    if context.is_dry_run:
        return f"{promoted.why}: {'it would be promoted' if promoted.entry else 'nothing is promoted'}."
    get_run_logger().info("Asked for by %s: %s. %s", said.by, promoted.why, said.why)
    _write_down(context, promoted, said)
    return f"{promoted.why}."


def _write_down(context: ReleaseContext, promoted: Promotion, said: Said) -> None:
    """But of a release that was made by hand and nobody adopted: a record would make it ours. What was here already is
    released, and not promoted once more."""
    record, _ = context.store.read()
    if record is None and context.helm.storage.newest():
        return
    kind: Decided = "promoted" if promoted.entry else "started"
    if promoted.entry is None:
        said = replace(said, why=f"{said.why} ({promoted.why})")
    context.update_record(
        lambda record: standing_orders.asked_for(
            record, kind, said, version=promoted.version, digest=promoted.digest
        )
    )
