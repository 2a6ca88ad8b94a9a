"""When a busy server may be asked again."""

import pytest

from headway.formats import retry_after

DATE = "Fri, 27 Nov 2026 04:00:00 GMT"
NOW = 1795752000.0
"""DATE."""


@pytest.mark.parametrize(
    ("value", "date", "wanted"),
    [
        ("30", DATE, 30.0),
        (" 0 ", "", 0.0),
        ("Fri, 27 Nov 2026 04:00:45 GMT", DATE, 45.0),
        ("Fri, 27 Nov 2026 04:00:45 GMT", "Fri, 27 Nov 2026 04:00:40 GMT", 5.0),
        ("Fri, 27 Nov 2026 04:00:45 GMT", "no date", 45.0),
        ("Fri, 27 Nov 2026 04:00:45", "", 45.0),
        ("Friday, 27-Nov-26 04:00:45 GMT", "", 45.0),
        ("Fri, 27 Nov 2026 03:00:00 GMT", DATE, 0.0),
        ("", DATE, None),
        ("-1", DATE, None),
        ("1.5", DATE, None),
        ("soon", DATE, None),
        ("9" * 400, DATE, None),
        ("\u0663", DATE, None),
        ("Fri, 99 Nov 2026 04:00:45 GMT", DATE, None),
        ("Fri, 27 Nov 99999999999 04:00:45 GMT", DATE, None),
    ],
)
def test_seconds(value: str, date: str, wanted: float | None) -> None:
    assert retry_after.seconds(value, date, NOW) == wanted
