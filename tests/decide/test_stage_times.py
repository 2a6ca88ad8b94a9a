"""How long each stage of a delivery took."""

from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.review.stage_times import STAGES, Moments, moment, spreads

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


WHOLE = Moments(at(0), at(5), None, at(8), at(20), at(50), at(90))


@pytest.mark.parametrize(
    ("known", "seconds"),
    [
        pytest.param(WHOLE, [5, 3, 12, 30, 40], id="all of it"),
        pytest.param(Moments(), [None] * 5, id="nothing"),
        pytest.param(
            Moments(committed=at(0), tested_before=at(100), published=at(130)),
            [None, 30, None, None, None],
            id="promoted: counted from its tests in the environment before",
        ),
        pytest.param(
            Moments(committed=at(9), published=at(8)), [None] * 5, id="clocks that contradict each other"
        ),
    ],
)
def test_seconds(known: Moments, seconds: list[float | None]) -> None:
    assert [known.seconds(each) for each in STAGES] == seconds


def test_median_and_p90_of_what_is_known() -> None:
    several = [Moments(published=at(0), begun=at(seconds)) for seconds in (10, 20, 30)]
    found = next(each for each in spreads([*several, Moments()]) if each.stage == "begun")
    assert (found.median, found.p90, found.known, found.deliveries) == (20, 28, 3, 4)
    assert {(each.median, each.p90, each.known) for each in spreads([Moments()])} == {(None, None, 0)}
    assert [each.p90 for each in spreads([WHOLE])] == [5, 3, 12, 30, 40]


def test_a_commit_of_no_calendar() -> None:
    assert (moment(0), moment(10**15)) == (datetime(1970, 1, 1, tzinfo=UTC), None)
