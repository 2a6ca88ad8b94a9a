"""Times that others wrote, also those that no clock could have shown."""

from datetime import UTC, datetime, timedelta

import pytest

from headway.formats import chart_index
from headway.model import moment

NOBODY_SAW = datetime(1970, 1, 1, tzinfo=UTC)
FAR = ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59Z", "soon"]


@pytest.mark.parametrize("seconds", [2**63 - 1, -(2**63), 253402300799, -1])
def test_seconds_that_nobody_could_have_seen_are_1970(seconds: int) -> None:
    found = moment.of_seconds(seconds)
    assert found == NOBODY_SAW
    assert found + timedelta(days=36500), "one may count with it"


def test_seconds_of_a_commit() -> None:
    assert moment.of_seconds(1795838400) == datetime(2026, 11, 28, 4, tzinfo=UTC)


@pytest.mark.parametrize("written", FAR)
def test_an_index_entry_was_made_when_somebody_could_have_seen_it(written: str) -> None:
    text = f'entries: {{web: [{{version: 1.0.0, created: "{written}", urls: [web.tgz]}}]}}'
    (entry,) = chart_index.versions(chart_index.parse(text.encode(), "index.yaml"), "web")
    assert entry.created == NOBODY_SAW
    assert entry.created.astimezone(UTC) + timedelta(days=1)
