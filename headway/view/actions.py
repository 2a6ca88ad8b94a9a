"""What a person may have done about a release: which right it takes, which deployment does it, and what is said before."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.release import rollback_target
from headway.decide.release.observation import Observation
from headway.decide.release.state import State
from headway.decide.review import buttons
from headway.decide.review.status import ReleaseStatus
from headway.decide.supply.promotion import NEWEST
from headway.errors import Refused
from headway.model.record import Good
from headway.view import plans
from headway.view.base import View
from headway.view.looks import Seen
from headway.view.plans import ShownPlan
from headway.view.settings import Right

GATE = "Where policy wants an approval, the run stops before it changes anything, and shows its plan here."


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
    """What may be chosen; empty where there is nothing to choose."""
    possible: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known where a button is."""

    view: View
    found: Seen
    before: str = ""
    """The environment that versions come from, in the order that the board has; empty where none comes before."""
    feeds: Seen | None = None
    """That environment's release; None where nobody has seen it, several say they are it, or who asks may not look."""

    is_registered: bool | None = None
    """Whether Prefect knows the application; None where that is not known."""
    waits: bool | None = None
    """Whether a release waits for an answer; None where that is not known."""

    def why_not(self, name: str) -> str:
        """Why the button of that name cannot be pressed; empty where it can."""
        seen = buttons.Seen(self.status, self.before, self.is_registered, self.waits)
        return buttons.why_not(name, seen)

    @property
    def status(self) -> ReleaseStatus:
        return self.found.status

    @property
    def cluster(self) -> Cluster | None:
        return self.view.looks.opened(self.found.cluster) if self.found.cluster else None


@dataclass(frozen=True, slots=True)
class Action:
    """`field`: the flow's parameter that a choice goes into; empty where it has none."""

    title: str
    right: Right
    deployment: str
    outlook: Callable[[Scene], Outlook]
    field: str = ""
    choice: str = ""
    """What is chosen, in words."""
    must_choose: bool = False
    reason_required: bool = True
    of_absent: bool = False
    """Whether it can also be pressed where no cluster knows the release yet."""
    plans: Callable[[Scene, str], list[ShownPlan]] = lambda _, __: []
    """Plans of what it would change, by what is chosen."""
    dry_run: bool = False
    """Whether its deployment can make a plan alone."""


def _release(scene: Scene) -> Outlook:
    status = scene.status
    runs = f"{status.version} runs" if status.version else "Nothing runs"
    said = [f"{runs} in {status.ref.environment}; its state is {status.called}."]
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
    said.append(GATE)
    return Outlook(tuple(said))


def _of_good(good: Good) -> Choice:
    return Choice(good.version, f"{good.version}, tested {good.tested_at:%Y-%m-%d %H:%M} UTC")


def _seen(scene: Scene) -> Observation:
    """What a way back is chosen from."""
    status, cluster = scene.status, scene.cluster
    assert cluster is not None, "what is absent is not gone back from"
    record, _ = ReleaseRecordStore(cluster, status.namespace, status.ref.release).read()
    history = HelmStorage(cluster, status.namespace, status.ref.release).all()
    return Observation(
        datetime.now(UTC),
        None,
        record=record,
        revisions=tuple(each.summary for each in history),
        ref=status.ref,
    )


def _roll_back(scene: Scene) -> Outlook:
    status = scene.status
    seen = _seen(scene)
    try:
        target = rollback_target.for_person(seen)
    except Refused as error:
        return Outlook((str(error),), possible=False)
    way = rollback_target.sentence(rollback_target.locate(target, seen))
    good = {each.version: each for each in seen.record.good} if seen.record else {}
    return Outlook(
        (
            f"{status.version or 'Nothing'} runs in {status.ref.environment}. Unless you name another version: {way}",
            "It is tested there, and held: what is left comes in again only once the hold is lifted or something newer appears.",
            "What migrations, hooks and changed definitions did does not come back.",
        ),
        (
            Choice("", f"{target.version}, the newest good one with other content"),
            *(
                replace(choice, text=f"{choice.text}: it runs, and is held from then on")
                if choice.value == status.version
                else choice
                for choice in map(_of_good, good.values())
            ),
        ),
    )


def _freeze(scene: Scene) -> Outlook:
    status = scene.status
    already = []
    if status.freeze:
        already.append(
            f"It is frozen already, by {status.freeze.by}: {status.freeze.why}. This freeze takes the place of that one."
        )
    if status.policy_freeze:
        already.append(f"It is frozen already, {status.policy_freeze.removeprefix('frozen ')}.")
    return Outlook(
        (
            *already,
            f"Nothing is released, tested or taken back in {status.ref.environment} until the freeze is lifted.",
            "A run that is at work ends its step and no more; what waits for approval is superseded.",
            "A person's roll back is made all the same.",
        )
    )


def _lift(scene: Scene) -> Outlook:
    status = scene.status
    choices = [
        *([Choice("hold", f"the hold of {status.hold.version}, by {status.hold.by}")] if status.hold else []),
        *([Choice("freeze", f"the freeze, by {status.freeze.by}")] if status.freeze else []),
        *(
            Choice(each.version, f"the rejection of {each.version}: {each.reason}")
            for each in status.rejected
            if not each.was_withdrawn
        ),
    ]
    return Outlook(
        ("It is looked at again at once, and a release is started where one is due then.",), tuple(choices)
    )


def _promote(scene: Scene) -> Outlook:
    status = scene.status
    here = status.ref.environment
    choices = _good_before(scene)
    if not choices:
        return Outlook((f"No version has passed its tests in {scene.before}.",), possible=False)
    runs = f"{status.version} runs" if status.version else "Nothing runs"
    return Outlook(
        (
            f"{runs} in {here}. What passed its tests in {scene.before} is brought here, the same package, and released.",
            "It goes past nothing that keeps a version back from a delivery: soak, freeze, hold, bar, constraint.",
            GATE,
        ),
        choices,
    )


def _good_before(scene: Scene) -> tuple[Choice, ...]:
    """The newest first. Whoever may not look there is offered the newest, and is not told which that is."""
    feeds = scene.feeds
    if feeds is None:
        return (Choice(NEWEST, "The newest that was tested before"),)
    cluster, status = scene.view.looks.opened(feeds.cluster), feeds.status
    record, _ = ReleaseRecordStore(cluster, status.namespace, status.ref.release).read()
    good = {each.version: each for each in reversed(record.good)} if record else {}
    return tuple(map(_of_good, reversed(good.values())))


def _run_tests(scene: Scene) -> Outlook:
    status = scene.status
    return Outlook(
        (
            f"The tests of {status.version} run in {status.ref.environment}: those of its charts, and the Jobs of headway.yaml.",
            "Nothing follows from how they end: no version is barred, gone back from, or called good.",
            "Nothing is released there while they run.",
        )
    )


def _plan_of_release(scene: Scene, _: str) -> list[ShownPlan]:
    return [plans.of_release(scene.view, scene.found, scene.status.waits)]


def _plans_of_promotion(scene: Scene, version: str) -> list[ShownPlan]:
    feeds = scene.feeds
    if feeds is None or version == NEWEST:
        return []
    compared = plans.of_promotion(scene.view, scene.found, feeds, version)
    return [compared, plans.of_release(scene.view, scene.found, version)]


def _plan_of_way_back(scene: Scene, version: str) -> list[ShownPlan]:
    return [
        plans.of_way_back(
            scene.view, scene.found, version or rollback_target.for_person(_seen(scene)).version
        )
    ]


ACTIONS: dict[str, Action] = {
    "release": Action(
        "Release",
        "deliver",
        "release/release",
        _release,
        reason_required=False,
        of_absent=True,
        plans=_plan_of_release,
        dry_run=True,
    ),
    "promote": Action(
        "Promote",
        "deliver",
        "release/release",
        _promote,
        "promote",
        "Which version",
        must_choose=True,
        of_absent=True,
        plans=_plans_of_promotion,
        dry_run=True,
    ),
    "run-tests": Action("Run tests", "deliver", "run-tests/run-tests", _run_tests, reason_required=False),
    "roll-back": Action(
        "Roll back",
        "operate",
        "roll-back/roll-back",
        _roll_back,
        "version",
        "To which version",
        plans=_plan_of_way_back,
    ),
    "freeze": Action("Freeze", "operate", "freeze/freeze", _freeze, of_absent=True),
    "lift": Action("Lift", "operate", "lift/lift", _lift, "what", "What is lifted", must_choose=True),
}


def outlook(name: str, scene: Scene) -> Outlook:
    """What would happen; or why nothing can."""
    why = scene.why_not(name)
    return Outlook((why,), possible=False) if why else ACTIONS[name].outlook(scene)


ALSO_READ_BEFORE = frozenset({"promote"})
"""Those whose page reads the environment before, too."""
ANSWER = "answer"
ANSWER_RIGHT: Right = "approve"
