"""What the measurement says of its rounds."""

from bench.phases import Round, ratio, table

OURS = [Round({"plan": 1.0, "tests": 2.0}, 4.0), Round({"plan": 3.0, "tests": 2.5}, 6.0), Round({}, 9.0)]
THEIRS = [Round({}, 2.0), Round({}, 4.0), Round({}, 3.0)]


def test_a_table_has_median_and_spread_of_each_phase_and_of_all() -> None:
    assert table("ours", OURS[:2]).splitlines()[2:] == [
        "| plan | 2.00 | 1.00 - 3.00 |",
        "| tests | 2.25 | 2.00 - 2.50 |",
        "| in all | 5.00 | 4.00 - 6.00 |",
    ]


def test_a_ratio_is_the_median_of_the_pairs_with_their_spread() -> None:
    assert ratio(OURS, THEIRS) == "2.00 (1.50 - 3.00)"
    quick_then_slow = [Round({}, 1.0), Round({}, 3.0)]
    assert ratio(quick_then_slow, [Round({}, 4.0), Round({}, 1.0)]) == "1.62 (0.25 - 3.00)"
