"""Roll a release back: to last good, to what a person named, or away, where a first install failed."""

from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.clients.helm.release import Outcome
from headway.decide.release import blame, failure_cause, transitions
from headway.decide.release.failure_cause import Cause
from headway.decide.release.observation import ReleaseFingerprint
from headway.decide.release.rollback_target import Target
from headway.errors import Conflict, HeadwayError
from headway.model.record import Good
from headway.workspace.release_context import ReleaseContext, Seen


@task(cache_policy=NO_CACHE, task_run_name="Roll the release back")
def roll_back_release(context: ReleaseContext, seen: Seen, target: Target) -> str:
    """Go back; returns a sentence. A failure is written into the record, not raised.

    Raises Conflict where another Helm run came first, LeaseLost.
    """
    if target.good is None:
        context.helm.uninstall(context.timeout)
        context.change(transitions.uninstalled)
        return target.sentence
    good = target.good
    content = ReleaseFingerprint(good.chart_digest, good.values_digest, good.version)
    revision, begun_at = seen.next_revision, datetime.now(UTC)

    def failed(revision: int, cause: Cause, reason: str) -> str:
        now = datetime.now(UTC)
        return context.judge(
            lambda record: blame.release_failed(
                record, content, revision, cause=cause, reason=reason, now=now
            )
        ).sentence

    context.change(
        lambda record: transitions.attempted(
            record, content, revision=revision, now=begun_at, kind="rollback"
        )
    )
    try:
        outcome = _go_back(context, target, good)
    except Conflict:
        raise
    except HeadwayError as error:
        return failed(revision, failure_cause.of_error(error), str(error))
    ended_at = datetime.now(UTC)
    if not outcome.succeeded:
        return failed(outcome.revision, outcome.cause, outcome.failure)
    context.change(lambda record: transitions.deployed(record, outcome.revision, now=ended_at))
    return f"{target.sentence} It runs as revision {outcome.revision} after {outcome.seconds:.1f} s."


def _go_back(context: ReleaseContext, target: Target, good: Good) -> Outcome:
    helm = context.helm
    if target.how == "revision":
        watcher = helm.watch_revision(target.revision)
        return helm.rollback(target.revision, context.timeout, watcher, why=good.version)
    content = context.content_of(good)
    with content.files() as files:
        watcher = helm.watch(helm.render(content.package, files))
        return helm.upgrade(content.package, files, context.timeout, watcher)
