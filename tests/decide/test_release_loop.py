"""Wherever the release loop is killed, later looks reach the same end as a run that was never killed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from headway.decide.release import rollback_target, standing_orders, transitions
from headway.decide.release.actions import Accept, Adopt, Correct, Install, Nothing, RollBack, Test, Upgrade
from headway.decide.release.ending import Ending
from headway.decide.release.ending import end as end_of_run
from headway.decide.release.observation import Revision
from headway.decide.release.passes import StopReason
from headway.decide.release.results import Reason
from headway.decide.release.state import State, name
from headway.model.audit import Said
from tests.decide.release_world import START, Behaviour, KilledError, World

ADA = Said("ada", "it is mended", START)


def fresh(*versions: str, **behaviours: object) -> World:
    return World(list(versions), {key.removeprefix("v") + ".0.0": value for key, value in behaviours.items()})


def after_first(**behaviours: object) -> World:
    """1 is installed and good, and 2 has just been published."""
    world = fresh("1.0.0")
    world.settle()
    world.behaviours.update({key.removeprefix("v") + ".0.0": value for key, value in behaviours.items()})
    world.versions.append("2.0.0")
    world.done.clear()
    world.writes = 0
    return world


def held(**behaviours: object) -> World:
    """2 runs and was good, and a person goes back to 1."""
    world = after_first()
    world.settle()
    return go_back(world, **behaviours)


def go_back(world: World, **behaviours: object) -> World:
    seen = world.look()
    target = rollback_target.for_person(seen)
    world.update_record(
        lambda _: rollback_target.hold(seen, target, by="ada", why="prices are wrong", now=world.now())
    )
    world.behaviours.update({key.removeprefix("v") + ".0.0": value for key, value in behaviours.items()})
    world.writes = 0
    return world


def held_during_policy_freeze() -> World:
    world = held()
    world.policy_freeze = "no releases on Fridays"
    return world


def held_and_newer_fails() -> World:
    world = held(v3=Behaviour(tests=["wrong"]))
    world.versions.append("3.0.0")
    return world


def twice(world: World) -> World:
    world.sightings_required = 2
    return world


def broken() -> World:
    world = after_first()
    world.environment_broken = True
    return world


def thawed() -> World:
    world = broken()
    world.settle()
    world.environment_broken = False
    world.update_record(lambda record: standing_orders.thawed(record, ADA))
    world.writes = 0
    return world


def approved(**behaviours: object) -> World:
    """2 was approved, and no run has begun it yet."""
    world = after_first(**behaviours)
    world.gated = True
    world.approve("2.0.0")
    world.writes = 0
    return world


def approved_and_something_newer_came() -> World:
    """3 is not asked for before 2 is carried out."""
    world = approved()
    world.settle()
    world.approve("3.0.0")
    world.versions += ["3.0.0", "4.0.0"]
    world.writes = 0
    return world


def frozen_and_gone_back(**behaviours: object) -> World:
    """2 runs and was good, the environment is frozen, and a person goes back to 1 all the same."""
    world = after_first()
    world.settle()
    world.update_record(lambda record: standing_orders.frozen(record, ADA))
    return go_back(world, **behaviours)


def gone_back_by_hand(**behaviours: object) -> World:
    """2 runs and was good, and somebody calls helm rollback."""
    world = after_first()
    world.settle()
    world.helm_by_hand("1.0.0")
    world.behaviours.update({key.removeprefix("v") + ".0.0": value for key, value in behaviours.items()})
    world.writes = 0
    return world


def made_by_hand(**behaviours: object) -> World:
    """Somebody has installed 1, and asks that it becomes Headway's."""
    world = fresh("1.0.0", "2.0.0", **behaviours)
    world.helm_by_hand("1.0.0")
    world.adopts = True
    return world


def stopped() -> World:
    """The run that upgraded to 2 was killed in the middle, after somebody had cancelled it."""
    world = after_first()
    world.kill_at = 2
    with pytest.raises(KilledError):
        world.run()
    world.update_record(lambda record: standing_orders.stopped(record, replace(ADA, run="a cancelled run")))
    world.writes = 0
    return world


def gone_on() -> World:
    """And a person starts a release."""
    world = stopped()
    world.update_record(lambda record: standing_orders.gone_on(record, ADA))
    world.writes = 0
    return world


def lost_history() -> World:
    world = after_first(v2=Behaviour(tests=["wrong"]))
    world.revisions = [Revision(7, "deployed", "1.0.0", world.clock)]
    world.record = world.record.model_copy(
        update={
            "good": (world.record.good[0].model_copy(update={"revision": 7}),),
            "attempts": (),
        }
    )
    return world


BAD = 'Deployment.apps "cart" is invalid: spec.selector'
KILLED = "helm ended with -9"
BUSY = "429 too many requests"

# name: (world, what runs in the end, versions barred, frozen)
STORIES: dict[str, tuple[Callable[[], World], str | None, set[str], bool]] = {
    "first install passes": (lambda: fresh("1.0.0"), "1.0.0", set(), False),
    "first install fails its tests": (
        lambda: fresh("1.0.0", v1=Behaviour(tests=["wrong"])),
        None,
        {"1.0.0"},
        False,
    ),
    "first install does not come up": (
        lambda: fresh("1.0.0", v1=Behaviour(helm=[BAD])),
        None,
        {"1.0.0"},
        False,
    ),
    "first install never gets room": (lambda: fresh("1.0.0", v1=Behaviour(helm=[BUSY])), None, set(), True),
    "first install after trouble": (
        lambda: fresh("1.0.0", v1=Behaviour(helm=[BUSY, BUSY, ""])),
        "1.0.0",
        set(),
        False,
    ),
    "upgrade passes": (after_first, "2.0.0", set(), False),
    "upgrade does not come up": (lambda: after_first(v2=Behaviour(helm=[BAD])), "1.0.0", {"2.0.0"}, False),
    "upgrade fails its tests": (
        lambda: after_first(v2=Behaviour(tests=["wrong"])),
        "1.0.0",
        {"2.0.0"},
        False,
    ),
    "upgrade after trouble": (
        lambda: after_first(v2=Behaviour(helm=[BUSY, BUSY, ""])),
        "2.0.0",
        set(),
        False,
    ),
    "tests after trouble": (lambda: after_first(v2=Behaviour(tests=[BUSY, BUSY, ""])), "2.0.0", set(), False),
    "trouble that only the new one has: it is not rejected": (
        lambda: after_first(v2=Behaviour(helm=[BUSY])),
        "1.0.0",
        set(),
        True,
    ),
    "tests that never get room": (lambda: after_first(v2=Behaviour(tests=[BUSY])), "1.0.0", set(), True),
    "helm is killed once": (lambda: after_first(v2=Behaviour(helm=[KILLED, ""])), "2.0.0", set(), False),
    "helm is always killed": (lambda: after_first(v2=Behaviour(helm=[KILLED])), "1.0.0", set(), True),
    "what nobody knows": (lambda: after_first(v2=Behaviour(helm=["the moon is full"])), "1.0.0", set(), True),
    "a flaky test": (lambda: after_first(v2=Behaviour(tests=["wrong", ""])), "2.0.0", set(), False),
    "it comes up when it is tried once more": (
        lambda: twice(after_first(v2=Behaviour(helm=[BAD, ""]))),
        "2.0.0",
        set(),
        False,
    ),
    "it does not come up twice": (
        lambda: twice(after_first(v2=Behaviour(helm=[BAD]))),
        "1.0.0",
        {"2.0.0"},
        False,
    ),
    "the API server refuses it": (
        lambda: twice(after_first(v2=Behaviour(refused=BAD))),
        "1.0.0",
        {"2.0.0"},
        False,
    ),
    "the API server refuses a first install": (
        lambda: twice(fresh("1.0.0", v1=Behaviour(refused=BAD))),
        None,
        {"1.0.0"},
        False,
    ),
    "an approved upgrade that the API server refuses": (
        lambda: twice(approved(v2=Behaviour(refused=BAD))),
        "1.0.0",
        {"2.0.0"},
        False,
    ),
    "its tests say no, twice at once": (
        lambda: twice(after_first(v2=Behaviour(tests=["wrong"]))),
        "1.0.0",
        {"2.0.0"},
        False,
    ),
    "a first install comes up when it is tried once more": (
        lambda: twice(fresh("1.0.0", v1=Behaviour(helm=[BAD, ""]))),
        "1.0.0",
        set(),
        False,
    ),
    "a first install does not come up twice": (
        lambda: twice(fresh("1.0.0", v1=Behaviour(helm=[BAD]))),
        None,
        {"1.0.0"},
        False,
    ),
    "an approved upgrade": (approved, "2.0.0", set(), False),
    "an approved upgrade, after trouble": (
        lambda: approved(v2=Behaviour(helm=[BUSY, BUSY, ""])),
        "2.0.0",
        set(),
        False,
    ),
    "an approved upgrade that comes up when it is tried once more": (
        lambda: twice(approved(v2=Behaviour(helm=[BAD, ""]))),
        "2.0.0",
        set(),
        False,
    ),
    "an approved upgrade that does not come up": (
        lambda: approved(v2=Behaviour(helm=[BAD])),
        "1.0.0",
        {"2.0.0"},
        False,
    ),
    "somebody went back by hand": (gone_back_by_hand, "1.0.0", set(), False),
    "somebody went back by hand, to what fails its tests now": (
        lambda: gone_back_by_hand(v1=Behaviour(tests=["wrong"])),
        "1.0.0",
        set(),
        True,
    ),
    "a person goes back where it is frozen": (frozen_and_gone_back, "1.0.0", set(), True),
    "a person goes back where it is frozen, after trouble": (
        lambda: frozen_and_gone_back(v1=Behaviour(helm=[BUSY, ""], tests=[BUSY, ""])),
        "1.0.0",
        set(),
        True,
    ),
    "made by hand, adopted and upgraded": (made_by_hand, "2.0.0", set(), False),
    "made by hand, and it fails its tests": (
        lambda: made_by_hand(v1=Behaviour(tests=["wrong"])),
        "1.0.0",
        set(),
        True,
    ),
    "made by hand and adopted, and what is newer fails": (
        lambda: made_by_hand(v2=Behaviour(tests=["wrong"])),
        "1.0.0",
        {"2.0.0"},
        False,
    ),
    "a cancelled upgrade": (stopped, "1.0.0", set(), True),
    "a cancelled upgrade that a person goes on with": (gone_on, "2.0.0", set(), False),
    "way back fails at first": (
        lambda: after_first(v1=Behaviour(helm=[BAD, BUSY, ""]), v2=Behaviour(tests=["wrong"])),
        "1.0.0",
        {"2.0.0"},
        False,
    ),
    "way back fails for ever": (
        lambda: after_first(v1=Behaviour(helm=[BAD]), v2=Behaviour(tests=["wrong"])),
        "2.0.0",
        set(),
        True,
    ),
    "the environment is to blame": (broken, "1.0.0", set(), True),
    "after the freeze it is tried again": (thawed, "2.0.0", set(), False),
    "a person goes back": (held, "1.0.0", set(), False),
    "a person goes back during a policy freeze": (held_during_policy_freeze, "1.0.0", set(), False),
    "the held version fails its tests": (lambda: held(v1=Behaviour(tests=["wrong"])), "1.0.0", set(), True),
    "the held version does not come up": (lambda: held(v1=Behaviour(helm=[BAD])), "2.0.0", set(), True),
    "the held version comes up at last": (
        lambda: held(v1=Behaviour(helm=[BAD, BUSY, ""])),
        "1.0.0",
        set(),
        False,
    ),
    "what is newer than the held version fails": (held_and_newer_fails, "1.0.0", {"3.0.0"}, False),
    "history has lost last good": (lost_history, "1.0.0", {"2.0.0"}, False),
}


NEVER_COME_UP = (
    "way back fails for ever",
    "first install never gets room",
    "the held version does not come up",
)


def end(world: World) -> tuple[str | None, set[str], bool, tuple[str, ...]]:
    """What counts in the end; revision numbers and times may differ."""
    record = world.record
    return (
        world.deployed,
        {rejection.version for rejection in record.rejections},
        record.freeze is not None,
        tuple(good.version for good in record.good),
    )


@pytest.mark.parametrize("story", STORIES)
def test_story_ends_as_told(story: str) -> None:
    build, runs, barred, frozen = STORIES[story]
    world = build()
    world.settle()
    assert end(world)[:3] == (runs, barred, frozen), world.sentences
    writes = world.writes
    world.settle()
    assert world.writes == writes, "a second look writes nothing"


@pytest.mark.parametrize("story", STORIES)
def test_story_ends_the_same_wherever_it_is_killed(story: str) -> None:
    build, *_ = STORIES[story]
    straight = build()
    straight.settle()
    for kill_at in range(1, straight.writes + 1):
        world = build()
        world.kill_at = kill_at
        world.settle()
        assert end(world) == end(straight), f"killed at write {kill_at}: {world.sentences}"


def test_story_survives_being_killed_at_every_second_write() -> None:
    """Each look gets one write further than the one before: progress never depends on a whole pass."""
    for story, (build, *_) in STORIES.items():
        if story in NEVER_COME_UP:
            continue
        straight, world = build(), build()
        straight.settle()
        for kill in (2, 5, 9):
            world.kill_at = kill
            try:
                world.run()
            except KilledError:
                continue
        world.settle()
        assert end(world) == end(straight), story


def test_newest_wins_over_one_that_was_never_tested() -> None:
    world = after_first()
    world.kill_at = 4
    with pytest.raises(KilledError):
        world.run()
    assert world.deployed == "2.0.0"
    world.versions.append("3.0.0")
    world.settle()
    assert [good.version for good in world.record.good] == ["3.0.0", "1.0.0"]


def test_hold_ends_when_something_newer_passes() -> None:
    world = held()
    world.settle()
    assert name(world.look()) is State.HELD
    world.versions.append("3.0.0")
    world.settle()
    assert world.deployed == "3.0.0"
    assert world.record.hold is None


def test_what_a_person_left_is_not_gone_back_to_while_the_hold_stands() -> None:
    world = held_and_newer_fails()
    revisions = len(world.revisions)
    world.settle()
    assert [revision.chart_version for revision in world.revisions[revisions:]] == ["3.0.0", "1.0.0"]


def test_held_version_is_tested_and_becomes_last_good() -> None:
    world = held()
    world.settle()
    assert [good.version for good in world.record.good] == ["1.0.0", "2.0.0"]


def test_second_roll_back_goes_further_back() -> None:
    world = held()
    world.settle()
    world.update_record(lambda record: standing_orders.hold_lifted(record, ADA))
    world.versions.append("3.0.0")
    world.settle()
    seen = world.look()
    first = rollback_target.for_person(seen)
    world.update_record(lambda _: rollback_target.hold(seen, first, by="ada", why="slow", now=world.now()))
    world.settle()
    second = rollback_target.for_person(world.look())
    assert (first.version, second.version) == ("1.0.0", "2.0.0")


def test_policy_freeze_lets_what_failed_go_back_but_nothing_new_in() -> None:
    world = after_first(v2=Behaviour(tests=["wrong"]))
    world.kill_at = 5
    with pytest.raises(KilledError):
        world.run()
    world.policy_freeze = "no releases on Fridays"
    world.versions.append("3.0.0")
    world.settle()
    assert end(world)[:2] == ("1.0.0", {"2.0.0"})
    versions = [each.fingerprint.version for each in world.done if isinstance(each, Upgrade)]
    assert versions == ["2.0.0"]


def test_revision_made_by_hand_is_left_alone() -> None:
    world = after_first()
    world.revisions = [*world.revisions, Revision(2, "deployed", "0.9.0", START)]
    decision = world.settle().decision
    assert name(world.look()) is State.UNMANAGED
    assert "by hand" in decision.why
    assert world.writes == 0


def test_adopted_release_is_last_good_and_upgraded_from_there() -> None:
    world = fresh("1.0.0", "2.0.0")
    world.revisions = [Revision(1, "deployed", "1.0.0", START)]
    assert isinstance(world.settle().decision.action, Nothing), "not ours, and nobody asks"
    world.adopts = True
    world.run()
    assert [type(action) for action in world.done] == [Adopt, Test, Upgrade, Test]
    assert [good.version for good in world.record.good] == ["2.0.0", "1.0.0"]


@pytest.mark.parametrize("story", [stopped, frozen_and_gone_back])
def test_a_freeze_is_left_as_it_was_found(story: Callable[[], World]) -> None:
    world = story()
    world.settle()
    world.versions.append("3.0.0")
    revisions = list(world.revisions)
    world.settle()
    assert world.revisions == revisions, "nothing newer comes in"


def test_what_was_cancelled_stands_as_it_was_left() -> None:
    world = stopped()
    assert [each.status for each in world.revisions] == ["deployed", "pending-upgrade"]
    world.settle()
    assert [each.status for each in world.revisions] == ["deployed", "pending-upgrade"]
    assert world.writes == 0


def test_what_somebody_went_back_to_by_hand_is_held() -> None:
    world = gone_back_by_hand()
    world.settle()
    assert name(world.look()) is State.HELD
    assert world.record.hold.not_above == "2.0.0"
    assert [type(each) for each in world.done[-2:]] == [Accept, Test]
    world.versions.append("3.0.0")
    world.settle()
    assert world.deployed == "3.0.0"


def test_what_somebody_brought_by_hand_and_is_wanted_is_not_held() -> None:
    world = after_first()
    world.settle()
    world.helm_by_hand("2.0.0")
    world.settle()
    assert name(world.look()) is State.IN_SYNC
    assert world.record.hold is None


def test_what_is_approved_comes_before_what_is_newer_and_that_is_asked_next() -> None:
    world = approved_and_something_newer_came()
    world.run()
    assert world.deployed == "3.0.0"
    assert world.record.good[0].version == "3.0.0"
    assert world.run().stopped is StopReason.APPROVAL_NEEDED
    assert world.deployed == "3.0.0"


def test_what_somebody_did_again_by_hand_is_not_held() -> None:
    world = after_first()
    world.helm_by_hand("1.0.0")
    world.settle()
    assert world.deployed == "2.0.0"


def test_an_approval_is_for_what_was_shown() -> None:
    """Somebody has released in between: what is shown now is another change."""
    world = approved()
    world.helm_by_hand("1.0.0")
    assert world.run().stopped is StopReason.APPROVAL_NEEDED
    assert world.deployed == "1.0.0"


def test_nothing_is_changed_without_approval() -> None:
    world = after_first()
    world.gated = True
    assert world.run().stopped is StopReason.APPROVAL_NEEDED
    assert (world.writes, world.deployed) == (0, "1.0.0")


# From a fresh look of one pass: what is done in it, in order.
PASSES: dict[str, tuple[Callable[[], World], list[type]]] = {
    "a first install": (lambda: fresh("1.0.0"), [Install, Test]),
    "an upgrade": (after_first, [Upgrade, Test]),
    "an upgrade that does not come up": (
        lambda: after_first(v2=Behaviour(helm=[BAD])),
        [Upgrade, RollBack, Test],
    ),
    "an upgrade that is looked at twice": (
        lambda: twice(after_first(v2=Behaviour(helm=[BAD]))),
        [Upgrade, RollBack, Test],
    ),
    "an upgrade that is refused: what runs is not tested for it": (
        lambda: twice(after_first(v2=Behaviour(refused=BAD))),
        [Upgrade],
    ),
    "an upgrade whose tests say no: they run again on last good": (
        lambda: after_first(v2=Behaviour(tests=["wrong"])),
        [Upgrade, Test, RollBack, Test],
    ),
    "tests for the surroundings wait": (lambda: after_first(v2=Behaviour(tests=[BUSY, ""])), [Upgrade, Test]),
    "a person's way back": (held, [RollBack, Test]),
    "a failed first install is removed": (
        lambda: fresh("1.0.0", v1=Behaviour(tests=["wrong"])),
        [Install, Test, RollBack],
    ),
}


@pytest.mark.parametrize("case", PASSES)
def test_actions_of_one_pass(case: str) -> None:
    build, actions = PASSES[case]
    world = build()
    world.done.clear()
    world.run()
    assert [type(action) for action in world.done] == actions, world.sentences


def test_what_is_refused_is_told_and_leaves_no_revision() -> None:
    world = twice(after_first(v2=Behaviour(refused=BAD)))
    revisions = list(world.revisions)
    result = world.run()
    assert world.record
    assert (world.revisions, world.writes) == (revisions, 1)
    newest = world.record.attempts[0]
    assert (newest.version, newest.revision, newest.outcome, newest.reason) == ("2.0.0", 0, "refused", BAD)
    ended = end_of_run([result])
    assert (ended.ending, ended.failed, ended.version) == (Ending.REFUSED, True, "1.0.0")
    assert ended.message.startswith(f"2.0.0 is refused before anything was changed, and barred: {BAD}.")
    assert not result.wants_another


def test_what_is_refused_and_no_more_barred_is_asked_about_again() -> None:
    world = after_first(v2=Behaviour(refused=BAD))
    world.run()
    world.behaviours["2.0.0"] = Behaviour()
    world.update_record(lambda record: transitions.rejection_lifted(record, "2.0.0", ADA))
    world.settle()
    assert world.deployed == "2.0.0"


def test_a_flaky_test_is_reported_with_its_history() -> None:
    world = after_first(v2=Behaviour(tests=["wrong", ""]))
    world.settle()
    assert [(each.name, each.version, each.reason) for each in world.record.flaky] == [
        ("buy", "2.0.0", "wrong")
    ]


def test_what_was_replaced_while_its_tests_ran_is_not_judged() -> None:
    world = after_first(v2=Behaviour(tests=["wrong"]))
    world.replaced_by_hand = True
    result = world.run()
    assert result.results[-1].reason is Reason.TEST_DISCARDED
    assert (world.record.rejections, [good.version for good in world.record.good]) == ((), ["1.0.0"])


@pytest.mark.parametrize("kill_at", range(8))
@pytest.mark.parametrize("helm", [[""], ["429", ""]], ids=["it arrives", "it needs a second try"])
def test_drift_is_corrected_tested_and_blames_nobody(helm: list[str], kill_at: int) -> None:
    world = fresh("1.0.0")
    world.settle()
    world.behaviour("1.0.0").helm[:] = helm
    world.drift, world.writes, world.kill_at = ("Deployment cart is missing",), 0, kill_at
    world.done.clear()
    world.settle()
    assert isinstance(world.done[0], Correct)
    assert isinstance(world.done[-1], Test)
    assert world.deployed == "1.0.0"
    assert world.record
    assert world.record.rejections == ()
    assert world.record.freeze is None
    assert world.record.last_good
    assert world.record.last_good.revision == world.revisions[-1].revision
