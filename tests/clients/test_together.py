"""What many looks read once, and what a look that is about to write does not go by."""

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from headway.clients import side_by_side, together
from headway.errors import Conflict, Unreachable


@pytest.fixture
def numbers() -> Iterator[int]:
    return count()


def test_alone_each_reads_for_itself(numbers: Iterator[int]) -> None:
    assert [together.once("what", lambda: next(numbers)) for _ in range(2)] == [0, 1]
    assert [together.glance("what", lambda: next(numbers)) for _ in range(2)] == [2, 3]
    together.before_write("nowhere")


def test_together_it_is_read_once_also_by_threads_at_the_same_time(numbers: Iterator[int]) -> None:
    begin = threading.Barrier(4)

    def read(_: int) -> int:
        begin.wait(10)
        return together.once("what", lambda: next(numbers))

    with together.together(4):
        assert together.places() == 4
        assert side_by_side.each(read, range(4), 4) == [0] * 4


def test_what_could_not_be_read_is_asked_for_again(numbers: Iterator[int]) -> None:
    def away() -> int:
        raise Unreachable("away")

    with together.together():
        with pytest.raises(Unreachable):
            together.once("what", away)
        assert together.once("what", lambda: next(numbers)) == 0


def test_one_that_may_not_glance_reads_for_itself(numbers: Iterator[int]) -> None:
    with together.together():
        with together.glancing():
            assert together.glance("what", lambda: next(numbers)) == 0
        assert together.glance("what", lambda: next(numbers)) == 1
        with together.glancing():
            assert together.glance("what", lambda: next(numbers)) == 0, "others go by it still"


def test_before_a_write_it_is_looked_at_again_once(numbers: Iterator[int]) -> None:
    with together.together(), together.glancing():
        together.glance("what", lambda: next(numbers))
        with pytest.raises(Conflict):
            together.before_write("somewhere")
        together.before_write("somewhere")
        assert together.has_stopped()
        assert together.glance("what", lambda: next(numbers)) == 1


def test_what_was_decided_by_no_glance_is_written_and_nothing_is_glanced_at_from_then_on() -> None:
    with together.together(), together.glancing():
        together.before_write("somewhere")
        assert not together.glances()


def test_a_write_in_a_thread_of_the_look_counts(numbers: Iterator[int]) -> None:
    with together.together(), together.glancing():
        together.glance("what", lambda: next(numbers))
        with pytest.raises(Conflict):
            side_by_side.each(lambda _: together.before_write("somewhere"), [0], 1)
        assert not together.glances()


def test_parts_that_write_beside_each_other_each_look_again(numbers: Iterator[int]) -> None:
    seen: list[int] = []
    all_have_seen = threading.Barrier(2)

    def write(_: int) -> None:
        with together.deciding_apart():
            seen.append(together.glance("what", lambda: next(numbers)))
            all_have_seen.wait(20)
            with pytest.raises(Conflict):
                together.before_write("somewhere")
            together.before_write("somewhere")
            seen.append(together.glance("what", lambda: next(numbers)))

    with together.together(), together.glancing():
        side_by_side.each(write, [0, 1], 2)
        assert sorted(seen) == [0, 0, 1, 2], "each has read for itself then"
        assert together.has_stopped()


def test_a_part_that_writes_nothing_lets_the_look_go_on(numbers: Iterator[int]) -> None:
    with together.together(), together.glancing():
        with together.deciding_apart():
            together.glance("what", lambda: next(numbers))
        assert together.glances()
        with pytest.raises(Conflict):
            together.before_write("somewhere")


def test_where_nobody_glances_a_part_does_not_either() -> None:
    with together.together(), together.deciding_apart():
        assert not together.glances()
        together.before_write("somewhere")
