"""run-tests: a person has what runs tested once more. What the tests say is told, and nothing follows from it."""

from contextlib import suppress
from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from blocks.opening import open_workspace
from flows import tagging, turns
from flows.contexts import open_release
from flows.release import A_PERSON
from flows.reporting import teller
from flows.run_values import keep
from flows.starting import start_release
from headway.clients.kubernetes.lease import HandedOver
from headway.decide.release import standing_orders
from headway.decide.review import tests_values
from headway.errors import Conflict, Refused, Unreachable
from headway.model import run_names
from headway.model.audit import Said
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_context import Look, ReleaseContext, Seen
from tasks.run_tests import test_once_more


@flow(name="run-tests", flow_run_name=run_names.RUN_TESTS)
def run_tests(application: str, environment: str, by: str = A_PERSON, reason: str = "") -> State:
    """Run the tests of what is deployed: the chart's own and the Jobs of headway.yaml.

    Under the lease, so that nothing is released meanwhile. Of the release record only the audit changes, where somebody is named
    or says why: no version is barred, gone back from, or called good for it.

    Args:
        application: Name of the Application block.
        environment: Name of the environment in headway.yaml.
        by: Who asks, for the record.
        reason: Why, for the record.
    """
    tagging.by_place()
    context = open_release(open_workspace(application, or_last_seen=True), environment)
    lease = turns.take(context)
    if isinstance(lease, HandedOver):
        raise Conflict(
            f"{lease.holder} is at work on it",
            where=str(context.ref),
            next_step="Test it when that has ended.",
        )
    asked_meanwhile = False
    with lease as held:
        seen = _deployed(context)
        if by != A_PERSON or reason.strip():
            _write_down(context, seen, by.strip() or A_PERSON, reason.strip())
        report = test_once_more(HeldRelease(context, held.ensure_held, teller()), seen)
        while held.release():
            asked_meanwhile = True
    if asked_meanwhile:
        start_release(context)
    version = seen.deployed.chart_version if seen.deployed else ""
    keep("tests", tests_values.values(report, version))
    if report.passed:
        return Completed(name="Tested", message=f"The tests of {version} pass.")
    return Failed(
        name="Tests failed", message=f"Of {version}: {report.sentence}. Nothing was changed for it."
    )


def _write_down(context: ReleaseContext, seen: Seen, by: str, reason: str) -> None:
    """Where there is a record: one would make ours what somebody released by hand."""
    running, deployed = seen.observation.running, seen.observation.deployed
    digest, version = (running.chart_digest if running else ""), (deployed.chart_version if deployed else "")
    said = Said(by, reason or "tests were started by hand", datetime.now(UTC), context.run)
    with suppress(Unreachable):
        if context.store.read()[0]:
            context.update_record(
                lambda record: standing_orders.asked_for(
                    record, "tests-started", said, version=version, digest=digest
                )
            )


def _deployed(context: ReleaseContext) -> Seen:
    """Raises Refused where nothing is, Unreachable."""
    seen = context.observe(Look.WAY_BACK)
    if not seen.observation.reachable:
        raise Unreachable(seen.observation.trouble, where=str(context.ref))
    if seen.deployed is None or seen.deployed.revision != seen.history[0].revision:
        raise Refused(
            "its newest revision is not deployed: there is nothing to test",
            where=str(context.ref),
            next_step=f"headway status {context.ref.application} shows what is.",
        )
    return seen
