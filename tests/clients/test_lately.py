"""What several ask for within a moment is read once, and read again when the moment is over, or nobody should go by it."""

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from headway.clients import lately, side_by_side
from headway.clients.lately import Lately
from headway.errors import Unreachable


class Clock:
    now = 0.0


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    Clock.now = 0.0
    monkeypatch.setattr(lately, "elapsing", lambda: Clock.now)
    return Clock


@pytest.fixture
def numbers() -> Iterator[int]:
    return count()


def test_within_the_moment_it_is_read_once(clock: type[Clock], numbers: Iterator[int]) -> None:
    known = Lately(1.0)
    assert known.read("what", lambda: next(numbers)) == 0
    clock.now = 1.0
    assert known.read("what", lambda: next(numbers)) == 0
    assert known.read("else", lambda: next(numbers)) == 1
    clock.now = 1.1
    assert known.read("what", lambda: next(numbers)) == 2


def test_its_age_counts_from_when_it_was_asked_for(clock: type[Clock], numbers: Iterator[int]) -> None:
    def slowly() -> int:
        clock.now += 5.0
        return next(numbers)

    known = Lately(1.0)
    assert [known.read("what", slowly) for _ in range(2)] == [0, 1]


def test_threads_at_the_same_time_read_it_once(numbers: Iterator[int]) -> None:
    begin, known = threading.Barrier(4), Lately(1.0)

    def read(_: int) -> int:
        begin.wait(10)
        return known.read("what", lambda: next(numbers))

    assert side_by_side.each(read, range(4), 4) == [0] * 4


def test_what_is_forgotten_or_could_not_be_read_is_asked_for_again(numbers: Iterator[int]) -> None:
    def away() -> int:
        raise Unreachable("away")

    known = Lately(1.0)
    with pytest.raises(Unreachable):
        known.read("what", away)
    assert known.read("what", lambda: next(numbers)) == 0
    known.forget()
    assert known.read("what", lambda: next(numbers)) == 1


class Watched:
    """A lock, and who waits for it."""

    def __init__(self) -> None:
        self.lock, self.waited_for = threading.Lock(), threading.Semaphore(0)

    def acquire(self, *, blocking: bool = True) -> bool:
        if blocking:
            self.waited_for.release()
        return self.lock.acquire(blocking)

    def release(self) -> None:
        self.lock.release()


def test_who_waits_for_one_that_is_away_does_not_wait_for_the_others_as_well(numbers: Iterator[int]) -> None:
    known, lock = Lately(1.0), Watched()
    known._locks["what"] = lock  # type: ignore[assignment]
    begun, all_others = threading.Event(), threading.Barrier(3)

    def away() -> int:
        if next(numbers) == 0:
            begun.set()
            assert all(lock.waited_for.acquire(timeout=10) for _ in range(3))
        else:
            all_others.wait(10)
        raise Unreachable("away")

    def read(number: int) -> str:
        if number:
            begun.wait(10)
        with pytest.raises(Unreachable):
            known.read("what", away)
        return "told"

    assert side_by_side.each(read, range(4), 4) == ["told"] * 4
