"""The release runs of one environment, as Prefect has them: found by their parameters, marked by tags.

A run may release several environments; it is one of each of them.
"""

import threading
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from prefect import get_client, runtime
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateName,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled

from blocks import looking
from flows import flow_runs, run_inputs
from headway.decide.release.starting import ReleaseRun
from headway.model import run_parameters, run_tags
from headway.workspace.release_context import ReleaseContext, Seen

DEPLOYMENT = "release/release"
MANY = "release-many/release-many"
"""Several environments in one run."""
UNENDED = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.PAUSED]
REJECTED = "Rejected"
UNANSWERED = "Not answered"
"""A person cancelled it while it waited for an answer."""
_ANSWERED = {REJECTED: "REJECTED", UNANSWERED: "UNANSWERED"}
ANSWER_REFUSED = "Answer refused"
"""Somebody answered who may not, or not in the release view: it counts for nothing."""
STOPPED = "Stopped"
"""A person cancelled it while it was at work, or about to be: the environment is frozen."""
BY_A_LOOK = "a look"
"""Who started what nobody started by hand, in the record."""
PACKAGE, SHOWN = "package:", "shown:"


def tags(context: ReleaseContext, seen: Seen) -> list[str]:
    """What people filter runs by in Prefect's UI, and what a run is about."""
    return [*_place(context), f"{PACKAGE}{package(seen)}"]


def tags_of_many(contexts: Sequence[ReleaseContext], about: str) -> list[str]:
    """The same of a run of several; `about`: the package of all, as `package` has it."""
    places = dict.fromkeys(tag for context in contexts for tag in _place(context))
    return [*places, f"{PACKAGE}{about}"]


def tags_beside_this(context: ReleaseContext) -> list[str]:
    """Of a run that takes one environment over from this one, which is about several."""
    about = [tag for tag in runtime.flow_run.tags or () if tag.startswith(PACKAGE)]
    return [*_place(context), *about]


def _place(context: ReleaseContext) -> list[str]:
    return [
        run_tags.of_application(context.ref.application),
        run_tags.of_environment(context.environment_name),
    ]


def package(seen: Seen) -> str:
    """The start of the desired package's digest; "none" where nothing is desired."""
    desired = seen.observation.desired
    return desired.digest.removeprefix("sha256:")[:16] if desired else "none"


def package_of(run: FlowRun) -> str:
    """What `package` gave when it was started; empty where it has not looked yet."""
    about = [tag.removeprefix(PACKAGE) for tag in run.tags if tag.startswith(PACKAGE)]
    return about[0] if about else ""


def shown_package() -> str:
    """The package whose plan this run has shown, as the start of its digest; empty where it has asked nobody yet."""
    about = [tag.removeprefix(SHOWN) for tag in runtime.flow_run.tags or () if tag.startswith(SHOWN)]
    return f"sha256:{about[0]}" if about else ""


def waiting(context: ReleaseContext) -> list[ReleaseRun]:
    """Those that have not ended, for whoever starts none: of many looks beside each other, as the first of them saw them."""
    runs = [run for run in looking.once("unended release runs", _unended) if is_about(run, context)]
    return _of(runs)


class KnownRuns:
    """Those of one application, read once, when they are first asked for: a look at its environments lasts moments."""

    def __init__(self, application: str) -> None:
        self._application = application
        self._runs: list[FlowRun] | None = None
        self._lock = threading.Lock()

    def unended_or_answered(self, context: ReleaseContext) -> list[ReleaseRun]:
        """Those that have not ended, and those that ended without a release because of what a person said.

        Also what a person started in the UI or on the command line.
        """
        with self._lock:
            if self._runs is None:
                self._runs = [*_unended(), *_runs(self._answered)]
        return _of([run for run in self._runs if is_about(run, context)])

    @property
    def _answered(self) -> FlowRunFilter:
        return FlowRunFilter(
            state=FlowRunFilterState(name=FlowRunFilterStateName(any_=list(_ANSWERED))),
            # Whoever has asked is tagged, and of these there are more and more.
            tags=FlowRunFilterTags(all_=[run_tags.of_application(self._application)]),
        )


def _unended() -> list[FlowRun]:
    """Of all applications."""
    return _runs(FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNENDED))))


def _runs(wanted: FlowRunFilter) -> list[FlowRun]:
    flows, deployments = zip(*(each.split("/") for each in (DEPLOYMENT, MANY)), strict=True)
    with get_client(sync_client=True) as client:
        return list(
            flow_runs.every(
                client,
                flow_filter=FlowFilter(name=FlowFilterName(any_=list(flows))),
                deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=list(deployments))),
                flow_run_filter=wanted,
                sort=FlowRunSort.START_TIME_DESC,
            )
        )


def _of(runs: list[FlowRun]) -> list[ReleaseRun]:
    if not runs:
        return []
    with get_client(sync_client=True) as client:
        return [_run(client, run) for run in runs]


def others_that_wait(context: ReleaseContext) -> list[ReleaseRun]:
    """Runs of this environment other than this one that wait for an answer."""
    runs = KnownRuns(context.ref.application).unended_or_answered(context)
    return [run for run in runs if run.waits and run.id != context.run]


def is_about(run: FlowRun, context: ReleaseContext) -> bool:
    """Whether a run is one of this environment, alone or among others. A dry one is not: nobody waits for it."""
    about = run_parameters.is_about(run.parameters, context.ref.application, context.environment_name)
    return about and not run.parameters.get("dry_run")


def supersede(runs: tuple[ReleaseRun, ...], why: str) -> None:
    """End runs that wait; one that has been answered since they were read goes on."""
    for run in runs:
        if _waits_still(run):
            end(run.id, "Superseded", why if run.form else "Its form was lost: another run asks.")


def _waits_still(run: ReleaseRun) -> bool:
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(UUID(run.id)).state
    return state is not None and state.is_paused()


def end(run: str, name: str, message: str) -> None:
    """As a cancelled run, whatever it is now."""
    state: State[Any] = Cancelled(name=name, message=message)
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(UUID(run), state, force=True)


def _run(client: SyncPrefectClient, run: FlowRun) -> ReleaseRun:
    assert run.state
    state = _ANSWERED.get(run.state.name or "", run.state.type.value)
    return ReleaseRun(
        id=str(run.id),
        name=run.name,
        state=state,  # type: ignore[arg-type]
        since=run.state.timestamp,
        package=package_of(run),
        form=not run.state.is_paused() or _has_form(client, run.id, run.state),
    )


def _has_form(client: SyncPrefectClient, run: UUID, state: State[Any]) -> bool:
    keyset = state.state_details.run_input_keyset
    return keyset is not None and run_inputs.read(client, run, keyset["schema"]) is not None
