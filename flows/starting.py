"""Starts release runs where something is to be done, each a top-level run: Prefect cannot suspend subflows.

A run for the same package that has not ended is left to do its work; one that still waits for approval of an older package is
superseded. Two starts at once are one, by the idempotency key.
"""

from prefect import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.deployments import run_deployment
from prefect.states import Cancelled

from flows.reconciling import STILL, decide
from headway.clients.release_site import ReleaseSite, Seen
from headway.clients.workspace import Workspace
from headway.decide.release_action import Action
from headway.errors import HeadwayError
from headway.model.report import Line

STAGE = "release"
DEPLOYMENT = "release/release"
UNENDED = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED]


def start_releases(workspace: Workspace) -> list[Line]:
    """One line for each environment. An environment that cannot be looked at does not hold up the others."""
    return [_start(workspace, environment) for environment in workspace.application.environments]


def _start(workspace: Workspace, environment: str) -> Line:
    site = ReleaseSite(workspace, environment)
    try:
        seen = site.observe(drift=False)
    except HeadwayError as error:
        return Line.of_error(STAGE, environment, "could not be looked at", error)
    decision = decide(seen)
    if not seen.observation.reachable:
        return Line(
            STAGE, environment, "could not be looked at", seen.observation.trouble, failed=True, retryable=True
        )
    if decision.action in STILL:
        outcome = "waits" if decision.action is Action.WAIT else seen.state.value
        return Line(STAGE, environment, outcome, decision.why)
    at_work = _unended(site)
    same = [run for run in at_work if _digest_tag(seen) in run.tags]
    if same:
        state = same[0].state_name or ""
        return Line(STAGE, environment, f"{same[0].name!r} is {state.lower()} already", decision.why)
    superseded = [run for run in at_work if run.state_type == StateType.PAUSED]
    for run in superseded:
        _supersede(run, seen)
    started = run_deployment(
        DEPLOYMENT,
        parameters={"application": site.application, "environment": environment},
        tags=[*_tags(site), _digest_tag(seen)],
        idempotency_key=_idempotency_key(site, seen),
        timeout=0,
        as_subflow=False,
    )
    assert isinstance(started, FlowRun)
    return Line(
        STAGE,
        environment,
        f"{decision.action.value} started",
        f"{decision.why} Run {started.id}.",
        changed=True,
    )


def _tags(site: ReleaseSite) -> list[str]:
    return [f"application:{site.application}", f"environment:{site.name}"]


def _digest_tag(seen: Seen) -> str:
    desired = seen.observation.desired
    return f"package:{desired.digest.removeprefix('sha256:')[:16]}" if desired else "package:none"


def _idempotency_key(site: ReleaseSite, seen: Seen) -> str:
    """Two looks at the same world at one time start one run.

    Prefect returns the old run for a known key, whatever became of it, so the minute is part of it: a run that crashed before
    it wrote anything must not keep later ones away. A run too many finds the lease held, or nothing to do.
    """
    attempts = seen.observation.record.attempts if seen.observation.record else ()
    at = attempts[0].started_at.isoformat() if attempts else "first"
    newest = seen.observation.newest
    minute = f"{seen.observation.now:%Y%m%d%H%M}"
    parts = [
        site.application,
        site.name,
        _digest_tag(seen),
        at,
        str(newest.revision if newest else 0),
        minute,
    ]
    return " ".join(parts)


def _unended(site: ReleaseSite) -> list[FlowRun]:
    with get_client(sync_client=True) as client:
        return client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                tags=FlowRunFilterTags(all_=_tags(site)),
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNENDED)),
            )
        )


def _supersede(run: FlowRun, seen: Seen) -> None:
    desired = seen.observation.desired
    message = f"{desired.version} is wanted by now." if desired else "Nothing is to be released any more."
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run.id, Cancelled(name="Superseded", message=message), force=True)
