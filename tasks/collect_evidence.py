"""Collect evidence while the release begins to go back, before the pods that failed are gone."""

from collections.abc import Callable, Sequence

from prefect.artifacts import create_markdown_artifact

from headway.clients.helm.storage import StoredRevision
from headway.decide.review.evidence import Evidence, markdown
from headway.decide.review.plan import Plan
from headway.model.record import Cause
from headway.model.tests import TestResult
from headway.workspace import evidence as evidence_of
from headway.workspace.release_context import ReleaseContext
from tasks.whole import whole_task


@whole_task("Collect evidence")
def collect_evidence(
    context: ReleaseContext,
    history: Sequence[StoredRevision],
    revision: int,
    *,
    version: str,
    failure: str,
    cause: Cause,
    plan: Plan | None = None,
    tests: Sequence[TestResult] = (),
    secrets: Sequence[str] = (),
    has_read: Callable[[], None] = lambda: None,
) -> None:
    """Leave artifact `<application>-<environment>-evidence`: failing parts, logs, events, the change that caused it.

    `secrets`: those of what was released, where `history` was read before it. `has_read` is called when the cluster is not
    needed any more.
    """
    ref = context.ref
    collected = evidence_of.collect(context.helm, revision, history, tests)
    has_read()
    evidence = Evidence(
        ref=ref,
        version=version,
        failure=failure,
        cause=cause,
        parts=collected.parts,
        events=collected.events,
        plan=plan,
    )
    create_markdown_artifact(
        markdown=markdown(evidence, secrets=(*secrets, *context.helm.secrets_of(history))),
        key=f"{ref.application}-{ref.environment}-evidence",
        description=f"Why {version} (revision {revision}) failed in {ref.environment}",
    )
