"""How often the same drift is corrected, when again, and when no more."""

from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.release import corrections, standing_orders, transitions
from headway.decide.release.observation import ReleaseFingerprint
from headway.model.audit import Said
from headway.model.record import CORRECTS_LIMIT, ReleaseRecord

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
ONE = ReleaseFingerprint("sha256:1", "v", "1.0.0")
TWO = ReleaseFingerprint("sha256:2", "v", "2.0.0")
REPLICAS, IMAGE = "Deployment web: spec.replicas", "Deployment web: spec.image"


def released(record: ReleaseRecord, content: ReleaseFingerprint, at: datetime) -> ReleaseRecord:
    revision = record.attempts[0].revision + 1 if record.attempts else 1
    record = transitions.attempted(record, content, revision=revision, now=at)
    return transitions.passed(record, content, revision, now=at)


def corrected(record: ReleaseRecord, at: datetime, *drift: str) -> ReleaseRecord:
    revision = record.attempts[0].revision + 1
    again = transitions.attempted(record, ONE, revision=revision, now=at, kind="rollback", corrects=drift)
    return transitions.passed(again, ONE, revision, now=at)


RELEASED = released(transitions.begun("shop", "testing", "shop"), ONE, NOW)


def row(times: int, *, apart: timedelta = timedelta(hours=1), drift: str = REPLICAS) -> ReleaseRecord:
    """The last of them NOW."""
    record = RELEASED
    for at in range(times):
        record = corrected(record, NOW - apart * (times - 1 - at), drift)
    return record


@pytest.mark.parametrize(
    ("record", "drift", "minutes"),
    [
        pytest.param(RELEASED, [REPLICAS], None, id="the first time"),
        pytest.param(row(1), [REPLICAS], 10, id="once"),
        pytest.param(row(2), [REPLICAS], 20, id="twice"),
        pytest.param(row(4), [REPLICAS, IMAGE], 10, id="four times, and one more field"),
        pytest.param(
            corrected(row(3), NOW, IMAGE, REPLICAS), [REPLICAS], 80, id="four times, then with another field"
        ),
        pytest.param(row(4), [IMAGE], 10, id="another field"),
        pytest.param(row(4, apart=timedelta(days=2)), [REPLICAS], 10, id="now and then"),
        pytest.param(released(row(4), TWO, NOW), [REPLICAS], None, id="another version runs"),
    ],
)
def test_the_pause_doubles_with_each_correction_of_the_same_fields(
    record: ReleaseRecord, drift: list[str], minutes: int | None
) -> None:
    due = corrections.due(record, drift)
    assert due == (None if minutes is None else NOW + timedelta(minutes=minutes))


STARTED = standing_orders.gone_on(row(5), Said("Ada", "", NOW))


@pytest.mark.parametrize(
    ("record", "drift", "in_vain"),
    [
        pytest.param(row(4), [REPLICAS], False, id="four times"),
        pytest.param(row(5), [REPLICAS], True, id="five times"),
        pytest.param(row(5), [IMAGE], False, id="another field"),
        pytest.param(
            row(5), [IMAGE, REPLICAS], False, id="five times, and a field that differs for the first time"
        ),
        pytest.param(
            corrected(row(5), NOW, IMAGE, REPLICAS), [REPLICAS], True, id="a sixth time, with another field"
        ),
        pytest.param(row(5), [], False, id="nothing differs"),
        pytest.param(row(5, apart=timedelta(days=2)), [REPLICAS], False, id="now and then"),
        pytest.param(STARTED, [REPLICAS], False, id="a person has started a release since"),
        pytest.param(released(row(5), TWO, NOW), [REPLICAS], False, id="another version runs"),
    ],
)
def test_it_ends(record: ReleaseRecord, drift: list[str], in_vain: bool) -> None:
    assert corrections.in_vain(record, drift) is in_vain


def test_fields_that_drift_in_turn_come_to_an_end_too() -> None:
    record, at = RELEASED, NOW
    for _ in range(5):
        for field in (REPLICAS, IMAGE):
            assert not corrections.in_vain(record, [field])
            record, at = corrected(record, at, field), at + timedelta(hours=1)
    assert corrections.in_vain(record, [REPLICAS])
    assert corrections.in_vain(record, [IMAGE])


def test_a_correction_that_had_to_go_back_is_one_of_the_row() -> None:
    back = transitions.attempted(row(4), ONE, revision=9, now=NOW, kind="rollback")
    assert corrections.in_vain(corrected(back, NOW, REPLICAS), [REPLICAS])


def test_a_record_does_not_grow_with_all_that_differs() -> None:
    drift = [f"ConfigMap it: data.{number}" for number in range(1000)]
    record = corrected(RELEASED, NOW, *drift)
    assert len(record.attempts[0].corrected) == CORRECTS_LIMIT
    assert corrections.due(record, drift) == NOW + timedelta(minutes=10)


def test_what_the_record_has_no_room_for_comes_to_an_end_too() -> None:
    drift = [f"ConfigMap it: data.{number}" for number in range(1000)]
    record = RELEASED
    for hour in range(5):
        assert not corrections.in_vain(record, drift[CORRECTS_LIMIT:])
        record = corrected(record, NOW + timedelta(hours=hour), *drift)
    assert corrections.in_vain(record, drift)
    assert corrections.in_vain(record, drift[CORRECTS_LIMIT:])


def test_a_record_that_is_just_full_says_nothing_of_other_fields() -> None:
    drift = [f"ConfigMap it: data.{number}" for number in range(CORRECTS_LIMIT)]
    record = RELEASED
    for hour in range(5):
        record = corrected(record, NOW + timedelta(hours=hour), *drift)
    assert corrections.in_vain(record, drift)
    assert not corrections.in_vain(record, [REPLICAS])
