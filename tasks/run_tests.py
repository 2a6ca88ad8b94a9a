"""Run the tests of what is deployed: the chart's own (helm test) and the Jobs that headway.yaml declares."""

from datetime import UTC, datetime, timedelta

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from headway.clients.cluster_jobs import ClusterJobs
from headway.clients.helm_tests import TestReport, TestResult, run_helm_tests
from headway.clients.release_content import ReleaseContent
from headway.clients.release_site import ReleaseSite, Seen
from headway.decide import blame, failure_cause, test_report
from headway.decide.blame import Judgement
from headway.decide.failure_cause import Cause
from headway.decide.plan import Plan
from tasks.collect_evidence import collect_evidence

HELM_TEST_TIMEOUT = timedelta(minutes=5)


@task(cache_policy=NO_CACHE, task_run_name="Run the tests")
def run_tests(site: ReleaseSite, seen: Seen, plan: Plan | None = None) -> str:
    """Test the deployed revision and write what follows into the record; returns a sentence.

    Leaves artifact `<application>-<environment>-tests`. Raises LeaseLost, Unreachable.
    """
    observation = seen.observation
    deployed, running = observation.deployed, observation.running
    assert observation.record
    assert deployed
    assert running
    content = seen.content
    if content is None or content.package.digest != running.chart_digest:
        content = site.content_by_digest(running.chart_digest)
    results, failure = _run(site, content, deployed.revision)
    _leave_report(site, running.version, deployed.revision, results, failure)
    now = datetime.now(UTC)
    if not failure:
        judgement = blame.tests_passed(observation.record, running, deployed.revision, now=now)
    else:
        cause = _cause(results, failure)
        if not observation.runs_last_good:
            collect_evidence(
                site,
                content,
                deployed.revision,
                version=running.version,
                failure=failure,
                cause=cause,
                plan=plan,
                tests=results,
            )
        judgement = _failed(seen, failure, cause, now)
    site.write(judgement.record, seen.record_version)
    return judgement.sentence


def _failed(seen: Seen, failure: str, cause: Cause, now: datetime) -> Judgement:
    observation = seen.observation
    assert observation.record
    assert observation.running
    assert observation.deployed
    return blame.tests_failed(
        observation.record,
        observation.running,
        observation.deployed.revision,
        cause=cause,
        reason=failure,
        now=now,
    )


def _run(site: ReleaseSite, content: ReleaseContent, revision: int) -> tuple[list[TestResult], str]:
    """Results, and in one sentence what failed; empty where nothing did."""
    report: TestReport = run_helm_tests(site.helm, HELM_TEST_TIMEOUT)
    results = list(report.results)
    if report.passed:
        jobs = ClusterJobs(site.cluster, site.namespace, site.release)
        for test in content.tests:
            results.append(jobs.run(test, revision, site.check))
            if not results[-1].passed:
                break
    failed = [result for result in results if not result.passed]
    declared = {test.name for test in content.tests}
    sentences = [
        f"{'Job' if each.name in declared else 'test'} {each.name} failed in pod {each.pod}: "
        f"{each.reason or 'see its log'}"
        for each in failed
    ]
    return results, "; ".join(sentences) or report.failure


def _cause(results: list[TestResult], failure: str) -> Cause:
    """A test that ran and said no speaks of the version; one that could not run may lack its surroundings."""
    ran = any(not each.passed and each.log for each in results)
    return "version" if ran else failure_cause.classify(failure)[0]


def _leave_report(
    site: ReleaseSite, version: str, revision: int, results: list[TestResult], failure: str
) -> None:
    create_markdown_artifact(
        markdown=test_report.markdown(
            title=f"{site.application} in {site.name}: tests of {version}, revision {revision}",
            rows=[(each.name, each.passed, each.seconds, each.pod, each.reason) for each in results],
            failure=failure,
        ),
        key=f"{site.application}-{site.name}-tests",
        description=f"Tests of {version} in {site.name}",
    )
