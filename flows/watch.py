"""watch: the same look as every event asks for, on a schedule, at all applications: a lost event costs minutes, no more.

One that finds another at work leaves the look to it. Prefect's own limit of a deployment would do that too, but its slots are
held in the server's memory: where the server dies meanwhile, a slot is never given back, and no watch would ever run again.

A few applications are looked at beside each other, in an order that chance decides anew each time: a host that hangs keeps few
others waiting, never the same, and those that share a host, whose names are often alike, do not come to it one behind the other.
What all of them ask Prefect is asked once.
"""

import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta

from prefect import flow, get_client, runtime
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.logging import get_run_logger
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed

from blocks import looking
from blocks.application import Application
from blocks.site import Site
from flows import block_documents, flow_runs
from flows.deliver import deliver
from headway.clients import hosts
from headway.errors import Retryable

AT_WORK = timedelta(minutes=15)
"""A run that has been running for longer is not waited for: nobody says whether its machine is there still, and two looks at
the same time do no harm."""
AT_ONCE = 4
"""Applications that are looked at beside each other."""


@flow(name="watch", flow_run_name="Watch all applications")
def watch() -> State[None] | None:
    """Deliver every registered application. One that fails does not hold up the others."""
    if other := _at_work():
        return Completed(name=flow_runs.HANDED_OVER, message=f"{other.name!r} ({other.id}) is at work.")
    names = registered()
    with (
        hosts.polling(),
        get_client(sync_client=True) as client,
        looking.together(lambda slug: block_documents.every(client, slug, secrets=True)),
        # This run's own heartbeats say that the process lives; those of each delivery would be waited for, a second at its end.
        temporary_settings(updates={PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        states = _delivered(random.sample(names, len(names)))
    failed = [name for name in names if not states[name].is_completed()]
    get_run_logger().info("Looked at %s", ", ".join(names) or "no application: none is registered")
    if failed:
        raise Retryable(
            f"{', '.join(failed)} could not be delivered whole", where="watch", next_step="See its run."
        )
    return None


def _delivered(names: Sequence[str]) -> Mapping[str, State[None]]:
    """By name; begun in that order."""
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="watch")
    try:
        # Prefect finds the run that this is part of by the context, which a new thread lacks.
        begun = {name: pool.submit(copy_context().run, _look, name) for name in names}
        return {name: each.result() for name, each in begun.items()}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _look(name: str) -> State[None]:
    return deliver(name, return_state=True)


def registered() -> list[str]:
    """Names of the Application and Site blocks, sorted."""
    with get_client(sync_client=True) as client:
        documents = [
            document
            for kind in (Application, Site)
            for document in block_documents.every(client, kind.get_block_type_slug())
        ]
    return sorted({document.name for document in documents if document.name})


def _at_work() -> FlowRun | None:
    """Another run of this flow that began before this one, and not too long ago."""
    own = str(runtime.flow_run.id)
    with get_client(sync_client=True) as client:
        running = [
            run
            for run in flow_runs.every(
                client,
                flow_filter=FlowFilter(name=FlowFilterName(any_=["watch"])),
                flow_run_filter=FlowRunFilter(
                    state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING]))
                ),
            )
            if run.state and run.state.timestamp > datetime.now(UTC) - AT_WORK and _is_of_ours(run)
        ]
    first = min(running, key=_began, default=None)
    return first if first and str(first.id) != own else None


def _is_of_ours(run: FlowRun) -> bool:
    """A run of the same deployment; on a server that others use as well, a flow of theirs may be called watch."""
    return str(run.deployment_id or "") == str(runtime.deployment.id or "")


def _began(run: FlowRun) -> tuple[datetime, str]:
    """Two that begin at the same time agree on which of them was first."""
    assert run.state
    return run.state.timestamp, str(run.id)
