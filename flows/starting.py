"""Starts release runs where something is to be done, each a top-level run: Prefect cannot suspend subflows.

What a look does about runs that have not ended is decided in headway.decide.release_start. Two starts at once are one, by
the idempotency key.
"""

from datetime import timedelta

from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment

from flows import release_runs
from flows.reconciling import CHANGES, STILL, decide
from headway.clients.release_site import ReleaseSite, Seen
from headway.clients.workspace import Workspace
from headway.decide import release_start
from headway.decide.release_action import Action, Decision
from headway.decide.release_start import Start
from headway.errors import HeadwayError
from headway.model.application import seconds
from headway.model.report import Line

STAGE = "release"


def start_releases(workspace: Workspace) -> list[Line]:
    """One line for each environment. An environment that cannot be looked at does not hold up the others."""
    return [start_release(ReleaseSite(workspace, name)) for name in workspace.application.environments]


def start_release(site: ReleaseSite) -> Line:
    """Start a run where there is something to do and nobody at it; end runs that wait for what is not wanted any more."""
    try:
        # As whoever holds the lease would see it: a run that died inside Helm left a lock that only a run takes away.
        seen = site.observe(lease_ours=True)
        decision = decide(seen)
        start = _start(site, seen, decision)
    except HeadwayError as error:
        return Line.of_error(STAGE, site.name, "could not be looked at", error)
    if not seen.observation.reachable:
        trouble = seen.observation.trouble
        return Line(STAGE, site.name, "could not be looked at", trouble, failed=True, retryable=True)
    release_runs.supersede(start.superseded, seen)
    if not start.begins:
        outcome = "waits" if decision.action is Action.WAIT else seen.state.value
        return Line(STAGE, site.name, outcome, start.why or decision.why)
    run = _run(site, seen)
    return Line(
        STAGE, site.name, f"{decision.action.value} started", f"{decision.why} Run {run.id}.", changed=True
    )


def _start(site: ReleaseSite, seen: Seen, decision: Decision) -> Start:
    if decision.action is Action.WAIT:
        return Start(False)
    runs = release_runs.unended_or_rejected(site)
    if decision.action in STILL:
        return release_start.nothing_to_release(runs)
    now, package = seen.observation.now, release_runs.package(seen)
    lease_held = bool(runs) and site.lease.is_held()
    if decision.action not in CHANGES or seen.observation.desired is None:
        return release_start.repair(runs, package, lease_held=lease_held, now=now)
    return release_start.release(
        runs,
        package,
        offered_at=seen.observation.desired.created,
        settle=timedelta(seconds=seconds(site.environment.settle)),
        lease_held=lease_held,
        now=now,
    )


def _run(site: ReleaseSite, seen: Seen) -> FlowRun:
    started = run_deployment(
        release_runs.DEPLOYMENT,
        parameters={"application": site.application, "environment": site.name},
        tags=release_runs.tags(site, seen),
        idempotency_key=_idempotency_key(site, seen),
        timeout=0,
        as_subflow=False,
    )
    assert isinstance(started, FlowRun)
    return started


def _idempotency_key(site: ReleaseSite, seen: Seen) -> str:
    """Two looks at the same world at one time start one run.

    Prefect returns the old run for a known key, whatever became of it, so the minute is part of it: a run that crashed before
    it wrote anything must not keep later ones away. A run too many finds the lease held, or nothing to do.
    """
    attempts = seen.observation.record.attempts if seen.observation.record else ()
    at = attempts[0].started_at.isoformat() if attempts else "first"
    newest = seen.observation.newest
    minute = f"{seen.observation.now:%Y%m%d%H%M}"
    revision = newest.revision if newest else 0
    return f"{site.application} {site.name} {release_runs.package(seen)} {at} {revision} {minute}"
