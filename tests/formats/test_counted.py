import pytest

from headway.formats.counted import counted


@pytest.mark.parametrize(
    ("count", "noun", "said"),
    [
        (0, "tag", "0 tags"),
        (1, "tag", "1 tag"),
        (2, "matching tag", "2 matching tags"),
        (3, "vulnerability", "3 vulnerabilities"),
    ],
)
def test_one_is_no_plural(count: int, noun: str, said: str) -> None:
    assert counted(count, noun) == said
