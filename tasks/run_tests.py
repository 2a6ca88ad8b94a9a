"""Run the tests of what is deployed: the chart's own (helm test) and the Jobs that headway.yaml declares."""

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from headway.decide.release.actions import Test
from headway.decide.release.results import ActionResult
from headway.decide.review import tests_markdown
from headway.decide.review.plan import Plan
from headway.errors import Terminal, Unreachable
from headway.model.record import Cause
from headway.model.tests import TestReport
from headway.workspace import release_actions
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_content import ReleaseContent
from headway.workspace.release_context import ReleaseContext, Seen
from tasks.best_effort import best_effort
from tasks.collect_evidence import collect_evidence


@task(cache_policy=NO_CACHE, task_run_name="Run the tests")
def run_tests(held: HeldRelease, seen: Seen, action: Test, plan: Plan | None = None) -> ActionResult:
    """Test the deployed revision and write what follows into the record. `plan`: what this pass has released, if anything.

    Leaves artifact `<application>-<environment>-tests`. Raises LeaseLost, Unreachable.
    """
    content, unread = _content(held.context, seen, action)

    def run() -> TestReport:
        declared = content.tests if content else ()
        report = held.run_tests(action.deployed.revision, declared, seen)
        with best_effort("report of the tests"):
            _leave_report(held.context, action, report, unread)
        return report

    def before_judgement(report: TestReport, cause: Cause) -> None:
        if action.is_experiment:
            return
        with best_effort("evidence"):
            collect_evidence(
                held.context,
                content,
                seen.history,
                action.deployed.revision,
                version=action.fingerprint.version,
                failure=report.sentence,
                cause=cause,
                plan=plan,
                tests=report.results,
            )

    return release_actions.test(
        held,
        action,
        run,
        still_deployed=lambda: held.still_deployed(action.deployed.revision),
        before_judgement=before_judgement,
    )


def _content(context: ReleaseContext, seen: Seen, action: Test) -> tuple[ReleaseContent | None, str]:
    """Of what runs; None, and why, where its package cannot be read: then nobody knows which Jobs it declares."""
    running = action.fingerprint
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


def _leave_report(context: ReleaseContext, action: Test, report: TestReport, unread: str) -> None:
    ref, version, revision = context.ref, action.fingerprint.version, action.deployed.revision
    text = tests_markdown.markdown(f"{ref}: tests of {version}, revision {revision}", report)
    if unread:
        text += f"\nOnly the chart's own tests were run. Its package cannot be read: {unread}\n"
    create_markdown_artifact(
        markdown=text,
        key=f"{ref.application}-{ref.environment}-tests",
        description=f"Tests of {version} in {ref.environment}",
    )
