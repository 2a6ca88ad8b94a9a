"""Upgrade a release (or install it): the attempt is written first, then Helm runs with our watcher beside it."""

from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.clients.helm_release import Rendered
from headway.clients.release_site import ReleaseSite, Seen
from headway.decide import blame, failure_cause, release_record
from headway.decide.plan import Plan
from headway.errors import Conflict, HeadwayError
from tasks.collect_evidence import collect_evidence


@task(cache_policy=NO_CACHE, task_run_name="Upgrade the release")
def upgrade_release(site: ReleaseSite, seen: Seen, plan: Plan, rendered: Rendered) -> str:
    """Bring what is desired into the cluster; returns a sentence. A failure is written into the record, not raised.

    Raises Conflict where another Helm run came first, LeaseLost.
    """
    observation, content = seen.observation, seen.content
    wanted = observation.wanted
    assert content
    assert wanted
    revision = seen.next_revision
    record = release_record.attempted(site.begun(seen), wanted, revision=revision, now=datetime.now(UTC))
    version = site.write(record, seen.record_version)
    try:
        with content.files() as files:
            outcome = site.helm.upgrade(content.package, files, site.timeout, site.helm.watch(rendered))
    except Conflict:
        raise
    except HeadwayError as error:
        cause = failure_cause.of_error(error)
        judgement = blame.release_failed(
            record, wanted, revision, cause=cause, reason=str(error), now=datetime.now(UTC)
        )
        site.write(judgement.record, version)
        return judgement.sentence
    if outcome.succeeded:
        site.write(release_record.deployed(record, outcome.revision, now=datetime.now(UTC)), version)
        return f"{wanted.version} is deployed as revision {outcome.revision} after {outcome.seconds:.1f} s"
    cause, _ = failure_cause.classify(outcome.failure)
    collect_evidence(
        site,
        content,
        outcome.revision,
        version=wanted.version,
        failure=outcome.failure,
        cause=cause,
        plan=plan,
    )
    judgement = blame.release_failed(
        record, wanted, outcome.revision, cause=cause, reason=outcome.failure, now=datetime.now(UTC)
    )
    site.write(judgement.record, version)
    return judgement.sentence
