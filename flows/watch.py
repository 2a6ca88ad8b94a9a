"""watch: the same look as every event asks for, on a schedule, at all applications: a lost event costs minutes, no more.

One that finds another at work leaves the look to it. Prefect's own limit of a deployment would do that too, but its slots are
held in the server's memory: where the server dies meanwhile, a slot is never given back, and no watch would ever run again.

A few applications are looked at beside each other, in an order that chance decides anew each time: a host that hangs keeps few
others waiting, never the same, and those that share a host, whose names are often alike, do not come to it one behind the other.
What all of them ask Prefect is asked once, and none has a run of its own: what is done for one is done within this run, which
logs it under the application's name, and leaves its report where that says anything new.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from functools import cache

from prefect import flow, get_client, runtime
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import BlockDocument, FlowRun, State, StateType
from prefect.logging import get_run_logger
from prefect.states import Completed

from blocks import looking
from blocks.application import Application
from blocks.site import Site
from flows import block_documents, flow_runs, reporting
from flows.deliver import DELIVERY, delivered
from headway.clients import hosts, together
from headway.decide.review import watch_message
from headway.errors import HeadwayError, Retryable
from headway.model import run_names

AT_WORK = timedelta(minutes=15)
"""A run that has been running for longer is not waited for: nobody says whether its machine is there still, and two looks at
the same time do no harm."""
AT_ONCE = 8
"""Applications that are looked at beside each other: most of a look is waiting for others."""


@flow(name="watch", flow_run_name=run_names.WATCH)
def watch() -> State[None] | None:
    """Deliver every registered application. One that fails does not hold up the others."""
    if other := _at_work():
        return Completed(name=flow_runs.HANDED_OVER, message=f"{other.name!r} ({other.id}) is at work.")
    with get_client(sync_client=True) as client:
        # Of applications and sites their names, and then what is saved of them.
        saved = cache(lambda slug: block_documents.every(client, slug, secrets=True))
        names = registered(saved)
        with hosts.polling(), looking.together(saved, places=len(names)):
            failed = _looked_at(random.sample(names, len(names)))
    get_run_logger().info("Looked at %s", ", ".join(names) or "no application: none is registered")
    if failed:
        in_order = {name: failed[name] for name in names if name in failed}
        raise Retryable(watch_message.told(in_order), where="watch")
    return None


def _looked_at(names: Sequence[str]) -> Mapping[str, str]:
    """Why, by name, of those that could not be delivered whole; begun in that order."""
    before = reporting.last_reports(names, DELIVERY)
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="watch")
    try:
        # Prefect finds the run that this is part of by the context, which a new thread lacks.
        begun = {name: pool.submit(copy_context().run, _look, name, before.get(name)) for name in names}
        return {name: why for name, each in begun.items() if (why := each.result())}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _look(name: str, before: str | None) -> str:
    """Why it could not be delivered whole; empty where it could. Raises nothing: it keeps no other from being looked at."""
    try:
        with together.glancing():
            lines = delivered(name)
        reporting.leave_news(name, DELIVERY, lines, before)
    except HeadwayError as error:
        get_run_logger().error("%s: %s", name, error)
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one application
        get_run_logger().exception("%s: it failed for no reason that is known", name)
        return f"{type(error).__name__}: {error}"
    return "; ".join(str(line) for line in lines if line.failed)


def registered(saved: Callable[[str], Iterable[BlockDocument]]) -> list[str]:
    """Names of the Application and Site blocks, sorted. `saved`: the blocks of a kind, by its slug."""
    kinds = [each.get_block_type_slug() for each in (Application, Site)]
    return sorted({document.name for kind in kinds for document in saved(kind) if document.name})


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
