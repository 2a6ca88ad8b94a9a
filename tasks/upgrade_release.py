"""Upgrade a release (or install it): the attempt is written first, then Helm runs with our watcher beside it."""

from dataclasses import replace
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.clients.helm_release import Rendered
from headway.clients.release_site import ReleaseSite, Seen
from headway.decide import blame, failure_cause, release_record
from headway.decide.failure_cause import Cause
from headway.decide.plan import Plan
from headway.errors import Conflict, HeadwayError
from tasks.best_effort import best_effort
from tasks.collect_evidence import collect_evidence


@task(cache_policy=NO_CACHE, task_run_name="Upgrade the release")
def upgrade_release(site: ReleaseSite, seen: Seen, plan: Plan, rendered: Rendered) -> str:
    """Bring what is desired into the cluster; returns a sentence. A failure is written into the record, not raised.

    Raises Conflict where another Helm run came first, LeaseLost.
    """
    content = seen.content
    assert content
    assert seen.observation.wanted
    # Before the first change the look had no stored key to digest the values with.
    values_digest = content.values_digest(site.made_key().value)
    wanted = replace(seen.observation.wanted, values_digest=values_digest)
    revision, begun_at = seen.next_revision, datetime.now(UTC)

    def failed(revision: int, cause: Cause, reason: str) -> str:
        now = datetime.now(UTC)
        return site.judge(
            lambda record: blame.release_failed(record, wanted, revision, cause=cause, reason=reason, now=now)
        ).sentence

    site.change(lambda record: release_record.attempted(record, wanted, revision=revision, now=begun_at))
    try:
        with content.files() as files:
            outcome = site.helm.upgrade(content.package, files, site.timeout, site.helm.watch(rendered))
    except Conflict:
        raise
    except HeadwayError as error:
        return failed(revision, failure_cause.of_error(error), str(error))
    ended_at = datetime.now(UTC)
    if outcome.succeeded:
        site.change(lambda record: release_record.deployed(record, outcome.revision, now=ended_at))
        return f"{wanted.version} is deployed as revision {outcome.revision} after {outcome.seconds:.1f} s"
    with best_effort("evidence"):
        collect_evidence(
            site,
            content,
            outcome.revision,
            version=wanted.version,
            failure=outcome.failure,
            cause=outcome.cause,
            plan=plan,
        )
    return failed(outcome.revision, outcome.cause, outcome.failure)
