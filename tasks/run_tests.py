"""Run the tests of what is deployed: the chart's own (helm test) and the Jobs that headway.yaml declares."""

from collections.abc import Callable

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
from tasks.collect_evidence import collect_evidence
from tasks.whole import whole_task


@whole_task("Run the tests")
def run_tests(held: HeldRelease, seen: Seen, action: Test, plan: Plan | None = None) -> ActionResult:
    """Test the deployed revision and write what follows into the record. `plan`: what this pass has released, if anything.

    Needs the cluster alone. Leaves artifact `<application>-<environment>-tests`. Raises LeaseLost, Unreachable.
    """
    declared = declared_tests.of(seen.stored(action.deployed.revision))

    def run() -> TestReport:
        report = held.run_tests(action.deployed.revision, declared.jobs, seen, in_turn=declared.in_turn)
        with best_effort("report of the tests"):
            version, revision = action.fingerprint.version, action.deployed.revision
            _leave_report(held.context, version, revision, report, declared.unread)
        return report

    def before_judgement(report: TestReport, cause: Cause) -> None:
        if action.is_experiment:
            return

        def collect(has_read: Callable[[], None]) -> None:
            with best_effort("evidence"):
                collect_evidence(
                    held.context,
                    seen.history,
                    action.deployed.revision,
                    version=action.fingerprint.version,
                    failure=report.sentence,
                    cause=cause,
                    plan=plan,
                    tests=report.results,
                    has_read=has_read,
                )

        held.beside.begin(collect)

    return release_actions.test(
        held,
        action,
        run,
        still_deployed=lambda: held.still_deployed(action.deployed.revision),
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
