"""Roll a release back: to last good, to what a person named, or away, where a first install failed."""

from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.clients.helm_release import Outcome
from headway.clients.release_site import ReleaseSite, Seen
from headway.decide import blame, failure_cause, release_record
from headway.decide.release_observation import Content
from headway.decide.rollback_target import Target
from headway.errors import Conflict, HeadwayError
from headway.model.record import Good, ReleaseRecord


@task(cache_policy=NO_CACHE, task_run_name="Roll the release back")
def roll_back_release(site: ReleaseSite, seen: Seen, target: Target) -> str:
    """Go back; returns a sentence. A failure is written into the record, not raised.

    Raises Conflict where another Helm run came first, LeaseLost.
    """
    if target.good is None:
        site.helm.uninstall(site.timeout)
        site.write(release_record.uninstalled(site.begun(seen)), seen.record_version)
        return target.sentence
    good = target.good
    content = Content(good.chart_digest, good.values_digest, good.version)
    revision = seen.next_revision
    record = release_record.attempted(
        site.begun(seen), content, revision=revision, now=datetime.now(UTC), kind="rollback"
    )
    version = site.write(record, seen.record_version)
    try:
        outcome = _go_back(site, target, good)
    except Conflict:
        raise
    except HeadwayError as error:
        cause = failure_cause.of_error(error)
        return _write_failure(site, record, version, content, revision, cause, str(error))
    if not outcome.succeeded:
        cause, _ = failure_cause.classify(outcome.failure)
        return _write_failure(site, record, version, content, outcome.revision, cause, outcome.failure)
    site.write(release_record.deployed(record, outcome.revision, now=datetime.now(UTC)), version)
    return f"{target.sentence} It runs as revision {outcome.revision} after {outcome.seconds:.1f} s."


def _go_back(site: ReleaseSite, target: Target, good: Good) -> Outcome:
    if target.how == "revision":
        watcher = site.helm.watch_revision(target.revision)
        return site.helm.rollback(target.revision, site.timeout, watcher, why=good.version)
    content = site.content_by_digest(good.chart_digest)
    with content.files() as files:
        return site.helm.upgrade(content.package, files, site.timeout)


def _write_failure(
    site: ReleaseSite,
    record: ReleaseRecord,
    version: str,
    content: Content,
    revision: int,
    cause: failure_cause.Cause,
    reason: str,
) -> str:
    judgement = blame.release_failed(
        record, content, revision, cause=cause, reason=reason, now=datetime.now(UTC)
    )
    site.write(judgement.record, version)
    return judgement.sentence
