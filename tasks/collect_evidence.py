"""Collect evidence while the release begins to go back, before the pods that failed are gone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from prefect.artifacts import create_markdown_artifact

from headway.clients.helm.storage import StoredRevision
from headway.decide.review.evidence import Evidence, markdown
from headway.decide.review.plan import Plan
from headway.model.record import Cause
from headway.model.tests import TestResult
from headway.workspace import evidence as evidence_of
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_context import ReleaseContext, Seen
from tasks.best_effort import best_effort
from tasks.whole import whole_task


@dataclass(frozen=True, slots=True)
class FailedRevision:
    """The revision that failed, and what is known of it."""

    revision: int
    version: str
    failure: str
    cause: Cause
    plan: Plan | None = None
    """Of what brought it in, where this pass did."""
    tests: Sequence[TestResult] = ()
    secrets: Sequence[str] = field(default=(), repr=False)
    """Of what was released, where the history was read before it."""


def begin_collecting(held: HeldRelease, seen: Seen, failed: FailedRevision) -> None:
    """Collect beside the way back, which waits only for what it takes away. That there is no evidence is logged, not raised."""

    def collect(has_read: Callable[[], None]) -> None:
        with best_effort("evidence"):
            collect_evidence(held.context, seen.history, failed, has_read)

    held.evidence.begin(collect)


@whole_task("Collect evidence")
def collect_evidence(
    context: ReleaseContext,
    history: Sequence[StoredRevision],
    failed: FailedRevision,
    has_read: Callable[[], None],
) -> None:
    """Leave artifact `<application>-<environment>-evidence`: failing parts, logs, events, the change that caused it.

    `has_read` is called when the cluster is not needed any more.
    """
    ref = context.ref
    collected = evidence_of.collect(context.helm, failed.revision, history, failed.tests)
    has_read()
    evidence = Evidence(
        ref=ref,
        version=failed.version,
        failure=failed.failure,
        cause=failed.cause,
        parts=collected.parts,
        events=collected.events,
        plan=failed.plan,
    )
    create_markdown_artifact(
        markdown=markdown(evidence, secrets=(*failed.secrets, *context.helm.secrets_of(history))),
        key=f"{ref.application}-{ref.environment}-evidence",
        description=f"Why {failed.version} (revision {failed.revision}) failed in {ref.environment}",
    )
