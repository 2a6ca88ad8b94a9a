"""release-many: bring several environments to the version they should run, side by side in one run.

Each is released just as by a run of its own: under its own lease, with its own record, plan, events and way back; one that fails
keeps no other from going on. Nobody is asked here: what turns out to need an approval gets a run of its own, which asks.
"""

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from copy import copy
from dataclasses import dataclass, field
from threading import Event
from uuid import UUID

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from blocks import looking
from blocks.opening import open_workspace
from flows import cancellations, ended_environments, flow_runs, release_runs, reporting, starting, tagging
from flows.clusters_of_many import looked_at_together
from flows.contexts import open_release
from flows.release import ReleaseAttempt
from headway.decide.release import together
from headway.decide.release.together import Ended
from headway.errors import BadInput, HeadwayError, LeaseLost
from headway.model import run_names
from headway.workspace.release_context import ReleaseContext
from headway.workspace.workspace import Workspace
from tasks.whole import as_lines


def _called() -> str:
    return run_names.of(release_runs.MANY, runtime.flow_run.parameters) or "Release many"


@flow(name="release-many", flow_run_name=_called)
def release_many(application: str, environments: list[str]) -> State:
    """Release what several environments should run, side by side, where anything is to be done. Looks start it.

    Args:
        application: Name of the Application block.
        environments: Names of environments in headway.yaml. One that needs an approval gets a run of its own.
    """
    tagging.by_place()
    names = list(dict.fromkeys(environments))
    if not names:
        raise BadInput("no environment is named", where="release-many", next_step="Name some.")
    run = UUID(runtime.flow_run.id)
    with reporting.naming_environments(), as_lines():
        with looking.together():
            # Read once for all: blocks, git, what was cancelled. What a release decides by, each reads for itself.
            workspace = open_workspace(application, or_last_seen=True)
            with looked_at_together(workspace):
                opened = [_opened(workspace, name) for name in names]
        if (runtime.flow_run.run_count or 0) > 1:
            ended_environments.forget(run)
        end = together.end(_side_by_side(opened, run))
    kind = Failed if end.failed else Completed
    return kind(name=end.name, message=end.message)


def _opened(workspace: Workspace, environment: str) -> ReleaseContext | Ended:
    """With a look of its own at what all share: another that looks again takes nothing from under it."""
    with reporting.about(environment):
        try:
            context = open_release(copy(workspace), environment)
            before = context.environment.after
            while before:
                # Its record is read as well: whatever is wrong with that, the release says.
                with suppress(HeadwayError):
                    workspace.cluster(before)
                before = workspace.environment(before).after
            cancellations.heed(context)
            _ = context.cluster
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one environment
            return _without(environment, error)
    return context


def _without(environment: str, error: Exception) -> Ended:
    """What an error made of one of them; of one that is none of ours, the log says where it was raised."""
    if isinstance(error, HeadwayError):
        get_run_logger().error("%s", error)
        return Ended(environment, "Failed", str(error), failed=True)
    get_run_logger().error("It crashed", exc_info=error)
    return Ended(environment, "Crashed", f"{type(error).__name__}: {error}", failed=True)


def _side_by_side(opened: list[ReleaseContext | Ended], run: UUID) -> list[Ended]:
    """All at once: most of a release is waiting for pods. Where this run is told to end, what is at work ends and gives its lease
    back, and those that were done with are kept for whoever asks what a cancellation has stopped."""
    begun = _Begun(Event())
    try:
        with ThreadPoolExecutor(together.AT_MOST) as pool:
            futures = [pool.submit(copy_context().run, begun.release, each) for each in opened]
            try:
                wait(futures)
            except BaseException:
                begun.stopping.set()
                # Whoever ends it has patience for as long as they like: once now, and once all have ended.
                begun.leave(run)
                raise
    except BaseException:
        begun.leave(run)
        raise
    return [each.result() for each in futures]


@dataclass(frozen=True, slots=True)
class _Begun:
    stopping: Event
    done_with: list[str] = field(default_factory=list)

    def leave(self, run: UUID) -> None:
        try:
            ended_environments.leave(run, tuple(self.done_with))
        except Exception as error:  # noqa: BLE001
            get_run_logger().warning("What was done with is not kept: %s", error)

    def release(self, opened: ReleaseContext | Ended) -> Ended:
        if isinstance(opened, Ended):
            return opened
        name = opened.environment_name
        with reporting.about(name):
            try:
                state = self._released(opened)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one environment
                return _without(name, error)
            self.done_with.append(name)
            get_run_logger().info("%s: %s", state.name, state.message)
        return Ended(name, str(state.name), state.message or "", failed=state.is_failed())

    def _released(self, context: ReleaseContext) -> State:
        self._ensure_going_on(context)
        if context.environment.gate != "approval":
            attempt = ReleaseAttempt(context, ensure=lambda: self._ensure_going_on(context))
            if state := attempt.released():
                return state
        run = starting.start_alone(context)
        return Completed(name=flow_runs.HANDED_OVER, message=f"{run.name!r} asks for its approval.")

    def _ensure_going_on(self, context: ReleaseContext) -> None:
        if self.stopping.is_set():
            raise LeaseLost(
                "this run is being ended", where=str(context.ref), next_step="The next look goes on."
            )
