"""What holds for whoever asks holds in the threads that ask for him."""

import threading
from contextvars import ContextVar

import pytest

from headway.clients import side_by_side
from headway.errors import Unreachable

WHO: ContextVar[str] = ContextVar("who", default="nobody")


def test_threads_know_who_asks_and_answer_in_order() -> None:
    both = threading.Barrier(2, timeout=20)

    def work(number: int) -> tuple[int, str]:
        both.wait()
        return number, WHO.get()

    token = WHO.set("a poll")
    try:
        assert side_by_side.each(work, [1, 2], 2) == [(1, "a poll"), (2, "a poll")]
    finally:
        WHO.reset(token)
    assert side_by_side.each(lambda _: WHO.get(), [1], 2) == ["nobody"]
    assert side_by_side.each(str, [], 2) == []


def test_all_are_worked_at_before_an_error_is_raised() -> None:
    done = list[int]()

    def work(number: int) -> None:
        if number == 1:
            raise Unreachable("away")
        done.append(number)

    with pytest.raises(Unreachable):
        side_by_side.each(work, [1, 2, 3], 1)
    assert done == [2, 3]


def test_what_takes_no_time_goes_on_together_and_waits_for_nothing_that_hangs() -> None:
    hangs = threading.Event()

    def work(number: int) -> int:
        if number == 2:
            assert hangs.wait(20)
        return number * 10

    waves = side_by_side.waves(work, [3, 2, 1], 3, 0.2)
    assert next(waves) == [(3, 30), (1, 10)]
    hangs.set()
    assert [*waves] == [[(2, 20)]]
    assert [*side_by_side.waves(str, [1], 3, 0.0)] == [[(1, "1")]]
    assert [*side_by_side.waves(str, [], 3, 0.0)] == []
