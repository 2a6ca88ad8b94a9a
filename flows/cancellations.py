"""What people mean by cancelling a release run in Prefect, written where it lasts: into the release record.

Nothing tells us of a cancellation for certain: the process gets a signal, or is killed, and a hook may never run. So each look
asks Prefect for cancelled runs, writes down what they mean, and names them so that they are found only once.
"""

from datetime import UTC, datetime, timedelta

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort

from blocks import looking
from flows import approval, ended_environments, flow_runs, release_runs
from flows.contexts import open_release
from headway.decide.release import advice, cancellation, standing_orders
from headway.decide.release.approval import PATIENCE
from headway.decide.release.cancellation import Cancellation, RunState
from headway.model import run_parameters
from headway.model.audit import Said
from headway.model.record import ReleaseRecord
from headway.workspace.release_context import ReleaseContext

_FLOWS = ("release", "release-many", "roll-back")
"""Names of the flows that act on a release, and of their deployments."""
_ENDED = ("Cancelled", "Crashed")
_NOT_NAMED_YET = ("Cancelling", *_ENDED)
_REMEMBERED = timedelta(days=7)
"""A cancellation that no look has seen for so long is over."""


def heed(context: ReleaseContext) -> None:
    """Freeze the environment where a run of it was cancelled at work; name runs that were cancelled while they waited.

    Writes nothing where all that was cancelled is known. Raises what the record raises.
    """
    since = datetime.now(UTC) - _REMEMBERED
    unnamed = [
        run
        for run in looking.once("cancelled runs", _unnamed)
        if release_runs.is_about(run, context) and run.state and run.state.timestamp > since
    ]
    if not unnamed:
        return
    with get_client(sync_client=True) as client:
        found = [(run, _states(client, run)) for run in unnamed]
    for run, states in found:
        match cancellation.of_run(states):
            case Cancellation.STOPS:
                _stop(context, run, states)
            case Cancellation.UNANSWERED:
                approval.asks_no_more(context, str(run.id))
                message = f"Nothing has changed. {advice.release(context.ref)} asks again."
                release_runs.end(str(run.id), release_runs.UNANSWERED, message)
            case Cancellation.NONE:
                pass


def _stop(context: ReleaseContext, run: FlowRun, states: list[RunState]) -> None:
    """All environments that it was about, but those that it had done with. It is named once each of them is stopped: one that
    cannot be written now is stopped by a later look."""
    at = next(state.at for state in states if state.type in cancellation.CANCELLED)
    said = Said("a person", f"run {run.name!r} was cancelled", at, str(run.id))
    stopped = looking.once(("stopped by", run.id), lambda: _stopped(context, run, said))
    if error := stopped.get(context.environment_name):
        raise error
    if not any(stopped.values()) and run.state and run.state.name in _ENDED:
        message = cancellation.stopped(context.ref, tuple(stopped))
        release_runs.end(str(run.id), release_runs.STOPPED, message)


def _stopped(context: ReleaseContext, run: FlowRun, said: Said) -> dict[str, Exception | None]:
    """The environments that are stopped, and why one could not be."""
    stopped: dict[str, Exception | None] = {}
    for name in _not_done_with(context, run):
        there = context if name == context.environment_name else open_release(context.workspace, name)
        try:
            record = there.update_record(lambda record: _stopped_record(record, run, said))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one environment
            stopped[name] = error
        else:
            if standing_orders.is_stopped(record, said.run):
                stopped[name] = None
    return stopped


def _stopped_record(record: ReleaseRecord, run: FlowRun, said: Said) -> ReleaseRecord:
    """Of one of several environments as it is, where its record says that the run had done with it: until the run hears that it
    is to end, and where it ends by itself meanwhile, Prefect does not know."""
    is_of_several = run_parameters.MANY in run.parameters
    about = release_runs.package_of(run)
    if is_of_several and cancellation.had_done_with(record, about, said.run):
        return record
    return standing_orders.stopped(record, said)


def _not_done_with(context: ReleaseContext, run: FlowRun) -> list[str]:
    names = run_parameters.environments(run.parameters)
    done = ended_environments.of_run(run.id) if run_parameters.MANY in run.parameters else frozenset()
    declared = context.workspace.application.environments
    return [name for name in names if name in declared and name not in done]


def _unnamed() -> list[FlowRun]:
    """Of all applications."""
    since = datetime.now(UTC) - _REMEMBERED
    with get_client(sync_client=True) as client:
        runs = flow_runs.every(
            client,
            flow_filter=FlowFilter(name=FlowFilterName(any_=list(_FLOWS))),
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=list(_FLOWS))),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(name=FlowRunFilterStateName(any_=list(_NOT_NAMED_YET))),
                expected_start_time=FlowRunFilterExpectedStartTime(after_=since - PATIENCE),
            ),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        )
        return list(runs)


def _states(client: SyncPrefectClient, run: FlowRun) -> list[RunState]:
    """The oldest first; none where another look has named it since it was found, or it goes on."""
    states = sorted(client.read_flow_run_states(run.id), key=lambda each: each.timestamp)
    if not states or states[-1].name not in _NOT_NAMED_YET:
        return []
    return [RunState(each.type.value, each.timestamp, each.message or "") for each in states]
