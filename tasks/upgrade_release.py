"""Upgrade a release (or install it): the attempt is written first, then Helm runs with our watcher beside it."""

from dataclasses import replace
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.clients.helm.release import Rendered
from headway.decide.release import blame, failure_cause, transitions
from headway.decide.release.failure_cause import Cause
from headway.decide.review.plan import Plan
from headway.errors import Conflict, HeadwayError
from headway.workspace.release_context import ReleaseContext, Seen
from tasks.best_effort import best_effort
from tasks.collect_evidence import collect_evidence


@task(cache_policy=NO_CACHE, task_run_name="Upgrade the release")
def upgrade_release(context: ReleaseContext, seen: Seen, plan: Plan, rendered: Rendered) -> str:
    """Bring what is desired into the cluster; returns a sentence. A failure is written into the record, not raised.

    Raises Conflict where another Helm run came first, LeaseLost.
    """
    content = seen.content
    assert content
    assert seen.observation.wanted
    # Before the first change the look had no stored key to digest the values with.
    values_digest = content.values_digest(context.made_key().value)
    wanted = replace(seen.observation.wanted, values_digest=values_digest)
    revision, begun_at = seen.next_revision, datetime.now(UTC)

    def failed(revision: int, cause: Cause, reason: str) -> str:
        now = datetime.now(UTC)
        return context.judge(
            lambda record: blame.release_failed(record, wanted, revision, cause=cause, reason=reason, now=now)
        ).sentence

    context.change(lambda record: transitions.attempted(record, wanted, revision=revision, now=begun_at))
    try:
        with content.files() as files:
            outcome = context.helm.upgrade(
                content.package, files, context.timeout, context.helm.watch(rendered)
            )
    except Conflict:
        raise
    except HeadwayError as error:
        return failed(revision, failure_cause.of_error(error), str(error))
    ended_at = datetime.now(UTC)
    if outcome.succeeded:
        context.change(lambda record: transitions.deployed(record, outcome.revision, now=ended_at))
        return f"{wanted.version} is deployed as revision {outcome.revision} after {outcome.seconds:.1f} s"
    with best_effort("evidence"):
        collect_evidence(
            context,
            content,
            outcome.revision,
            version=wanted.version,
            failure=outcome.failure,
            cause=outcome.cause,
            plan=plan,
        )
    return failed(outcome.revision, outcome.cause, outcome.failure)
