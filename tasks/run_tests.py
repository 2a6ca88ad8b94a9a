"""Run the tests of what is deployed: the chart's own (helm test) and the Jobs that headway.yaml declares."""

from prefect.artifacts import create_markdown_artifact

from headway.decide.release.actions import Test
from headway.decide.release.results import ActionResult
from headway.decide.review import tests_markdown
from headway.decide.review.plan import Plan
from headway.model.record import Cause
from headway.model.tests import TestReport
from headway.workspace import declared_tests, release_actions
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_context import ReleaseContext, Seen
from tasks.best_effort import best_effort
from tasks.collect_evidence import FailedRevision, begin_collecting
from tasks.whole import whole_task


@whole_task("Run the tests")
def run_tests(held: HeldRelease, seen: Seen, action: Test, plan: Plan | None = None) -> ActionResult:
    """Test the deployed revision and write what follows into the record. `plan`: what this pass has released, if anything.

    Needs the cluster alone. Leaves artifact `<application>-<environment>-tests` of any there are. Raises LeaseLost, Unreachable.
    """
    version, revision = action.fingerprint.version, action.deployed.revision
    declared = declared_tests.of(seen.stored(revision))

    def run() -> TestReport:
        report = held.run_tests(revision, declared.jobs, seen, in_turn=declared.in_turn)
        if report.results or report.notes or declared.unread:
            with best_effort("report of the tests"):
                _leave_report(held.context, version, revision, report, declared.unread)
        return report

    def before_judgement(report: TestReport, cause: Cause) -> None:
        if action.is_experiment:
            return
        failed = FailedRevision(revision, version, report.sentence, cause, plan=plan, tests=report.results)
        begin_collecting(held, seen, failed)

    return release_actions.test(
        held,
        action,
        run,
        still_deployed=lambda: held.still_deployed(revision),
        before_judgement=before_judgement,
    )


@whole_task("Run the tests")
def test_once_more(held: HeldRelease, seen: Seen) -> TestReport:
    """Of what is deployed; the release record stays as it is. Leaves the same artifact. Raises LeaseLost, Unreachable."""
    stored = seen.deployed
    assert stored, "whoever calls it has looked"
    declared = declared_tests.of(stored)
    report = held.run_tests(stored.revision, declared.jobs, seen, in_turn=declared.in_turn)
    with best_effort("report of the tests"):
        _leave_report(held.context, stored.chart_version, stored.revision, report, declared.unread)
    return report


def _leave_report(
    context: ReleaseContext, version: str, revision: int, report: TestReport, unread: str
) -> None:
    ref = context.ref
    text = tests_markdown.markdown(f"{ref}: tests of {version}, revision {revision}", report)
    if unread:
        text += f"\nOnly the chart's own tests were run: {unread}.\n"
    create_markdown_artifact(
        markdown=text,
        key=f"{ref.application}-{ref.environment}-tests",
        description=f"Tests of {version} in {ref.environment}",
    )
