"""Which releases that are due at once are made by one run, and what that run says in the end."""

import pytest

from headway.decide.release import together
from headway.decide.release.together import Due, End, Ended


def due(count: int, package: str = "new", asks: bool = False, replaces: bool = False) -> list[Due]:
    return [Due(f"{package}-{number}", package, asks, replaces) for number in range(count)]


ROWS: dict[str, tuple[list[Due], list[int]]] = {
    "nothing is due": ([], []),
    "one": (due(1), []),
    "two are quicker in processes of their own": (due(2), []),
    "three": (due(3), [3]),
    "as many as one run takes": (due(together.AT_MOST), [25]),
    "one more: two of about one size": (due(together.AT_MOST + 1), [13, 13]),
    "fifty": (due(50), [25, 25]),
    "fifty-one": (due(51), [17, 17, 17]),
    "those that ask have runs of their own": ([*due(3), *due(2, "gated", asks=True)], [3]),
    "too few are left beside those that ask": ([*due(2), *due(3, asks=True)], []),
    "one takes the place of a run that waits": ([*due(2), *due(1, "other", replaces=True)], []),
    "each package by itself": ([*due(3), *due(4, "old"), *due(2, "older")], [3, 4]),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_which_are_released_by_one_run(row: tuple[list[Due], list[int]]) -> None:
    wanted, sizes = row
    groups = together.groups(wanted)
    assert [len(group) for group in groups] == sizes
    names = [name for group in groups for name in group]
    assert len(set(names)) == len(names)
    of = {each.environment: each for each in wanted}
    assert {of[name].asks or of[name].replaces for name in names} <= {False}
    for group in groups:
        assert len({of[name].package for name in group}) == 1
        assert list(group) == sorted(group, key=[each.environment for each in wanted].index)


GOOD = [Ended("a", "Released", "upgraded"), Ended("b", "Released", "upgraded")]
BACK = Ended("c", "Rolled back", "Its tests failed.", failed=True)
ENDS = {
    "all are released": (GOOD, End("Released", "Released: 2 environments, a, b.", False)),
    "one went back": (
        [BACK, *GOOD],
        End("Not all released", "c: Rolled back. Its tests failed. Released: 2 environments, a, b.", True),
    ),
    "all went back": ([BACK], End("Rolled back", "c: Rolled back. Its tests failed.", True)),
    "one had nothing to do": (
        [Ended("d", "In sync"), *GOOD],
        End("Released", "In sync: 1 environment, d. Released: 2 environments, a, b.", False),
    ),
    "nobody had anything to do": (
        [Ended("d", "In sync"), Ended("e", "Handed over")],
        End("In sync", "In sync: 1 environment, d. Handed over: 1 environment, e.", False),
    ),
}


@pytest.mark.parametrize("row", ENDS.values(), ids=ENDS)
def test_how_the_run_of_several_ends(row: tuple[list[Ended], End]) -> None:
    ended, wanted = row
    assert together.end(ended) == wanted
