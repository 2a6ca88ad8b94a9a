"""Run the tests of what is deployed: the chart's own (helm test) and the Jobs that headway.yaml declares."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from headway.clients.cluster_jobs import ClusterJobs
from headway.clients.helm_tests import TestReport, TestResult, run_helm_tests
from headway.clients.release_content import ReleaseContent
from headway.clients.release_site import ReleaseSite, Seen
from headway.decide import blame, failure_cause, test_report
from headway.decide.failure_cause import Cause
from headway.decide.plan import Plan
from headway.decide.release_observation import Content
from headway.errors import Terminal, Unreachable
from headway.model.application import ClusterTest
from tasks.best_effort import best_effort
from tasks.collect_evidence import collect_evidence

HELM_TEST_TIMEOUT = timedelta(minutes=5)


@task(cache_policy=NO_CACHE, task_run_name="Run the tests")
def run_tests(site: ReleaseSite, seen: Seen, plan: Plan | None = None) -> str:
    """Test the deployed revision and write what follows into the record; returns a sentence.

    Leaves artifact `<application>-<environment>-tests`. Raises LeaseLost, Unreachable.
    """
    observation = seen.observation
    deployed, running = observation.deployed, observation.running
    assert deployed
    assert running
    revision = deployed.revision
    content, unread = _content(site, seen, running)
    results, failure = _run(site, content.tests if content else (), revision)
    with best_effort("report of the tests"):
        _leave_report(site, running.version, revision, results, failure, unread)
    now = datetime.now(UTC)
    if not failure:
        return site.judge(lambda record: blame.tests_passed(record, running, revision, now=now)).sentence
    cause = _cause(results, failure)
    is_experiment = observation.runs_way_back and observation.suspect is not None
    if not is_experiment:
        with best_effort("evidence"):
            collect_evidence(
                site,
                content,
                revision,
                version=running.version,
                failure=failure,
                cause=cause,
                plan=plan,
                tests=results,
            )
    return site.judge(
        lambda record: blame.tests_failed(record, running, revision, cause=cause, reason=failure, now=now)
    ).sentence


def _content(site: ReleaseSite, seen: Seen, running: Content) -> tuple[ReleaseContent | None, str]:
    """Of what runs; None, and why, where its package cannot be read: then nobody knows which Jobs it declares."""
    if seen.content and seen.content.package.digest == running.chart_digest:
        return seen.content, ""
    try:
        return site.content_of(running), ""
    except Terminal as error:
        return None, str(error)
    except Unreachable as error:
        raise Unreachable(
            f"{running.version} runs and is not tested yet: {error.what}",
            where=error.where,
            next_step="The next look tests it.",
        ) from error


def _run(site: ReleaseSite, declared: Sequence[ClusterTest], revision: int) -> tuple[list[TestResult], str]:
    """Results, and in one sentence what failed; empty where nothing did."""
    report: TestReport = run_helm_tests(site.helm, HELM_TEST_TIMEOUT)
    results = list(report.results)
    if report.passed:
        jobs = ClusterJobs(site.cluster, site.namespace, site.release)
        for test in declared:
            results.append(jobs.run(test, revision, site.check))
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
    site: ReleaseSite, version: str, revision: int, results: list[TestResult], failure: str, unread: str
) -> None:
    report = test_report.markdown(
        title=f"{site.application} in {site.name}: tests of {version}, revision {revision}",
        rows=[(each.name, each.passed, each.seconds, each.pod, each.reason) for each in results],
        failure=failure,
    )
    if unread:
        report += f"\nOnly the chart's own tests were run. Its package cannot be read: {unread}\n"
    create_markdown_artifact(
        markdown=report,
        key=f"{site.application}-{site.name}-tests",
        description=f"Tests of {version} in {site.name}",
    )
