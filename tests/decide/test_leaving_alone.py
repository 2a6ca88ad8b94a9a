"""How long a host that cannot answer is left alone, and by whom."""

from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.hosts import leaving_alone
from headway.decide.hosts.leaving_alone import FORGOTTEN, NO_ANSWER, Trouble

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def in_a_row(times: int, chance: float = 0.0) -> Trouble:
    """Each asked when the one before was over, the last one at noon."""
    trouble = None
    for _ in range(times):
        trouble = leaving_alone.after_failure(trouble, 503, began=NOON, now=NOON, chance=chance)
    assert trouble
    return trouble


@pytest.mark.parametrize(
    ("times", "shortest", "longest"),
    [
        pytest.param(1, 0, 0, id="one failure is nobody else's business"),
        pytest.param(2, 0.75, 1, id="two"),
        pytest.param(3, 1.5, 2, id="three"),
        pytest.param(5, 6, 8, id="five"),
        pytest.param(6, 11.25, 15, id="never longer than this"),
        pytest.param(999, 11.25, 15, id="however often"),
    ],
)
def test_longer_each_time_less_a_part_by_chance(times: int, shortest: float, longest: float) -> None:
    assert in_a_row(times).until == NOON + minutes(longest)
    assert in_a_row(times, chance=1.0).until == NOON + minutes(shortest)


def test_what_was_under_way_as_another_failed_is_the_same_failure() -> None:
    first = in_a_row(1)
    later = NOON + minutes(1)
    assert leaving_alone.after_failure(first, 503, began=NOON - minutes(1), now=later) == first
    assert leaving_alone.after_failure(first, 503, began=NOON, now=later).times == 2


def test_what_was_long_ago_says_nothing() -> None:
    old = in_a_row(9)
    later = old.until + FORGOTTEN + minutes(1)
    assert leaving_alone.after_failure(old, 503, began=later, now=later).times == 1


@pytest.mark.parametrize(
    ("asked", "until"),
    [
        pytest.param(minutes(0), 0, id="at once"),
        pytest.param(minutes(7), 7, id="as it says"),
        pytest.param(minutes(600), 15, id="not for ever"),
    ],
)
def test_what_a_host_asks_for_stands_from_the_first_time(asked: timedelta, until: float) -> None:
    trouble = leaving_alone.after_failure(None, 429, began=NOON, now=NOON, asked=asked)
    assert (trouble.until, trouble.asked) == (NOON + minutes(until), True)


OWN = Trouble(2, NO_ANSWER, NOON, NOON + minutes(5))
ASKED = Trouble(1, 429, NOON, NOON + minutes(5), asked=True)
OUT_OF_ORDER = Trouble(1, 503, NOON, NOON + minutes(5), asked=True)


@pytest.mark.parametrize(
    ("trouble", "after", "polls", "alone"),
    [
        pytest.param(OWN, 1, True, True, id="a poll leaves it alone"),
        pytest.param(OWN, 1, False, False, id="a person or a hint does not"),
        pytest.param(ASKED, 1, True, True, id="it has asked for it: a poll"),
        pytest.param(ASKED, 1, False, True, id="it has asked for it: a person"),
        pytest.param(OUT_OF_ORDER, 1, True, True, id="it is out of order, and says for how long: a poll"),
        pytest.param(OUT_OF_ORDER, 0.1, False, True, id="for a moment a person as well"),
        pytest.param(OUT_OF_ORDER, 0.2, False, False, id="and no longer"),
        pytest.param(OWN, 5, True, False, id="no longer"),
        pytest.param(ASKED, -1, True, False, id="the clock was set back"),
    ],
)
def test_who_leaves_it_alone(trouble: Trouble, after: float, polls: bool, alone: bool) -> None:
    assert leaving_alone.is_left_alone(trouble, NOON + minutes(after), polls=polls) == alone


@pytest.mark.parametrize(
    ("status", "speaks"),
    [(NO_ANSWER, True), (429, True), (502, True), (503, True), (504, True), (500, False), (None, False)],
)
def test_a_failure_that_may_be_of_one_repository_is_not_the_hosts(status: int | None, speaks: bool) -> None:
    assert leaving_alone.speaks_of_host(status) == speaks


def test_it_says_until_when_and_why() -> None:
    assert leaving_alone.sentence(ASKED) == "it has asked to be left alone until 12:05 UTC (429)"
    assert leaving_alone.sentence(OWN) == "it is left alone until 12:05 UTC (it did not answer)"
