"""Run the tests of what is deployed: the chart's own (helm test) and the Jobs that headway.yaml declares."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from headway.clients.helm.release_tests import run_helm_tests
from headway.clients.kubernetes.jobs import ClusterJobs
from headway.decide.release import blame, failure_cause
from headway.decide.release.failure_cause import Cause
from headway.decide.release.observation import ReleaseFingerprint
from headway.decide.review import tests_markdown
from headway.decide.review.plan import Plan
from headway.errors import Terminal, Unreachable
from headway.model.application import ClusterTest
from headway.model.tests import TestReport, TestResult
from headway.workspace.release_content import ReleaseContent
from headway.workspace.release_context import ReleaseContext, Seen
from tasks.best_effort import best_effort
from tasks.collect_evidence import collect_evidence

HELM_TEST_TIMEOUT = timedelta(minutes=5)


@task(cache_policy=NO_CACHE, task_run_name="Run the tests")
def run_tests(context: ReleaseContext, seen: Seen, plan: Plan | None = None) -> str:
    """Test the deployed revision and write what follows into the record; returns a sentence.

    Leaves artifact `<application>-<environment>-tests`. Raises LeaseLost, Unreachable.
    """
    observation = seen.observation
    deployed, running = observation.deployed, observation.running
    assert deployed
    assert running
    revision = deployed.revision
    content, unread = _content(context, seen, running)
    results, failure = _run(context, content.tests if content else (), revision)
    with best_effort("report of the tests"):
        _leave_report(context, running.version, revision, results, failure, unread)
    now = datetime.now(UTC)
    if not failure:
        return context.judge(lambda record: blame.tests_passed(record, running, revision, now=now)).sentence
    cause = _cause(results, failure)
    is_experiment = observation.runs_rollback_target and observation.suspect is not None
    if not is_experiment:
        with best_effort("evidence"):
            collect_evidence(
                context,
                content,
                revision,
                version=running.version,
                failure=failure,
                cause=cause,
                plan=plan,
                tests=results,
            )
    return context.judge(
        lambda record: blame.tests_failed(record, running, revision, cause=cause, reason=failure, now=now)
    ).sentence


def _content(
    context: ReleaseContext, seen: Seen, running: ReleaseFingerprint
) -> tuple[ReleaseContent | None, str]:
    """Of what runs; None, and why, where its package cannot be read: then nobody knows which Jobs it declares."""
    if seen.content and seen.content.package.digest == running.chart_digest:
        return seen.content, ""
    try:
        return context.content_of(running), ""
    except Terminal as error:
        return None, str(error)
    except Unreachable as error:
        raise Unreachable(
            f"{running.version} runs and is not tested yet: {error.what}",
            where=error.where,
            next_step="The next look tests it.",
        ) from error


def _run(
    context: ReleaseContext, declared: Sequence[ClusterTest], revision: int
) -> tuple[list[TestResult], str]:
    """Results, and in one sentence what failed; empty where nothing did."""
    report: TestReport = run_helm_tests(context.helm, HELM_TEST_TIMEOUT)
    results = list(report.results)
    if report.passed:
        jobs = ClusterJobs(context.cluster, context.namespace, context.release)
        for test in declared:
            results.append(jobs.run(test, revision, context.check))
            if not results[-1].passed:
                break
    failed = [result for result in results if not result.passed]
    names = {test.name for test in declared}
    sentences = [
        f"{'Job' if each.name in names else 'test'} {each.name} failed in pod {each.pod}: "
        f"{each.reason or 'see its log'}"
        for each in failed
    ]
    return results, "; ".join(sentences) or report.failure


def _cause(results: list[TestResult], failure: str) -> Cause:
    """A test that ran and said no speaks of the version; one that could not run may lack its surroundings."""
    ran = any(not each.passed and each.log for each in results)
    return "version" if ran else failure_cause.classify(failure)[0]


def _leave_report(
    context: ReleaseContext, version: str, revision: int, results: list[TestResult], failure: str, unread: str
) -> None:
    report = tests_markdown.markdown(
        title=f"{context.application} in {context.name}: tests of {version}, revision {revision}",
        rows=[(each.name, each.passed, each.seconds, each.pod, each.reason) for each in results],
        failure=failure,
    )
    if unread:
        report += f"\nOnly the chart's own tests were run. Its package cannot be read: {unread}\n"
    create_markdown_artifact(
        markdown=report,
        key=f"{context.application}-{context.name}-tests",
        description=f"Tests of {version} in {context.name}",
    )
