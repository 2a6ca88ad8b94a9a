"""What a person may have done about a release: which right it takes, which deployment does it, and what is said before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.release import rollback_target
from headway.decide.release.observation import Observation
from headway.decide.release.state import State
from headway.decide.review.status import ReleaseStatus
from headway.errors import Refused
from headway.view.settings import Right


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things that it may be about. `value` is what the flow is given."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would happen, said before it is asked for."""

    sentences: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    """Empty where there is nothing to choose."""
    possible: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """`field`: the flow's parameter that a choice goes into; empty where it has none."""

    title: str
    right: Right
    deployment: str
    outlook: Callable[[ReleaseStatus, Cluster | None], Outlook]
    field: str = ""
    choice: str = ""
    """What is chosen, in words."""
    reason_required: bool = True
    of_absent: bool = False
    """Also where no cluster knows the release yet."""


def _release(status: ReleaseStatus, _: Cluster | None) -> Outlook:
    runs = f"{status.version} runs" if status.version else "Nothing runs"
    said = [f"{runs} in {status.ref.environment}; its state is {status.state.value}."]
    if status.waits:
        said.append(f"{status.waits} would be released: {status.why}")
    else:
        said.append(
            "No version waits: the release is looked at, tested where it is not, and otherwise left alone."
        )
    if status.state is State.FROZEN:
        said.append("It is frozen: nothing is released until the freeze is lifted.")
    if status.hold:
        said.append(
            f"{status.hold.by} holds {status.hold.version}: nothing up to {status.hold.not_above} is released."
        )
    said.append(
        "Where policy wants an approval, the run stops before it changes anything, and shows its plan here."
    )
    return Outlook(tuple(said))


def _roll_back(status: ReleaseStatus, cluster: Cluster | None) -> Outlook:
    assert cluster is not None, "what is absent is not gone back from"
    record, _ = ReleaseRecordStore(cluster, status.namespace, status.ref.release).read()
    history = HelmStorage(cluster, status.namespace, status.ref.release).all()
    seen = Observation(
        datetime.now(UTC),
        None,
        record=record,
        revisions=tuple(each.summary for each in history),
        ref=status.ref,
    )
    try:
        target = rollback_target.for_person(seen)
    except Refused as error:
        return Outlook((str(error),), possible=False)
    way = rollback_target.sentence(rollback_target.locate(target, seen))
    good = {each.version: each for each in record.good} if record else {}
    return Outlook(
        (
            f"{status.version or 'Nothing'} runs in {status.ref.environment}. Unless you name another version: {way}",
            "It is tested there, and held: what is left comes in again only once the hold is lifted or something newer appears.",
            "What migrations, hooks and changed definitions did does not come back.",
        ),
        (
            Choice("", f"{target.version}, the newest good one with other content"),
            *(
                Choice(each.version, f"{each.version}, tested {each.tested_at:%Y-%m-%d %H:%M} UTC")
                for each in good.values()
            ),
        ),
    )


def _freeze(status: ReleaseStatus, _: Cluster | None) -> Outlook:
    return Outlook(
        (
            f"Nothing is released, tested or taken back in {status.ref.environment} until the freeze is lifted.",
            "A run that is at work ends its step and no more; what waits for approval is superseded.",
            "A person's roll back is made all the same.",
        )
    )


def _lift(status: ReleaseStatus, _: Cluster | None) -> Outlook:
    choices = [
        *([Choice("hold", f"the hold of {status.hold.version}, by {status.hold.by}")] if status.hold else []),
        *([Choice("freeze", f"the freeze, by {status.freeze.by}")] if status.freeze else []),
        *(
            Choice(each.version, f"the rejection of {each.version}: {each.reason}")
            for each in status.rejected
        ),
    ]
    if not choices:
        return Outlook(("There is nothing to lift here.",), possible=False)
    return Outlook(
        ("It is looked at again at once, and a release is started where one is due then.",), tuple(choices)
    )


ACTIONS: dict[str, Action] = {
    "release": Action(
        "Release", "deliver", "release/release", _release, reason_required=False, of_absent=True
    ),
    "roll-back": Action(
        "Roll back", "operate", "roll-back/roll-back", _roll_back, "version", "To which version"
    ),
    "freeze": Action("Freeze", "operate", "freeze/freeze", _freeze, of_absent=True),
    "lift": Action("Lift", "operate", "lift/lift", _lift, "what", "What is lifted"),
}
ANSWER = "answer"
ANSWER_RIGHT: Right = "approve"
