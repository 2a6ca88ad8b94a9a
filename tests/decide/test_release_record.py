"""The record survives being written and read, and each transition does what its name says."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.release import blame, sentences, transitions
from headway.decide.release.blame import Failure
from headway.decide.release.failure_cause import LIMIT
from headway.decide.release.observation import ReleaseFingerprint, suspect
from headway.errors import BadInput
from headway.formats import record_json
from headway.model.record import GOOD_LIMIT, Hold, ReleaseRecord

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
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
        }
    ]


@pytest.mark.parametrize("record", [EMPTY, ONE, JUDGED], ids=["empty", "one good", "judged"])
def test_read_gives_back_what_was_written(record: ReleaseRecord) -> None:
    assert record_json.read(record_json.serialise(record)) == record


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
    judged = blame.tests_passed(record, content("1"), 3, now=NOW, required=1)
    assert (
        sentences.of_finding(judged.finding)
        == "2 is to blame and barred: broke; the tests of 1 pass in the same place."
    )
    assert judged.record.rejects("sha256:2")
    assert judged.record.good[0].revision == 3
    assert suspect(judged.record) is None


def test_verdict_comes_at_once_where_nothing_was_good() -> None:
    record = broken(EMPTY, "1", 1)
    assert record.rejects("sha256:1")
    assert transitions.uninstalled(record).attempts[0].outcome == "rolled-back"


def test_environment_is_frozen_where_last_good_fails_too() -> None:
    record = went_back(broken(ONE, "2", 2), "1", 3)
    judged = blame.failed(record, content("1"), 3, Failure("tests", "version", "no database", NOW))
    assert sentences.of_finding(judged.finding) == "Frozen: last good 1 fails its tests too (no database)."
    assert judged.record.freeze
    assert not judged.record.rejections
    assert suspect(judged.record) is None, "it may be tried again after the freeze"


def test_trouble_during_the_experiment_judges_nobody() -> None:
    record = went_back(broken(ONE, "2", 2), "1", 3)
    judged = blame.failed(record, content("1"), 3, Failure("tests", "surroundings", "429", NOW))
    assert judged.record.freeze is None
    assert not judged.record.rejections


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
    judged = blame.tests_passed(went_back(record, "1", 3), content("1"), 3, now=NOW, required=1)
    assert not judged.record.rejections
    assert judged.record.freeze


def test_verdict_is_carried_once_for_each_place() -> None:
    record = JUDGED
    for what in ("cluster", "repository", "cluster"):
        record = transitions.propagated(record, "sha256:2", what)
    assert record.rejections[0].propagated_to == ("cluster", "repository")


def test_pardoned_version_starts_anew() -> None:
    record = transitions.rejection_lifted(JUDGED, "sha256:2")
    assert not record.rejects("sha256:2")
    assert suspect(record) is None
    assert transitions.attempted(record, content("2"), revision=4, now=NOW).attempts[0].tries == 1


@pytest.mark.parametrize("what", ["2", "sha256:2"], ids=["by version", "by digest"])
def test_pardon_takes_one_verdict_and_what_counted_towards_it(what: str) -> None:
    both = blame.tests_passed(
        went_back(broken(JUDGED, "3", 4), "1", 5), content("1"), 5, now=NOW, required=1
    ).record
    record = transitions.rejection_lifted(both, what)
    assert [rejection.version for rejection in record.rejections] == ["3"]
    assert {a.version for a in record.attempts if a.outcome == "excused"} == {"2"}
    assert record.good == both.good


def test_pardon_of_what_has_no_verdict_changes_nothing() -> None:
    assert transitions.rejection_lifted(JUDGED, "9") == JUDGED


def test_lifted_hold_leaves_everything_else() -> None:
    hold = Hold(by="ada", why="slow", at=NOW, version="1", not_above="2")
    assert transitions.lifted(transitions.held(JUDGED, hold)) == JUDGED


def tried_in_vain(record: ReleaseRecord, times: int = LIMIT) -> ReleaseRecord:
    """The tests of last good, after a rollback, find no room again and again."""
    for _ in range(times):
        record = blame.failed(record, content("1"), 3, Failure("tests", "surroundings", "429", NOW)).record
    return record


def test_thawed_environment_gets_all_its_tries_again() -> None:
    frozen = tried_in_vain(went_back(broken(ONE, "2", 2), "1", 3))
    record = transitions.thawed(frozen)
    assert record.freeze is None
    assert (record.good, record.rejections, record.hold) == (frozen.good, frozen.rejections, frozen.hold)
    assert suspect(record) is None
    assert tried_in_vain(record, LIMIT - 1).freeze is None
    assert tried_in_vain(record).freeze


def test_thawed_environment_forgets_tries_that_did_not_freeze_it() -> None:
    record = tried_in_vain(went_back(broken(ONE, "2", 2), "1", 3), LIMIT - 1)
    record = transitions.thawed(transitions.frozen(record, by="ada", why="audit", now=NOW))
    assert tried_in_vain(record, LIMIT - 1).freeze is None


def test_held_version_that_fails_its_tests_freezes_at_once() -> None:
    hold = Hold(by="ada", why="slow", at=NOW, version="1", not_above="2")
    record = went_back(transitions.held(released(ONE, "2", 2), hold), "1", 3)
    judged = blame.failed(record, content("1"), 3, Failure("tests", "version", "no database", NOW))
    assert sentences.of_finding(judged.finding) == "Frozen: held 1 fails its tests too (no database)."
    assert judged.record.freeze
    assert judged.record.hold == hold
    assert not judged.record.rejections


def test_hold_written_while_what_a_person_leaves_is_tested_outlives_its_tests() -> None:
    hold = Hold(by="ada", why="slow", at=NOW, version="0.1.0", not_above="0.2.0")
    assert released(transitions.held(ONE, hold), "0.2.0", 2).hold == hold


def test_hold_gives_way_to_what_a_person_adopts() -> None:
    hold = Hold(by="ada", why="slow", at=NOW, version="0.1.0", not_above="0.2.0")
    record = transitions.held(ONE, hold)
    assert transitions.adopted(record, content("0.1.5"), 4, now=NOW).hold is None
    assert transitions.adopted(record, content("0.1.0"), 4, now=NOW).hold == hold


def test_hold_is_kept_by_what_is_held_and_ended_by_something_newer() -> None:
    hold = Hold(by="ada", why="slow", at=NOW, version="1", not_above="2")
    record = transitions.held(ONE, hold)
    assert released(record, "1", 2).hold == hold
    assert released(record, "3.0.0", 2).hold is None
    assert transitions.lifted(record).hold is None


def test_adopted_release_is_last_good() -> None:
    record = transitions.adopted(EMPTY, ReleaseFingerprint("", "", "0.9"), 4, now=NOW)
    assert record.last_good
    assert (record.last_good.version, record.last_good.revision) == ("0.9", 4)
