"""What is read out of a tag: by regular expressions of a committer, calendar formats, and times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.errors import BadInput
from headway.formats import calendar_version, tag_date, tag_pattern


@pytest.mark.parametrize(
    ("pattern", "tag", "held"),
    [
        pytest.param(r"main-[a-f0-9]+-(?P<at>[0-9]+)", "main-abc-123", "123", id="first group"),
        pytest.param(r"^v?(\d+)\.(\d+)\.(\d+)$", "v1.2.3", "1", id="anchors, three groups"),
        pytest.param(r"v[0-9]{8}", "v20260115", "v20260115", id="no group"),
        pytest.param(r"(?:dev|main)-(.*)", "main-", "", id="an empty group"),
        pytest.param(r"(a)?b", "b", None, id="a group that took no part"),
        pytest.param(r"main", "main-1", None, id="the whole tag, not its beginning"),
        pytest.param(r"[]a-]+", "a-]", "a-]", id="signs of a class"),
    ],
)
def test_a_pattern_reads(pattern: str, tag: str, held: str | None) -> None:
    assert tag_pattern.compiled(pattern).read(tag) == held


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        pytest.param(r"(a)\1", r"invalid escape sequence: \1", id="back reference"),
        pytest.param("(?=a)b", "invalid perl operator: (?=", id="look-ahead"),
        pytest.param("[a", "missing ]: [a", id="open class"),
        pytest.param("(a", "missing ): (a", id="open group"),
        pytest.param("a**", "bad repetition operator: **", id="repeat of a repeat"),
        pytest.param("((a{100}){100}){100}", "invalid repetition size", id="a repeat of a million"),
        pytest.param("(a|b{900})" * 50, "pattern too large", id="too much memory"),
        pytest.param("(([a-z0-9.-]{0,30}){0,30})x", "takes 3697 steps", id="counts in counts"),
        pytest.param("a" * 513, "longer than 512", id="long"),
        pytest.param("ä", "not all of them can stand in a tag", id="letters that no tag has"),
    ],
)
def test_a_pattern_that_is_none_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(BadInput) as refused:
        tag_pattern.compiled(pattern)
    assert why in str(refused.value)


def test_a_pattern_that_backtracks_elsewhere_reads_thousands_of_tags() -> None:
    """A backtracking engine would not end with the first of them."""
    read = tag_pattern.compiled("(a|a|aa)+(a*)*b")
    assert not any(read.read("a" * 120 + str(number)) for number in range(10_000))


@pytest.mark.parametrize(
    ("pattern", "tags"),
    [
        pytest.param(r"v?([0-9]+)\.[0-9]+\.[0-9]+", 300_000, id="as people write them"),
        pytest.param("[A-Za-z0-9._-]{1,128}", 10_000, id="a count"),
    ],
)
def test_usual_expressions_read_many_tags(pattern: str, tags: int) -> None:
    tag_pattern.check_image(pattern, tags, "match")


def test_all_tags_of_an_image_cost_no_more_than_that() -> None:
    with pytest.raises(
        BadInput, match=r"^match: there are 100000 tags, and .* more than 10000000 for one image"
    ):
        tag_pattern.check_image("[A-Za-z0-9._-]{1,128}", 100_000, "match")


@given(st.text("ab(|)[]^-?*+{,}2\\.$&~dC", max_size=20), st.text("ab2ä", max_size=12))
def test_any_pattern_is_read_or_refused(pattern: str, tag: str) -> None:
    try:
        read = tag_pattern.compiled(pattern)
    except BadInput:
        return
    held = read.read(tag)
    assert held is None or held in tag


@pytest.mark.parametrize(
    ("written", "version", "numbers"),
    [
        pytest.param("YYYY.0M.MICRO", "2026.04.12", (2026, 4, 12), id="usual"),
        pytest.param("YYYY.0M.MICRO", "2026.4.12", None, id="not padded"),
        pytest.param("YYYY.MM.MICRO", "2026.04.12", None, id="padded"),
        pytest.param("vYY.MM", "v26.4", (26, 4), id="short year behind a letter"),
        pytest.param("0Y.0W", "06.53", (6, 53), id="week"),
        pytest.param("0Y.0W", "06.54", None, id="no such week"),
        pytest.param("YYYY0M0D", "20280229", (2028, 2, 29), id="side by side"),
        pytest.param("YYYY0M0D", "20270229", None, id="no such day"),
        pytest.param("YY.MM.DD", "27.2.29", None, id="no such day of a short year"),
        pytest.param("MAJOR.YYYY.MINOR", "3.2026.0", (3, 2026, 0), id="numbers of their own"),
        pytest.param("DD.MM.YYYY", "31.1.2026", (2026, 1, 31), id="the day first"),
        pytest.param("MICRO-0M.YYYY", "7-01.2026", (2026, 1, 7), id="a number before the date"),
        pytest.param("YYYY.MAJOR.MM", "2026.3.1", (2026, 1, 3), id="MAJOR behind the year"),
        pytest.param("YYYY.0M", "2026.04\n", None, id="with a line break"),
    ],
)
def test_a_calendar_version(written: str, version: str, numbers: tuple[int, ...] | None) -> None:
    assert calendar_version.parsed(written).read(version) == numbers


@pytest.mark.parametrize(
    ("written", "why"),
    [
        pytest.param("YYYYMMDD", "nobody can tell where MM ends and DD begins", id="side by side"),
        pytest.param("YYYY.YYYY", "YYYY stands twice", id="twice"),
        pytest.param("YYYY.MODIFIER", "MODIFIER is no part of it", id="another part"),
        pytest.param("release", "it names no part", id="none"),
        pytest.param("Y" * 65, "longer than 64", id="long"),
    ],
)
def test_a_format_that_is_none(written: str, why: str) -> None:
    with pytest.raises(BadInput) as refused:
        calendar_version.parsed(written)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("20260115", (2026, 1, 15), id="day"),
        pytest.param("2026-01-15", (2026, 1, 15), id="with signs"),
        pytest.param("202601151011", (2026, 1, 15, 10, 11), id="minute"),
        pytest.param("20260115T101112Z", (2026, 1, 15, 10, 11, 12), id="second"),
        pytest.param("2026.01.15_10.11", (2026, 1, 15, 10, 11), id="with points"),
        pytest.param("2026-0115", None, id="signs by halves"),
        pytest.param("20260230", None, id="no such day"),
        pytest.param("202601152460", None, id="no such hour"),
        pytest.param("2026", None, id="year"),
    ],
)
def test_a_time_in_a_tag(text: str, numbers: tuple[int, ...] | None) -> None:
    assert tag_date.read(text) == numbers


@pytest.mark.parametrize(
    ("text", "is_time"),
    [
        pytest.param("2026-01-15T10:11:12.123456789Z", True, id="nanoseconds"),
        pytest.param("2026-01-15T10:11:12+02:00", True, id="zone"),
        pytest.param("2026-01-15T10:11:12", False, id="no zone"),
        pytest.param("1970-01-01T00:00:00Z", False, id="a build that does not say"),
        pytest.param("yesterday", False, id="none"),
    ],
)
def test_a_time_of_a_build(text: str, is_time: bool) -> None:
    assert (tag_date.instant(text) is not None) is is_time
