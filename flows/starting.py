"""Starts release runs where something is to be done, each a top-level run: Prefect cannot suspend subflows.

What a look does about runs that have not ended is decided in headway.decide.release.starting, and which releases are made by one
run in together beside it. Two starts at once are one, by the idempotency key.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound

from flows import cancellations, release_runs
from flows.approval import asks_no_more
from flows.clusters_of_many import looked_at_together
from flows.contexts import open_release, tell_drift
from flows.release_runs import KnownRuns
from headway.clients import side_by_side
from headway.clients.chart_repository import one_look
from headway.clients.together import glances, stop_glancing
from headway.decide.release import approval, starting, together
from headway.decide.release.actions import Install, Nothing, Upgrade, Wait, word
from headway.decide.release.decision import Decision, choose
from headway.decide.release.starting import Start
from headway.decide.release.state import State, name
from headway.errors import HeadwayError, Terminal
from headway.model import run_names, run_parameters
from headway.model.field_types import seconds
from headway.model.report import StageName, StageResult
from headway.workspace import settled
from headway.workspace.release_context import Look, ReleaseContext, Seen
from headway.workspace.site import SiteWorkspace
from headway.workspace.workspace import Workspace
from tasks.best_effort import best_effort
from tasks.stopped import or_stopped, stopped

STAGE = StageName.RELEASE
AT_ONCE = 8
"""Environments that are looked at beside each other."""
QUIET_SECONDS = 2.0
"""After which those that have been looked at wait no longer for the others, to be released by one run with them."""


def start_releases(workspace: Workspace) -> list[StageResult]:
    """One line for each environment. They are looked at a few beside each other, and runs are started in their order.

    An environment that cannot be looked at does not hold up the others; nor does a cluster that hangs."""
    contexts = [open_release(workspace, name) for name in workspace.application.environments]
    runs = KnownRuns(workspace.application.application)
    with looked_at_together(workspace):
        told: dict[str, StageResult] = {}
        for found in side_by_side.waves(partial(_looked, runs=runs), contexts, AT_ONCE, QUIET_SECONDS):
            begin = _Groups.of(found).begin
            told |= {context.environment_name: _acted(context, looked, begin) for context, looked in found}
        return [told[context.environment_name] for context in contexts]


def start_release(context: ReleaseContext) -> StageResult:
    """Start a run where there is something to do and nobody at it; end runs that wait for what is not wanted any more.

    What people have cancelled comes first: it is a word of theirs.
    """
    return _acted(context, _looked(context, KnownRuns(context.ref.application)), _run)


@dataclass(frozen=True, slots=True)
class _Due:
    """What a look found to be done about runs."""

    seen: Seen
    decision: Decision
    start: Start


_Begin = Callable[[ReleaseContext, Seen, Start], FlowRun]
_Beginning = tuple[ReleaseContext, _Due]


class _Groups:
    """Begins runs, one for all of a group with the first of it."""

    def __init__(self, groups: Sequence[Sequence[_Beginning]]) -> None:
        self._groups = {context.environment_name: group for group in groups for context, _ in group}
        self._begun: dict[str, FlowRun] = {}

    @classmethod
    def of(cls, found: Sequence[tuple[ReleaseContext, _Due | StageResult]]) -> "_Groups":
        due: dict[str, _Beginning] = {}
        for context, looked in found:
            if isinstance(looked, _Due) and looked.start.begins:
                due[context.environment_name] = context, looked
        grouped = together.groups([_as_due(*each) for each in due.values()])
        return cls([[due[name] for name in group] for group in grouped])

    def begin(self, context: ReleaseContext, seen: Seen, start: Start) -> FlowRun:
        name = context.environment_name
        if name not in self._begun and (group := self._groups.get(name)) and (run := _run_many(group)):
            self._begun |= {each.environment_name: run for each, _ in group}
        return self._begun.get(name) or _run(context, seen, start)


def _as_due(context: ReleaseContext, due: _Due) -> together.Due:
    return together.Due(
        context.environment_name,
        release_runs.package(due.seen),
        asks=context.environment.gate == "approval",
        replaces=bool(due.start.superseded),
    )


def _looked(context: ReleaseContext, runs: KnownRuns) -> _Due | StageResult:
    if context.is_dry_run:
        return _dry_run(context, runs)
    # What a glance saw of an index may be older than what is seen of all else.
    with nullcontext() if glances() else one_look():
        return _looked_whole(context, runs)


def _looked_whole(context: ReleaseContext, runs: KnownRuns) -> _Due | StageResult:
    try:
        cancellations.heed(context)
        if (known := settled.still(context)) and not release_runs.waiting(context):
            return StageResult(STAGE, context.environment_name, known.state, known.why)
        stop_glancing()
        seen = context.observe(Look.DELIVERY)
        decision = choose(name(seen.observation), seen.observation)
        settled.remember(context, seen, decision)
        due = _Due(seen, decision, _start(context, seen, decision, runs))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one environment
        if isinstance(error, Terminal):
            _tell_site(context, str(error))
        return stopped(STAGE, context.environment_name, "could not be looked at", error)
    if not seen.observation.trouble:
        _tell_site(context, "")
    return due


def _acted(context: ReleaseContext, looked: _Due | StageResult, begin: _Begin) -> StageResult:
    if isinstance(looked, StageResult):
        return looked
    return or_stopped(
        STAGE, context.environment_name, "its run could not be started", lambda: _done(context, looked, begin)
    )


def _done(context: ReleaseContext, looked: _Due, begin: _Begin) -> StageResult:
    seen, decision, start = looked.seen, looked.decision, looked.start
    if name(seen.observation) is State.DRIFTED:
        tell_drift(context, seen.observation)
    if name(seen.observation) is State.UNKNOWN:
        trouble = seen.observation.trouble
        return StageResult(
            STAGE, context.environment_name, "could not be looked at", trouble, failed=True, retryable=True
        )
    if start.superseded:
        release_runs.supersede(start.superseded, _why_superseded(seen, decision))
        with best_effort("word in the release record that nobody is asked any more"):
            asks_no_more(context, *(each.id for each in start.superseded))
    if not start.begins:
        outcome = "waits" if isinstance(decision.action, Wait) else name(seen.observation).value
        why, failed = start.why or decision.why, bool(seen.observation.finding)
        return StageResult(STAGE, context.environment_name, outcome, why, failed=failed)
    run = begin(context, seen, start)
    return StageResult(
        STAGE,
        context.environment_name,
        f"{word(decision.action)} started",
        f"{decision.why}{_asks(context, looked)} Run {run.id}.",
        changed=True,
    )


def _tell_site(context: ReleaseContext, trouble: str) -> None:
    """Whoever looks at a site's cluster alone is told there what is wrong with what the site itself says."""
    if isinstance(context.workspace, SiteWorkspace):
        with suppress(HeadwayError):
            context.store.tell(trouble)


def _dry_run(context: ReleaseContext, runs: KnownRuns) -> StageResult:
    """What a dry run of a delivery says of it."""
    return or_stopped(
        STAGE, context.environment_name, "could not be looked at", lambda: _would_do(context, runs)
    )


def _would_do(context: ReleaseContext, runs: KnownRuns) -> StageResult:
    seen = context.observe(Look.DELIVERY)
    state = name(seen.observation)
    decision = choose(state, seen.observation)
    if isinstance(decision.action, Nothing | Wait):
        return StageResult(STAGE, context.environment_name, state.value, decision.why)
    if not (start := _start(context, seen, decision, runs)).begins:
        return StageResult(STAGE, context.environment_name, state.value, start.why or decision.why)
    outcome = f"would start {word(decision.action)}"
    return StageResult(
        STAGE,
        context.environment_name,
        outcome,
        f"{decision.why}{_asks(context, _Due(seen, decision, start))}",
    )


def _asks(context: ReleaseContext, due: _Due) -> str:
    """That its run waits for an answer before anything changes, as a sentence after others; empty where it does not."""
    goes_forward = isinstance(due.decision.action, Install | Upgrade)
    if not goes_forward or context.environment.gate != "approval" or _is_approved(due.seen):
        return ""
    return " A person is asked before anything changes."


def _is_approved(seen: Seen) -> bool:
    record, desired = seen.observation.record, seen.observation.desired
    given = record.approval if record else None
    return bool(given and desired and given.chart_digest == desired.digest)


def _why_superseded(seen: Seen, decision: Decision) -> str:
    desired = seen.observation.desired
    if desired and isinstance(decision.action, Install | Upgrade):
        return f"{desired.version} is wanted by now."
    return f"Nothing is to be released any more. {decision.why}"


def _start(context: ReleaseContext, seen: Seen, decision: Decision, known: KnownRuns) -> Start:
    if isinstance(decision.action, Wait):
        return Start(False)
    if isinstance(decision.action, Nothing):
        return starting.nothing_to_release(release_runs.waiting(context))
    runs = known.unended_or_answered(context)
    now, package = seen.observation.now, release_runs.package(seen)
    lease_held = bool(runs) and context.lease.is_held()
    if not isinstance(decision.action, Install | Upgrade) or seen.observation.desired is None:
        return starting.repair(runs, package, lease_held=lease_held, now=now)
    record = seen.observation.record
    desired = seen.observation.desired
    return starting.release(
        context.ref,
        runs,
        package,
        offered_at=desired.created,
        goes_on_since=approval.goes_on_since(record, desired.digest) if record else None,
        approved=_is_approved(seen),
        asked=approval.asked(record, seen.observation.now),
        supersede_after=timedelta(seconds=seconds(context.environment.supersede_after)),
        lease_held=lease_held,
        now=now,
    )


def _run(context: ReleaseContext, seen: Seen, start: Start) -> FlowRun:
    tags = release_runs.tags(context, seen)
    return _alone(context, tags, _idempotency_key(context, seen, start))


def start_alone(context: ReleaseContext) -> FlowRun:
    """A run of its own for an environment that this run, which releases several, cannot release: a person has to be asked."""
    tags = release_runs.tags_beside_this(context)
    return _alone(context, tags, f"{context.ref} beside {context.run}")


def _alone(context: ReleaseContext, tags: Sequence[str], once: str) -> FlowRun:
    parameters = {
        "application": context.ref.application,
        "environment": context.environment_name,
        "by": None,
    }
    return _started(release_runs.DEPLOYMENT, parameters, tags, once)


def _run_many(group: Sequence[_Beginning]) -> FlowRun | None:
    """None where nobody has registered its deployment yet, which an older Headway has not: then each has a run of its own."""
    contexts = [context for context, _ in group]
    (_, first), *_ = group
    parameters = {
        "application": contexts[0].ref.application,
        run_parameters.MANY: [each.environment_name for each in contexts],
    }
    keys = [_idempotency_key(context, due.seen, due.start) for context, due in group]
    try:
        return _started(
            release_runs.MANY,
            parameters,
            release_runs.tags_of_many(contexts, release_runs.package(first.seen)),
            f"many {hashlib.sha256(repr(keys).encode()).hexdigest()}",
        )
    except ObjectNotFound:
        return None


def _started(deployment: str, parameters: Mapping[str, Any], tags: Sequence[str], once: str) -> FlowRun:
    started = run_deployment(
        deployment,
        parameters=dict(parameters),
        flow_run_name=run_names.of(deployment, parameters),
        tags=list(tags),
        idempotency_key=once,
        timeout=0,
        as_subflow=False,
    )
    assert isinstance(started, FlowRun)
    return started


def _idempotency_key(context: ReleaseContext, seen: Seen, start: Start) -> str:
    """Two looks at the same world at one time start one run.

    Prefect returns the old run for a known key, whatever became of it, so the minute is part of it: a run that crashed before
    it wrote anything must not keep later ones away. A run too many finds the lease held, or nothing to do.
    """
    record, newest = seen.observation.record, seen.observation.newest
    tried = record.attempts[0].started_at.isoformat() if record and record.attempts else "first"
    decided = record.audit[0].at.isoformat() if record and record.audit else "nothing"
    parts = (
        context.ref.application,
        context.environment_name,
        release_runs.package(seen),
        tried,
        decided,
        str(newest.revision if newest else 0),
        *(run.id for run in start.superseded),
        f"{seen.observation.now:%Y%m%d%H%M}",
    )
    return " ".join(parts)
