"""What a release is, what it should be, why, what comes next, and who must act: out of its status alone."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from headway.decide.release import advice, lifting
from headway.decide.release.state import State
from headway.decide.review.plan_markdown import FIRST_INSTALL
from headway.decide.review.status import ReleaseStatus
from headway.decide.review.status_table import age, notes
from headway.formats.capitalised import capitalised
from headway.model.release_ref import ReleaseRef

WITHOUT_POLICY = (
    "policy is not read: {} -f FOLDER (that of its headway.yaml) also tells a gate or a freeze there"
)
ELSEWHERE = "policy is not read: it stands in {}, which `headway doctor` tries"
HEADWAY, AT_WORK, A_PERSON, NOBODY = "Headway, with its next look", "Headway, now", "a person", "nobody"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Sentences for people; `acts` is one of the names above."""

    runs: str
    state: str
    desired: str
    why: str
    next: str
    acts: str
    notes: tuple[str, ...]

    @property
    def values(self) -> dict[str, object]:
        return asdict(self)


def may_wait_at_gate(status: ReleaseStatus) -> bool:
    """Whether a run may wait for an answer about it; without a gate of headway.yaml too, as one of the application's block, or a
    removal, wants one."""
    is_due = status.state is State.OUT_OF_SYNC and bool(status.waits)
    return _asks_next(status) or (is_due and not (status.declined or status.approval))


def _asks_next(status: ReleaseStatus) -> bool:
    """Whether an answer is what comes next: a repair that is to be made first asks nobody."""
    return status.asks is not None and status.state in (State.OUT_OF_SYNC, State.ABSENT, State.UNKNOWN)


def confirmed(status: ReleaseStatus, run: str) -> ReleaseStatus:
    """`run`: id of the run that waits, as Prefect says now; empty where none does. What another one asked is asked no more:
    it was answered, cancelled or lost, and no look has written so yet."""
    return status if status.asked and status.asked.run == run else replace(status, asked=None)


def explain(status: ReleaseStatus, *, run: str = "") -> Explanation:
    """`run`: the name of the run that waits for an answer, where one is known."""
    then, acts = _NEXT[status.state](status)
    if status.unnamed_in:
        then, acts = _of_unnamed(status)
    elif status.asks and _asks_next(status):
        then, acts = _of_asked(status, status.asks.version)
    elif run and may_wait_at_gate(status):
        then, acts = _of_run(status.ref, run)
    elif (retry := status.tried_again) and not status.declined:
        then, acts = f"{retry.then}.", HEADWAY
    elif status.state in (State.OUT_OF_SYNC, State.ABSENT) and status.waits:
        then, acts = _of_waiting(status)
    elif status.at_work:
        then, acts = (
            f"A run is at work on {status.at_work}, and its tests decide: {advice.logs(status.ref)}",
            AT_WORK,
        )
    return Explanation(
        _runs(status),
        status.called,
        "not known" if status.offered is None else _desired(status),
        status.why or "not known",
        then,
        acts,
        (*notes(status), *([_without_policy(status)] if _is_without_policy(status) else ())),
    )


def _is_without_policy(status: ReleaseStatus) -> bool:
    return status.gated is None and not status.unnamed_in


def _without_policy(status: ReleaseStatus) -> str:
    if status.declared_in:
        return ELSEWHERE.format(status.declared_in)
    return WITHOUT_POLICY.format(advice.explain(status.ref))


def of_first_release(ref: ReleaseRef, run: str, plan: str) -> Explanation:
    """Of a release that has no record yet. `run`: the name of the run that waits for an answer; `plan`: what it asks about."""
    asked = _asked_by(plan)
    return Explanation(
        "nothing",
        State.ABSENT.value,
        asked.removeprefix(FIRST_INSTALL) if asked.startswith(FIRST_INSTALL) else "not known",
        f"{named_with_plan(run, plan)} waits for approval",
        *_of_run(ref),
        (),
    )


def of_helm_alone(ref: ReleaseRef, said: str) -> Explanation:
    """Of a release that has no record, and that no run has made: `said` is a sentence of where it is."""
    return Explanation(
        "what somebody else has made",
        State.UNMANAGED.value,
        "not known",
        said,
        f"Somebody makes it Headway's: {advice.adopt(ref)}",
        A_PERSON,
        (),
    )


def named_with_plan(run: str, plan: str) -> str:
    """The name of a run that waits, with what its `plan` (markdown) asks about: it may be an older version than the one that is
    wanted by now, which takes its place once it has settled."""
    asked = _asked_by(plan)
    return f"{run} ({asked})" if asked else run


def _asked_by(plan: str) -> str:
    """Which step its title names; empty where it has none."""
    title = next((line for line in plan.splitlines() if line.startswith("## ")), "")
    return title.partition(": ")[2].strip()


def _of_run(ref: ReleaseRef, run: str = "") -> tuple[str, str]:
    said = f"{run} waits for approval; it" if run else "It"
    return f"{said} goes on when somebody answers it: {advice.approve(ref)}", A_PERSON


def _of_asked(status: ReleaseStatus, version: str) -> tuple[str, str]:
    answer = advice.approve(status.ref)
    return f"{status.waiting_since}. {version} goes on when somebody answers it: {answer}", A_PERSON


def _runs(status: ReleaseStatus) -> str:
    if not status.version:
        return "nothing"
    tested = f"tested {age(status.tested_at, status.at)} ago" if status.tested_at else "not tested"
    return f"{status.version}, revision {status.revision}, for {age(status.since, status.at)}, {tested}"


def _desired(status: ReleaseStatus) -> str:
    if status.waits:
        return status.waits
    if status.version:
        return f"{status.version}, which runs"
    return f"nothing: {status.rejected[0].version} failed" if status.rejected else "nothing is offered yet"


def _of_waiting(status: ReleaseStatus) -> tuple[str, str]:
    if status.declined:
        why = f" ({status.declined.why})" if status.declined.why else ""
        said = f"{status.declined.by} said no to {status.waits}{why}"
        return f"Nothing: {said}. To be asked again: {advice.release(status.ref)}", A_PERSON
    begins = f"A release of {status.waits} begins"
    if status.approval:
        return f"{begins}: {status.approval.by} approved it.", HEADWAY
    if status.gated is False:
        return f"{begins}.", HEADWAY
    answers = f"somebody answers it: {advice.approve(status.ref)}"
    if status.gated:
        return f"{begins}, and waits until {answers}.", A_PERSON
    return f"{begins}. Where the environment has a gate, it waits until {answers}.", HEADWAY


def _of_unnamed(status: ReleaseStatus) -> tuple[str, str]:
    ends = f"helm uninstall {status.ref.release} --namespace {status.namespace}"
    off = advice.leave(status.ref, status.ref.release, status.namespace)
    return (
        f"Nothing: what runs stays as it is, until somebody takes it away ({ends}, and {off}) or names it again.",
        NOBODY,
    )


def _absent(status: ReleaseStatus) -> tuple[str, str]:
    if not status.rejected:
        return "It is installed as soon as a version is offered and may come.", HEADWAY
    failed = status.rejected[0]
    return (
        f"Nothing, until another version comes. Of {failed.version}: {lifting.way_back(status.ref, failed)}.",
        A_PERSON,
    )


def _frozen(status: ReleaseStatus) -> tuple[str, str]:
    if status.freeze:
        return f"Nothing until it is lifted: {advice.lift(status.ref, 'freeze')}", A_PERSON
    return "Nothing until policy says `frozen: false`, by a commit.", A_PERSON


def _drifted(status: ReleaseStatus) -> tuple[str, str]:
    by_hand = f"somebody undoes it, or calls {advice.release(status.ref)}"
    if status.corrects:
        return (
            "It is applied once more; where that cannot be, or does not last, a delivery says why.",
            HEADWAY,
        )
    if status.corrects is False:
        return capitalised(by_hand), A_PERSON
    return f"`drift: correct` applies it once more; else {by_hand}", A_PERSON


def _held(status: ReleaseStatus) -> tuple[str, str]:
    above = (
        f"something newer than {status.hold.not_above} appears" if status.hold else "something newer appears"
    )
    return f"It stays until {above}, or somebody lifts the hold: {advice.lift(status.ref, 'hold')}", A_PERSON


def _unknown(status: ReleaseStatus) -> tuple[str, str]:
    if status.blocked:
        return f"Nothing, until somebody mends this: {status.blocked}", A_PERSON
    return "It is looked at again.", HEADWAY


def _in_sync(status: ReleaseStatus) -> tuple[str, str]:
    if status.soaking:
        return f"{status.soaking.in_words}; then it is promoted.", HEADWAY
    return "Nothing, until something newer is offered.", NOBODY


def _fixed(then: str, acts: str) -> Callable[[ReleaseStatus], tuple[str, str]]:
    return lambda _: (then, acts)


_NEXT: Mapping[State, Callable[[ReleaseStatus], tuple[str, str]]] = {
    State.ABSENT: _absent,
    State.LOCKED: _fixed("A helm run is under way; one that is no more is unlocked.", HEADWAY),
    State.FAILED: _fixed("It goes back to what was good, or is tried once more.", HEADWAY),
    State.UNTESTED: _fixed("Its tests run, and decide whether it is good.", HEADWAY),
    State.OUT_OF_SYNC: _fixed("What is wanted is released.", HEADWAY),
    State.DRIFTED: _drifted,
    State.IN_SYNC: _in_sync,
    State.UNMANAGED: lambda status: (
        f"Somebody takes it back by helm rollback, or makes it Headway's: {advice.adopt(status.ref)}",
        A_PERSON,
    ),
    State.HELD: _held,
    State.FROZEN: _frozen,
    State.UNKNOWN: _unknown,
}
