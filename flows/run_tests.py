"""run-tests: a person has what runs tested once more. What the tests say is told, and nothing follows from it."""

import socket

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from blocks.opening import open_workspace
from flows.contexts import open_release
from flows.reporting import teller
from flows.starting import start_release
from headway.clients.kubernetes.lease import HandedOver
from headway.errors import Conflict, Refused, Unreachable
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_context import Look, ReleaseContext, Seen
from tasks.run_tests import test_once_more


@flow(name="run-tests", flow_run_name="Test {application} in {environment}")
def run_tests(application: str, environment: str) -> State:
    """Run the tests of what is deployed: the chart's own and the Jobs of headway.yaml.

    Under the lease, so that nothing is released meanwhile; the release record stays as it is: no version is barred, gone back
    from, or called good for it.

    Args:
        application: Name of the Application block.
        environment: Name of the environment in headway.yaml.
    """
    context = open_release(open_workspace(application, or_last_seen=True), environment)
    lease = context.lease.acquire(holder=f"{socket.gethostname()} {context.run}")
    if isinstance(lease, HandedOver):
        raise Conflict(
            f"{lease.holder} is at work on it",
            where=str(context.ref),
            next_step="Test it when that has ended.",
        )
    asked_meanwhile = False
    with lease as held:
        seen = _deployed(context)
        report = test_once_more(HeldRelease(context, held.ensure_held, teller()), seen)
        while held.release():
            asked_meanwhile = True
    if asked_meanwhile:
        start_release(context)
    version = seen.deployed.chart_version if seen.deployed else ""
    if report.passed:
        return Completed(name="Tested", message=f"The tests of {version} pass.")
    return Failed(
        name="Tests failed", message=f"Of {version}: {report.sentence}. Nothing was changed for it."
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
