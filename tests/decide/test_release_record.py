"""The record survives being written and read, and each transition does what its name says."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from headway.decide.release import audit, blame, sentences, standing_orders, transitions
from headway.decide.release.blame import Failure, Judgement
from headway.decide.release.failure_cause import LIMIT
from headway.decide.release.findings import (
    EnvironmentFrozen,
    Finding,
    GoesBack,
    LastGood,
    Rejected,
    SeenOnce,
    TriedAgain,
)
from headway.decide.release.observation import ReleaseFingerprint, sightings, suspect
from headway.errors import BadInput
from headway.formats import record_json
from headway.model.audit import AUDIT_LIMIT, HEADWAY, WHY_LIMIT, Said
from headway.model.record import GOOD_LIMIT, Approval, Cause, Hold, Rejection, ReleaseRecord

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ADA = Said("ada", "audit", NOW)
EMPTY = transitions.begun("shop", "testing", "shop")


def content(version: str, values: str = "v") -> ReleaseFingerprint:
    return ReleaseFingerprint(f"sha256:{version}", values, version)


def released(record: ReleaseRecord, version: str, revision: int) -> ReleaseRecord:
    what = content(version)
    record = transitions.attempted(record, what, revision=revision, now=NOW)
    record = transitions.deployed(record, revision, now=NOW)
    return blame.tests_passed(record, what, revision, now=NOW, required=1).record


def broken(record: ReleaseRecord, version: str, revision: int) -> ReleaseRecord:
    what = content(version)
    record = transitions.attempted(record, what, revision=revision, now=NOW)
    return blame.failed(record, what, revision, Failure("release", "version", "broke", NOW)).record


def went_back(record: ReleaseRecord, version: str, revision: int) -> ReleaseRecord:
    record = transitions.attempted(record, content(version), revision=revision, now=NOW, kind="rollback")
    return transitions.deployed(record, revision, now=NOW)


ONE = released(EMPTY, "1", 1)
JUDGED = blame.tests_passed(
    went_back(broken(ONE, "2", 2), "1", 3), content("1"), 3, now=NOW, required=1
).record


def test_written_form_is_stable() -> None:
    data = json.loads(record_json.serialise(ONE))
    assert data["schema"] == 1
    assert data["good"] == [
        {
            "revision": 1,
            "chart_digest": "sha256:1",
            "values_digest": "v",
            "version": "1",
            "tested_at": "2026-11-23T10:00:00Z",
            "inputs": [],
        }
    ]


@pytest.mark.parametrize("record", [EMPTY, ONE, JUDGED], ids=["empty", "one good", "judged"])
def test_read_gives_back_what_was_written(record: ReleaseRecord) -> None:
    assert record_json.read(record_json.serialise(record)) == record


def test_a_record_of_a_newer_headway_is_not_to_be_thrown_away() -> None:
    data = json.loads(record_json.serialise(ONE))
    data["attempts"][0]["began_by"] = "somebody"
    newer = r"attempts\.0\.began_by is unknown to this Headway: a newer one wrote it\. Update this Headway"
    with pytest.raises(BadInput, match=newer) as error:
        record_json.read(json.dumps(data))
    assert "delete" not in str(error.value)


@pytest.mark.parametrize(
    ("former", "corrected"),
    [
        pytest.param({"corrects": [], "corrections": 0}, {}, id="a release"),
        pytest.param({"corrects": ["a", "b"], "corrections": 3}, {"a": 3, "b": 3}, id="a correction"),
        pytest.param({"corrects": ["a"], "corrections": 0}, {}, id="one whose row a person ended"),
        pytest.param({"corrects": ["a"]}, {}, id="one that nobody counted"),
    ],
)
def test_a_record_of_before_is_read_as_it_is(former: dict[str, Any], corrected: dict[str, int]) -> None:
    """There, a correction of drift had one count for all fields, and every other attempt an empty one."""
    data = json.loads(record_json.serialise(ONE))
    del data["attempts"][0]["corrected"]
    data["attempts"][0].update(former)
    (attempt,) = record_json.read(json.dumps(data)).attempts
    assert attempt.corrected == corrected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("{}", "not a JSON object"),
        ('{"schema": 2}', "schema 2"),
        ('{"schema": 1}', "application"),
        ('{"schema": 1, "application": "a", "environment": "b", "release": "c", "goof": []}', "goof"),
    ],
    ids=["empty", "a list", "no schema", "newer schema", "field missing", "field unknown"],
)
def test_damaged_record_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as error:
        record_json.read(text, "ConfigMap shop/headway.shop")
    assert str(error.value).startswith("ConfigMap shop/headway.shop: ")


def test_good_keeps_ten_newest_first_and_one_of_each_content() -> None:
    record = EMPTY
    for number in range(1, GOOD_LIMIT + 4):
        record = released(record, str(number), number)
    record = released(record, "5", 50)
    assert [good.version for good in record.good] == ["5", "13", "12", "11", "10", "9", "8", "7", "6", "4"]
    assert record.good[0].revision == 50
    assert len(record.attempts) == GOOD_LIMIT


def test_a_version_is_good_since_it_passed_first() -> None:
    later = NOW + timedelta(hours=1)
    again = transitions.passed(released(ONE, "2", 2), content("1"), 3, now=later)
    assert [(good.version, good.tested_at) for good in again.good] == [("1", NOW), ("2", NOW)]
    other_values = transitions.passed(ONE, content("1", "w"), 2, now=later)
    assert [good.tested_at for good in other_values.good] == [later, NOW]


def test_history_that_starts_again_makes_old_numbers_meaningless() -> None:
    record = transitions.attempted(released(ONE, "2", 2), content("3"), revision=1, now=NOW)
    assert [(a.version, a.revision) for a in record.attempts] == [("3", 1), ("2", 0), ("1", 0)]
    assert [good.revision for good in record.good] == [0, 0]


def outcomes(record: ReleaseRecord) -> list[tuple[str, str]]:
    return [(a.version, a.outcome) for a in record.attempts]


LATER = NOW + timedelta(minutes=1)


def test_next_try_closes_what_was_cut_off_and_nothing_else() -> None:
    cut_off = transitions.attempted(ONE, content("2"), revision=2, now=NOW)
    record = transitions.attempted(cut_off, content("2"), revision=3, now=LATER)
    assert outcomes(record) == [("2", "started"), ("2", "interrupted"), ("1", "passed")]
    assert [a.ended_at for a in record.attempts] == [None, LATER, NOW]


@pytest.mark.parametrize(
    ("end", "outcome", "cause", "reason", "sightings"),
    [
        pytest.param(
            lambda record: transitions.deployed(record, 2, now=LATER), "deployed", "", "", 0, id="deployed"
        ),
        pytest.param(
            lambda record: transitions.failed(record, 2, cause="version", reason="broke", now=LATER),
            "failed",
            "version",
            "broke",
            1,
            id="failed by itself",
        ),
        pytest.param(
            lambda record: transitions.failed(record, 2, cause="surroundings", reason="429", now=LATER),
            "failed",
            "surroundings",
            "429",
            0,
            id="failed for its surroundings",
        ),
        pytest.param(
            lambda record: (
                blame.failed(
                    record, content("2"), 2, Failure("release", "unknown", "the moon is full", LATER)
                ).record
            ),
            "failed",
            "unknown",
            "the moon is full",
            0,
            id="its rollout is judged",
        ),
        pytest.param(
            lambda record: (
                blame.failed(
                    record, content("2"), 2, Failure("tests", "version", "no", LATER, sightings=2)
                ).record
            ),
            "tests-failed",
            "version",
            "no",
            2,
            id="its tests are judged",
        ),
        pytest.param(
            lambda record: transitions.passed(
                transitions.failed(record, 2, cause="surroundings", reason="429", now=NOW),
                content("2"),
                2,
                now=LATER,
            ),
            "passed",
            "",
            "",
            0,
            id="passed after trouble",
        ),
    ],
)
def test_end_of_an_attempt_is_written(
    end: Callable[[ReleaseRecord], ReleaseRecord], outcome: str, cause: str, reason: str, sightings: int
) -> None:
    newest, *others = end(transitions.attempted(ONE, content("2"), revision=2, now=NOW)).attempts
    assert (newest.outcome, newest.cause, newest.reason) == (outcome, cause, reason)
    assert (newest.ended_at, newest.tries, newest.sightings) == (LATER, 1, sightings)
    assert others == [*ONE.attempts]


def test_deployed_upgrade_leaves_what_failed_before_as_it_is() -> None:
    record = transitions.attempted(broken(ONE, "2", 2), content("3"), revision=3, now=NOW)
    record = transitions.deployed(record, 3, now=NOW)
    assert outcomes(record) == [("3", "deployed"), ("2", "failed"), ("1", "passed")]


def test_failure_of_what_the_record_does_not_know_changes_nothing() -> None:
    after = blame.failed(ONE, content("2"), 2, Failure("release", "version", "broke", NOW))
    assert after == Judgement(ONE, TriedAgain("release", "2", "broke", "candidate"))


def test_what_passed_or_failed_by_itself_begins_with_its_first_try_again() -> None:
    record = transitions.attempted(ONE, content("1"), revision=2, now=NOW)
    assert record.attempts[0].tries == 1
    record = transitions.attempted(broken(ONE, "2", 2), content("2"), revision=3, now=NOW)
    assert record.attempts[0].tries == 1


def test_tests_that_said_no_and_then_met_trouble_are_no_further_try() -> None:
    record = transitions.deployed(transitions.attempted(ONE, content("2"), revision=2, now=NOW), 2, now=NOW)
    for cause, tries in (("version", 1), ("surroundings", 1), ("surroundings", 2)):
        record = blame.failed(record, content("2"), 2, Failure("tests", cause, "x", NOW)).record
        assert record.attempts[0].tries == tries


def test_tries_count_only_what_was_cut_off_or_met_trouble() -> None:
    record = ONE
    for expected in (1, 2, 3):
        record = transitions.attempted(record, content("2"), revision=2, now=NOW)
        assert record.attempts[0].tries == expected
    record = transitions.failed(record, 2, cause="surroundings", reason="429", now=NOW)
    record = transitions.attempted(record, content("2"), revision=3, now=NOW)
    assert record.attempts[0].tries == 4
    record = transitions.attempted(record, content("3"), revision=4, now=NOW)
    assert record.attempts[0].tries == 1


def test_verdict_needs_the_experiment_where_something_was_good() -> None:
    record = broken(ONE, "2", 2)
    assert not record.rejections
    record = went_back(record, "1", 3)
    assert not record.rejections
    assert suspect(record)
    after = blame.tests_passed(record, content("1"), 3, now=NOW, required=1)
    assert (
        sentences.of_finding(after.finding)
        == "2 is to blame and barred: broke; the tests of 1 pass in the same place."
    )
    assert after.record.rejects("sha256:2")
    assert after.record.good[0].revision == 3
    assert suspect(after.record) is None


def test_verdict_names_what_was_tried_and_as_which_revision() -> None:
    record = judged(went_back(broken(ONE, "2", 2), "1", 3), 3, required=1).record
    (rejection,) = record.rejections
    assert rejection == Rejection(
        chart_digest="sha256:2",
        version="2",
        reason="broke; the tests of 1 pass in the same place",
        at=NOW,
        revision=2,
    )
    again = transitions.rejected(record, record.attempts[1], Said("headway", "once more", NOW))
    assert again == record, "a package is rejected once"


def test_verdict_comes_at_once_where_nothing_was_good() -> None:
    record = broken(EMPTY, "1", 1)
    assert record.rejects("sha256:1")
    assert suspect(record) is None, "it is judged"
    (attempt,) = transitions.uninstalled(record).attempts
    assert attempt.outcome == "rolled-back"
    assert attempt.revision == 0, "Helm begins to count at 1 again"


def test_of_a_long_reason_the_beginning_and_the_end_are_kept() -> None:
    """A helm that fails may say 256 KiB, and a ConfigMap holds 1 MiB: then nothing more could be written down."""
    record = transitions.attempted(EMPTY, content("2"), revision=2, now=NOW)
    said = f"beginning {'x' * 200_000} end"
    judged = blame.failed(record, content("2"), 2, Failure("release", "version", said, NOW))
    for reason in (judged.record.attempts[0].reason, judged.record.rejections[0].reason):
        assert len(reason) == 2048
        assert reason.startswith("beginning xxx")
        assert reason.endswith("xxx end")
        assert "characters and more left out" in reason


def test_way_back_leaves_the_outcome_of_what_did_not_fail() -> None:
    record = went_back(broken(ONE, "2", 2), "1", 3)
    assert [(a.version, a.kind, a.outcome) for a in record.attempts] == [
        ("1", "rollback", "deployed"),
        ("2", "release", "rolled-back"),
        ("1", "release", "passed"),
    ]


def judged(record: ReleaseRecord, revision: int, required: int) -> Judgement:
    """The tests of 1, which runs again as `revision`, pass."""
    return blame.tests_passed(record, content("1"), revision, now=NOW, required=required)


def test_what_failed_once_is_tried_once_more_before_it_is_rejected() -> None:
    once = judged(went_back(broken(ONE, "2", 2), "1", 3), 3, required=2)
    assert once.finding == SeenOnce("2", "broke; the tests of 1 pass in the same place")
    assert [a.outcome for a in once.record.attempts] == ["passed", "seen-once", "passed"]
    assert not once.record.rejections
    twice = judged(went_back(broken(once.record, "2", 4), "1", 5), 5, required=2)
    assert twice.finding == Rejected("2", "broke; the tests of 1 pass in the same place", "1")


def test_what_was_seen_of_one_version_does_not_count_against_another() -> None:
    record = judged(went_back(broken(ONE, "2", 2), "1", 3), 3, required=2).record
    record = judged(went_back(broken(record, "3", 4), "1", 5), 5, required=2).record
    assert not record.rejections


def test_what_was_seen_before_it_passed_does_not_count() -> None:
    record = judged(went_back(broken(ONE, "2", 2), "1", 3), 3, required=2).record
    assert sightings(record, content("2")) == 1
    record = released(record, "2", 4)
    assert sightings(record, content("2")) == 0
    assert sightings(broken(record, "2", 5), content("2")) == 1


def test_what_was_seen_before_a_person_lifted_its_rejection_does_not_count() -> None:
    record = judged(went_back(broken(ONE, "2", 2), "1", 3), 3, required=2).record
    record = judged(went_back(broken(record, "2", 4), "1", 5), 5, required=2).record
    assert record.rejects("sha256:2")
    record = transitions.rejection_lifted(record, "2", ADA)
    after = judged(went_back(broken(record, "2", 6), "1", 7), 7, required=2)
    assert isinstance(after.finding, SeenOnce)
    assert not after.record.rejections


def test_what_failed_while_last_good_failed_too_does_not_count() -> None:
    record = went_back(broken(ONE, "2", 2), "1", 3)
    record = blame.failed(record, content("1"), 3, Failure("tests", "version", "no database", NOW)).record
    record = released(standing_orders.thawed(record, ADA), "1", 4)
    after = judged(went_back(broken(record, "2", 5), "1", 6), 6, required=2)
    assert isinstance(after.finding, SeenOnce)


# What is found where a trial ends: the record before, what failed as which revision, and the finding.
GOES_BACK = went_back(broken(ONE, "2", 2), "1", 3)
TWO_TRIED = transitions.attempted(ONE, content("2"), revision=2, now=NOW)
OUT_OF_PATIENCE = TWO_TRIED.model_copy(
    update={"attempts": (TWO_TRIED.attempts[0].model_copy(update={"tries": LIMIT}), *TWO_TRIED.attempts[1:])}
)


@pytest.mark.parametrize(
    ("record", "version", "revision", "failure", "finding"),
    [
        pytest.param(
            TWO_TRIED,
            "2",
            2,
            Failure("release", "version", "broke", NOW),
            GoesBack("release", "2", "broke", "1"),
            id="it failed by itself",
        ),
        pytest.param(
            TWO_TRIED,
            "2",
            2,
            Failure("release", "surroundings", "429", NOW),
            TriedAgain("release", "2", "429", "candidate"),
            id="its surroundings",
        ),
        pytest.param(
            OUT_OF_PATIENCE,
            "2",
            2,
            Failure("release", "surroundings", "429", NOW),
            GoesBack("release", "2", "429", "1"),
            id="its surroundings, too often",
        ),
        pytest.param(
            GOES_BACK,
            "1",
            3,
            Failure("tests", "surroundings", "429", NOW),
            TriedAgain("tests", "1", "429", "last good"),
            id="tests of last good for their surroundings",
        ),
        pytest.param(
            GOES_BACK,
            "1",
            3,
            Failure("tests", "version", "no database", NOW),
            EnvironmentFrozen("last good 1 fails its tests too (no database)"),
            id="tests of last good say no",
        ),
        pytest.param(
            GOES_BACK,
            "1",
            3,
            Failure("release", "version", "no room", NOW),
            TriedAgain("release", "1", "no room", "last good"),
            id="the way back, for the first time",
        ),
        pytest.param(
            GOES_BACK.model_copy(
                update={
                    "attempts": (
                        GOES_BACK.attempts[0].model_copy(update={"tries": LIMIT}),
                        *GOES_BACK.attempts[1:],
                    )
                }
            ),
            "1",
            3,
            Failure("release", "version", "no room", NOW),
            EnvironmentFrozen("last good 1 does not come up any more (no room)"),
            id="the way back, too often",
        ),
        pytest.param(
            transitions.attempted(EMPTY, content("1"), revision=1, now=NOW),
            "1",
            1,
            Failure("tests", "version", "broke", NOW),
            Rejected("1", "broke", ""),
            id="a first install fails its tests",
        ),
        pytest.param(
            transitions.attempted(EMPTY, content("1"), revision=1, now=NOW),
            "1",
            1,
            Failure("release", "version", "broke", NOW, required=2),
            SeenOnce("1", "broke"),
            id="a first install, seen once",
        ),
    ],
)
def test_finding_of_a_failure(
    record: ReleaseRecord, version: str, revision: int, failure: Failure, finding: Finding
) -> None:
    assert blame.failed(record, content(version), revision, failure).finding == finding


def accused(**changes: object) -> ReleaseRecord:
    """1 runs again since 2 failed, as the attempt says."""
    rolled_back, attempt, *others = GOES_BACK.attempts
    return GOES_BACK.model_copy(
        update={"attempts": (rolled_back, attempt.model_copy(update=changes), *others)}
    )


@pytest.mark.parametrize(
    ("record", "finding"),
    [
        pytest.param(went_back(ONE, "1", 2), LastGood("1"), id="nothing is accused"),
        pytest.param(
            accused(),
            Rejected("2", "broke; the tests of 1 pass in the same place", "1"),
            id="it failed by itself",
        ),
        pytest.param(
            accused(reason=""),
            Rejected("2", "it did not come up; the tests of 1 pass in the same place", "1"),
            id="it failed without a word",
        ),
        pytest.param(
            accused(cause="surroundings", tries=LIMIT, reason="429"),
            EnvironmentFrozen(
                f"2 could not be released in {LIMIT} tries (429), which does not speak against it; 1 runs again"
            ),
            id="its surroundings, too often",
        ),
        pytest.param(
            accused(cause="", tries=LIMIT, reason=""),
            EnvironmentFrozen(
                f"2 could not be released in {LIMIT} tries (cut off), which does not speak against it; 1 runs again"
            ),
            id="it was cut off too often",
        ),
        pytest.param(
            accused(chart_digest="sha256:1"),
            EnvironmentFrozen(
                "2 was good before and failed now (broke), while 1 passes: its values or its surroundings have changed"
            ),
            id="it was good before",
        ),
    ],
)
def test_finding_where_last_good_passes(record: ReleaseRecord, finding: Finding) -> None:
    after = judged(record, record.attempts[0].revision, required=1)
    assert after.finding == finding
    assert (after.record.freeze is not None) is isinstance(finding, EnvironmentFrozen)
    assert bool(after.record.rejections) is isinstance(finding, Rejected)


def test_environment_is_frozen_where_last_good_fails_too() -> None:
    record = went_back(broken(ONE, "2", 2), "1", 3)
    record = blame.failed(record, content("1"), 3, Failure("tests", "version", "no database", NOW)).record
    assert record.freeze
    assert not record.rejections
    assert suspect(record) is None, "it may be tried again after the freeze"
    assert [a.outcome for a in record.attempts] == ["excused", "excused", "passed"]


def test_trouble_during_the_experiment_judges_nobody() -> None:
    record = went_back(broken(ONE, "2", 2), "1", 3)
    record = blame.failed(record, content("1"), 3, Failure("tests", "surroundings", "429", NOW)).record
    assert record.freeze is None
    assert not record.rejections


def test_trouble_that_lasts_during_the_experiment_freezes() -> None:
    record = went_back(broken(ONE, "2", 2), "1", 3)
    for _ in range(LIMIT):
        record = blame.failed(record, content("1"), 3, Failure("tests", "surroundings", "429", NOW)).record
    assert record.freeze


def test_good_version_with_other_values_is_never_barred() -> None:
    record = transitions.attempted(ONE, content("1", "other"), revision=2, now=NOW)
    record = blame.failed(
        record, content("1", "other"), 2, Failure("release", "version", "broke", NOW)
    ).record
    record = judged(went_back(record, "1", 3), 3, required=1).record
    assert not record.rejections
    assert record.freeze


def test_verdict_is_carried_once_for_each_place() -> None:
    record = JUDGED
    for what in ("cluster", "repository", "cluster"):
        record = transitions.propagated(record, "sha256:2", what)
    assert record.rejections[0].propagated_to == ("cluster", "repository")


def test_pardoned_version_starts_anew() -> None:
    record = transitions.rejection_lifted(JUDGED, "sha256:2", ADA)
    assert not record.rejects("sha256:2")
    assert suspect(record) is None
    assert transitions.attempted(record, content("2"), revision=4, now=NOW).attempts[0].tries == 1


@pytest.mark.parametrize("what", ["2", "sha256:2"], ids=["by version", "by digest"])
def test_pardon_takes_one_verdict_and_what_counted_towards_it(what: str) -> None:
    both = blame.tests_passed(
        went_back(broken(JUDGED, "3", 4), "1", 5), content("1"), 5, now=NOW, required=1
    ).record
    record = transitions.rejection_lifted(both, what, ADA)
    assert [rejection.version for rejection in record.rejections] == ["3"]
    assert {a.version for a in record.attempts if a.outcome == "excused"} == {"2"}
    assert record.good == both.good


def test_pardon_of_what_has_no_verdict_changes_nothing() -> None:
    assert transitions.rejection_lifted(JUDGED, "9", ADA) == JUDGED


def test_lifted_hold_leaves_everything_else() -> None:
    hold = Hold(by="ada", why="slow", at=NOW, version="1", not_above="2")
    lifted = standing_orders.hold_lifted(standing_orders.held(JUDGED, hold), ADA)
    assert lifted.model_copy(update={"audit": JUDGED.audit}) == JUDGED


def tried_in_vain(record: ReleaseRecord, times: int = LIMIT) -> ReleaseRecord:
    """The tests of last good, after a rollback, find no room again and again."""
    for _ in range(times):
        record = blame.failed(record, content("1"), 3, Failure("tests", "surroundings", "429", NOW)).record
    return record


def test_thawed_environment_gets_all_its_tries_again() -> None:
    frozen = tried_in_vain(went_back(broken(ONE, "2", 2), "1", 3))
    record = standing_orders.thawed(frozen, ADA)
    assert record.freeze is None
    assert (record.good, record.rejections, record.hold) == (frozen.good, frozen.rejections, frozen.hold)
    assert suspect(record) is None
    assert tried_in_vain(record, LIMIT - 1).freeze is None
    assert tried_in_vain(record).freeze


def test_thawed_environment_excuses_what_ended_badly_and_nothing_else() -> None:
    record = transitions.attempted(ONE, content("2"), revision=2, now=NOW)
    record = transitions.failed(record, 2, cause="surroundings", reason="429", now=NOW)
    frozen = standing_orders.frozen(record, ADA)
    assert [a.outcome for a in frozen.attempts] == ["failed", "passed"], "that of 2 may go away by itself"
    assert [a.outcome for a in standing_orders.thawed(frozen, ADA).attempts] == ["excused", "passed"]


@pytest.mark.parametrize(
    ("second", "told"),
    [
        pytest.param(
            Said("kim", "an incident", NOW),
            "an incident; in place of the freeze by ada: the database is moved",
            id="another",
        ),
        pytest.param(Said("ada", "the database is moved", NOW), "the database is moved", id="the same again"),
        pytest.param(Said(HEADWAY, "it fails", NOW), "it fails", id="one that does not take its place"),
    ],
)
def test_a_freeze_in_place_of_another_says_whose_it_was(second: Said, told: str) -> None:
    first = standing_orders.frozen(ONE, Said("ada", "the database is moved", NOW))
    after = standing_orders.frozen(first, second)
    assert [each.why for each in after.audit[:2]] == [told, "the database is moved"]
    assert after.freeze
    assert after.freeze.why == ("the database is moved" if second.by == HEADWAY else second.why)


def test_thawed_environment_forgets_tries_that_did_not_freeze_it() -> None:
    record = tried_in_vain(went_back(broken(ONE, "2", 2), "1", 3), LIMIT - 1)
    record = standing_orders.thawed(standing_orders.frozen(record, ADA), ADA)
    assert tried_in_vain(record, LIMIT - 1).freeze is None


def test_held_version_that_fails_its_tests_freezes_at_once() -> None:
    hold = Hold(by="ada", why="slow", at=NOW, version="1", not_above="2")
    record = went_back(standing_orders.held(released(ONE, "2", 2), hold), "1", 3)
    after = blame.failed(record, content("1"), 3, Failure("tests", "version", "no database", NOW))
    assert sentences.of_finding(after.finding) == "Frozen: held 1 fails its tests too (no database)."
    assert after.record.freeze
    assert after.record.hold == hold
    assert not after.record.rejections


def test_hold_written_while_what_a_person_leaves_is_tested_outlives_its_tests() -> None:
    hold = Hold(by="ada", why="slow", at=NOW, version="0.1.0", not_above="0.2.0")
    assert released(standing_orders.held(ONE, hold), "0.2.0", 2).hold == hold


def test_hold_gives_way_to_what_a_person_adopts() -> None:
    hold = Hold(by="ada", why="slow", at=NOW, version="0.1.0", not_above="0.2.0")
    record = standing_orders.held(ONE, hold)
    assert transitions.adopted(record, content("0.1.5"), 4, ADA).hold is None
    assert transitions.adopted(record, content("0.1.0"), 4, ADA).hold == hold


def test_hold_is_kept_by_what_is_held_and_ended_by_something_newer() -> None:
    hold = Hold(by="ada", why="slow", at=NOW, version="1", not_above="2")
    record = standing_orders.held(ONE, hold)
    assert released(record, "1", 2).hold == hold
    assert released(record, "3.0.0", 2).hold is None
    assert standing_orders.hold_lifted(record, ADA).hold is None


ADOPTED = transitions.adopted(EMPTY, content("0.9"), 4, ADA)


def test_adopted_release_is_good_once_it_has_passed() -> None:
    assert not ADOPTED.good
    (attempt,) = ADOPTED.attempts
    assert (attempt.kind, attempt.outcome, attempt.revision) == ("adoption", "deployed", 4)
    passed = blame.tests_passed(ADOPTED, content("0.9"), 4, now=NOW, required=1)
    assert passed.finding == LastGood("0.9")
    assert [(good.version, good.revision) for good in passed.record.good] == [("0.9", 4)]


@pytest.mark.parametrize(
    ("cause", "finding"),
    [
        ("version", EnvironmentFrozen("adopted 0.9 fails its tests (no)")),
        ("surroundings", TriedAgain("tests", "0.9", "no", "adopted")),
    ],
)
def test_adopted_release_that_fails_is_neither_rejected_nor_taken_away(
    cause: Cause, finding: Finding
) -> None:
    found = blame.failed(ADOPTED, content("0.9"), 4, Failure("tests", cause, "no", NOW))
    assert found.finding == finding
    assert not found.record.rejections
    assert not found.record.good


def test_what_failed_before_a_person_took_over_is_not_suspected_any_more() -> None:
    assert suspect(broken(ONE, "2", 2))
    assert suspect(transitions.adopted(broken(ONE, "2", 2), content("9"), 3, ADA)) is None


def test_what_a_person_brought_back_is_a_rollback_that_arrived() -> None:
    record = transitions.restored(released(ONE, "2", 2), ONE.good[0], 3, now=NOW)
    assert (record.attempts[0].kind, record.attempts[0].outcome) == ("rollback", "deployed")
    assert (record.attempts[0].version, record.attempts[0].revision) == ("1", 3)


# Who decided: each decision leaves one entry, the newest first.
GIVEN = Approval(
    by="ada", why="checked", at=NOW, version="2", chart_digest="sha256:2", plan="a plan", run="r"
)
WORDS = Said("ada", "why", NOW, "r")
TWO_GOOD = released(ONE, "2", 2)
BACK_TO_1 = Hold(by="ada", why="why", at=NOW, version="1", not_above="2")


@pytest.mark.parametrize(
    ("after", "kind", "version", "digest"),
    [
        pytest.param(standing_orders.approved(ONE, GIVEN), "approved", "2", "sha256:2", id="approved"),
        pytest.param(
            standing_orders.declined(ONE, GIVEN), "rejected", "2", "sha256:2", id="answered with no"
        ),
        pytest.param(
            standing_orders.lapsed(standing_orders.approved(ONE, GIVEN), WORDS),
            "lapsed",
            "2",
            "sha256:2",
            id="an approval that is good for nothing any more",
        ),
        pytest.param(
            standing_orders.held(TWO_GOOD, BACK_TO_1, run="r"),
            "held",
            "1",
            "sha256:1",
            id="a person went back",
        ),
        pytest.param(
            standing_orders.hold_lifted(standing_orders.held(TWO_GOOD, BACK_TO_1), WORDS),
            "hold-lifted",
            "1",
            "",
            id="a hold was lifted",
        ),
        pytest.param(standing_orders.frozen(ONE, WORDS), "frozen", "", "", id="frozen"),
        pytest.param(
            standing_orders.thawed(standing_orders.frozen(ONE, WORDS), WORDS),
            "freeze-lifted",
            "",
            "",
            id="thawed",
        ),
        pytest.param(standing_orders.stopped(ONE, WORDS), "frozen", "", "", id="a run was cancelled"),
        pytest.param(
            transitions.rejected(ONE, ONE.attempts[0], WORDS), "barred", "1", "sha256:1", id="barred"
        ),
        pytest.param(
            transitions.rejection_lifted(JUDGED, "2", WORDS),
            "bar-lifted",
            "2",
            "sha256:2",
            id="a bar was lifted",
        ),
        pytest.param(
            transitions.adopted(EMPTY, content("9"), 1, WORDS), "adopted", "9", "sha256:9", id="adopted"
        ),
        pytest.param(
            standing_orders.asked_for(ONE, "started", WORDS), "started", "", "", id="started by hand"
        ),
        pytest.param(
            standing_orders.asked_for(EMPTY, "promoted", WORDS, version="2", digest="sha256:2"),
            "promoted",
            "2",
            "sha256:2",
            id="promoted by hand",
        ),
    ],
)
def test_who_decided_what_and_why_is_kept(after: ReleaseRecord, kind: str, version: str, digest: str) -> None:
    entry = after.audit[0]
    assert (entry.kind, entry.version, entry.digest) == (kind, version, digest)
    assert (entry.by, entry.at, entry.run) == ("ada", NOW, "r")
    assert entry.why == ("checked" if kind in ("approved", "rejected") else "why")
    assert entry.plan == ("a plan" if kind in ("approved", "rejected", "lapsed") else "")
    assert record_json.read(record_json.serialise(after)) == after


def test_what_headway_decides_is_kept_with_its_run() -> None:
    failure = Failure("release", "version", "broke", NOW, run="r")
    record = transitions.attempted(EMPTY, content("1"), revision=1, now=NOW)
    barred = blame.failed(record, content("1"), 1, failure).record.audit[0]
    assert (barred.kind, barred.by, barred.why, barred.run) == ("barred", "headway", "broke", "r")
    went = went_back(broken(ONE, "2", 2), "1", 3)
    judged_guilty = blame.tests_passed(went, content("1"), 3, now=NOW, required=1, run="r").record.audit[0]
    assert (judged_guilty.kind, judged_guilty.version, judged_guilty.run) == ("barred", "2", "r")
    frozen = blame.failed(went, content("1"), 3, Failure("tests", "version", "down", NOW, run="r"))
    entry = frozen.record.audit[0]
    assert (entry.kind, entry.why, entry.run) == ("frozen", "last good 1 fails its tests too (down)", "r")


def test_what_ends_a_hold_by_passing_is_kept() -> None:
    record = released(standing_orders.held(ONE, BACK_TO_1), "3.0.0", 2)
    assert record.hold is None
    entry = record.audit[0]
    assert (entry.kind, entry.by, entry.why) == (
        "hold-lifted",
        "headway",
        "3.0.0 is newer and passed its tests",
    )


def test_what_was_not_there_is_not_lifted() -> None:
    assert standing_orders.hold_lifted(ONE, WORDS) == ONE
    assert standing_orders.lapsed(ONE, WORDS) == ONE
    assert standing_orders.gone_on(ONE, WORDS) == ONE


def test_the_audit_is_bounded_in_number_and_length() -> None:
    record = EMPTY
    for number in range(AUDIT_LIMIT + 3):
        record = standing_orders.frozen(record, Said("ada", f"{number} {'x' * 2000}", NOW))
    assert len(record.audit) == AUDIT_LIMIT
    assert record.audit[0].why.startswith(f"{AUDIT_LIMIT + 2} xx")
    assert {len(entry.why) for entry in record.audit} == {WHY_LIMIT}


def test_what_was_added_to_the_audit_is_told_the_oldest_first() -> None:
    full = EMPTY
    for number in range(AUDIT_LIMIT):
        full = standing_orders.frozen(full, Said("ada", str(number), NOW))
    after = standing_orders.thawed(standing_orders.frozen(full, Said("bob", "a", NOW)), Said("bob", "b", NOW))
    said = [entry.why for entry in audit.added(full, after)]
    assert said == [f"a; in place of the freeze by ada: {AUDIT_LIMIT - 1}", "b"]
    assert audit.added(EMPTY, full) == tuple(reversed(full.audit))
    assert audit.added(full, full) == ()


# An approval: what ends it, and what it is begun by.
APPROVED = standing_orders.approved(ONE, GIVEN)


@pytest.mark.parametrize(
    ("after", "stands"),
    [
        pytest.param(APPROVED, True, id="given"),
        pytest.param(
            transitions.attempted(APPROVED, content("3"), revision=2, now=NOW), True, id="of others"
        ),
        pytest.param(transitions.passed(APPROVED, content("3"), 2, now=NOW), True, id="another one passed"),
        pytest.param(transitions.passed(APPROVED, content("2"), 2, now=NOW), False, id="carried out"),
        pytest.param(
            broken(ONE.model_copy(update={"good": (), "approval": GIVEN}), "2", 2), False, id="barred"
        ),
        pytest.param(standing_orders.frozen(APPROVED, WORDS), False, id="a person freezes"),
        pytest.param(standing_orders.stopped(APPROVED, WORDS), False, id="its run was cancelled"),
        pytest.param(standing_orders.held(APPROVED, BACK_TO_1), False, id="a person goes back"),
        pytest.param(standing_orders.declined(APPROVED, GIVEN), False, id="answered with no later"),
        pytest.param(
            standing_orders.declined(APPROVED, GIVEN.model_copy(update={"chart_digest": "sha256:3"})),
            True,
            id="another one was answered with no",
        ),
        pytest.param(standing_orders.lapsed(APPROVED, WORDS), False, id="lapsed"),
    ],
)
def test_an_approval_stands_until_somebody_says_otherwise(after: ReleaseRecord, stands: bool) -> None:
    assert (after.approval is not None) is stands


def test_an_approval_is_begun_by_the_release_of_its_package_alone() -> None:
    def begun(version: str, kind: Literal["release", "rollback"] = "release") -> bool:
        after = transitions.attempted(APPROVED, content(version), revision=2, now=NOW, kind=kind)
        assert after.approval
        return after.approval.begun

    assert [begun("2"), begun("3"), begun("2", "rollback")] == [True, False, False]


HEADWAYS = Said("headway", "last good fails", NOW)


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        pytest.param(HEADWAYS, WORDS, WORDS, id="a person's takes the place of Headway's"),
        pytest.param(WORDS, HEADWAYS, WORDS, id="Headway's leaves a person's"),
        pytest.param(
            WORDS, Said("bob", "me too", NOW), Said("bob", "me too", NOW), id="a person's, of another"
        ),
    ],
)
def test_whose_freeze_stands(first: Said, second: Said, stands: Said) -> None:
    record = standing_orders.frozen(standing_orders.frozen(ONE, first), second)
    assert record.freeze
    assert (record.freeze.by, record.freeze.why) == (stands.by, stands.why)
    assert [entry.by for entry in record.audit] == [second.by, first.by], "both are kept"


def test_a_cancelled_run_freezes_once_and_leaves_a_freeze_that_is_there() -> None:
    stopped = standing_orders.stopped(ONE, WORDS)
    assert stopped.freeze
    assert stopped.freeze.cancelled_run == "r"
    assert standing_orders.stopped(stopped, WORDS) == stopped
    assert standing_orders.stopped(standing_orders.thawed(stopped, ADA), WORDS).freeze is None, "it is known"
    both = standing_orders.stopped(standing_orders.frozen(ONE, ADA), WORDS)
    assert both.freeze
    assert (both.freeze.by, both.freeze.cancelled_run) == ("ada", "")
    later = standing_orders.frozen(stopped, HEADWAYS)
    assert later.freeze
    assert (later.freeze.by, later.freeze.cancelled_run) == ("headway", "")


def test_a_release_by_hand_ends_what_a_cancelled_run_froze_and_nothing_else() -> None:
    assert standing_orders.gone_on(standing_orders.stopped(ONE, WORDS), ADA).freeze is None
    frozen = standing_orders.frozen(ONE, WORDS)
    assert standing_orders.gone_on(frozen, ADA) == frozen


def test_the_later_of_roll_back_and_freeze_counts() -> None:
    frozen_first = standing_orders.held(standing_orders.frozen(TWO_GOOD, ADA), BACK_TO_1)
    assert frozen_first.hold
    assert frozen_first.hold.past_freeze
    again = standing_orders.frozen(frozen_first, ADA)
    assert again.hold
    assert not again.hold.past_freeze
    held_first = standing_orders.held(TWO_GOOD, BACK_TO_1)
    assert held_first.hold == BACK_TO_1


def test_a_run_that_begins_anew_says_once_who_started_it() -> None:
    once = standing_orders.asked_for(ONE, "started", WORDS)
    assert standing_orders.asked_for(once, "started", WORDS) == once
    lifted = standing_orders.thawed(ONE, WORDS)
    assert standing_orders.asked_for(lifted, "started", WORDS) == lifted, "what it lifted says it"


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "1969-12-31T23:59:59Z",
    ],
)
def test_a_time_that_nobody_can_count_with_damages_a_record(at: str) -> None:
    freeze = {"by": "Kim", "why": "", "at": at}
    text = json.dumps({"schema": 1, "application": "a", "environment": "e", "release": "r", "freeze": freeze})
    with pytest.raises(BadInput, match=r"freeze\.at: .* is no time of a release"):
        record_json.read(text)


def test_when_helm_had_done_its_work_outlasts_what_the_tests_say() -> None:
    record = transitions.attempted(EMPTY, content("1"), revision=1, now=NOW)
    record = transitions.deployed(record, 1, now=LATER)
    judged = transitions.failed(record, 1, cause="version", reason="no", now=LATER, outcome="tests-failed")
    assert [each.attempts[0].upgraded_at for each in (record, judged)] == [LATER, LATER]
