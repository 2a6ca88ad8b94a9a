"""What of a release is kept, when, and under which name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headway.decide.review import archiving
from headway.errors import BadInput
from headway.model.audit import Said
from headway.model.release_history import HistoryEntry
from headway.model.release_ref import ReleaseRef

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
ENTRY = HistoryEntry(2, "0.1.0", "release", outcome="passed", by="headway", started_at=NOON)
BY_HAND = HistoryEntry(1, "0.1.0", "by hand", status="superseded", deployed_at=NOON)


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        pytest.param([ENTRY], [0], id="it passed"),
        pytest.param([replace(ENTRY, outcome="deployed")], [], id="it is being tested"),
        pytest.param([replace(ENTRY, outcome="failed")], [], id="it may go back yet"),
        pytest.param([ENTRY, replace(ENTRY, outcome="failed")], [0, 1], id="something came after it"),
        pytest.param([ENTRY, replace(ENTRY, outcome="started")], [0], id="nobody has said how it ended"),
        pytest.param([BY_HAND], [], id="by hand, and it may be adopted yet"),
        pytest.param([ENTRY, BY_HAND], [0, 1], id="by hand, and something came after it"),
        pytest.param(
            [ENTRY, replace(ENTRY, started_at=None, deployed_at=NOON)], [0], id="the record has forgotten it"
        ),
    ],
)
def test_what_is_settled(entries: list[HistoryEntry], kept: list[int]) -> None:
    assert archiving.settled(entries) == tuple(entries[each] for each in kept)


def test_the_name_is_the_time_that_no_uninstall_begins_anew() -> None:
    assert archiving.name(ENTRY) == "20261123T120000.000000Z.json"
    assert archiving.name(replace(ENTRY, revision=0)) == archiving.name(ENTRY)
    assert archiving.name(BY_HAND) == "20261123T120000.000000Z-r1.json"


def test_the_folder_is_the_release() -> None:
    assert archiving.folder(ReleaseRef("shop", "testing", "web")) == "releases/shop/testing/web/"


@pytest.mark.parametrize("name", ["..", "a/b", "", "A", "a\n", "x" * 300])
def test_a_name_that_no_headway_yaml_takes_has_none(name: str) -> None:
    for ref in (ReleaseRef(name, "e", "r"), ReleaseRef("a", name, "r"), ReleaseRef("a", "e", name)):
        with pytest.raises(BadInput):
            archiving.folder(ref)


@pytest.mark.parametrize(
    ("entry", "said", "who"),
    [
        pytest.param(
            ENTRY, Said("Ada", "a fix", NOON, "a-run"), ("Ada", "a fix", "a-run"), id="she started it"
        ),
        pytest.param(ENTRY, Said("", "", NOON, "a-run"), ("headway", "", "a-run"), id="nobody did"),
        pytest.param(ENTRY, Said("Ada", "a fix", LATER, "a-run"), ("headway", "", ""), id="another run did"),
        pytest.param(
            replace(ENTRY, by="Bob", why="checked", run="asked"),
            Said("Ada", "a fix", NOON, "a-run"),
            ("Bob", "checked", "asked"),
            id="somebody approved it",
        ),
        pytest.param(
            replace(ENTRY, kind="rollback", why="it failed"),
            Said("Ada", "a fix", NOON, "a-run"),
            ("headway", "it failed", "a-run"),
            id="it went back by itself",
        ),
    ],
)
def test_who_started_it(entry: HistoryEntry, said: Said, who: tuple[str, str, str]) -> None:
    (found,) = archiving.with_run([entry], said)
    assert (found.by, found.why, found.run) == who
