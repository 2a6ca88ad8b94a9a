"""What commands print: golden text at 80 and at 200 columns and into a pipe, and the shapes for programs."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from headway.cli import status as command
from headway.cli import table
from headway.cli.comparing import show_diff
from headway.cli.output import Found, show_found
from headway.cli.standard_output import made_visible
from headway.cli.watching import watch
from headway.decide.release.state import State
from headway.decide.review import audit_table
from headway.decide.review.revision_diff import ObjectChange, RevisionDiff, Step, VersionBetween
from headway.decide.review.status import ReleaseStatus
from headway.errors import Unreachable
from headway.model.audit import AuditEntry
from headway.model.record import Freeze
from headway.model.release_ref import ReleaseRef

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)


def status(environment: str, version: str, **more: object) -> ReleaseStatus:
    said: dict[str, object] = {"state": State.IN_SYNC, "revision": 3, "offered": version, **more}
    return ReleaseStatus(
        ref=ReleaseRef("shop", environment, "shop"),
        namespace=f"shop-{environment}",
        at=NOW,
        version=version,
        since=NOW - timedelta(hours=2),
        tested_at=NOW - timedelta(hours=1),
        **said,  # type: ignore[arg-type]
    )


FROZEN = Freeze(by="Ada", why="the database is being moved, and nobody knows for how long", at=NOW)
STATUSES = (
    status("testing", "0.1.4"),
    status("production", "0.1.3", state=State.FROZEN, freeze=FROZEN, waits="0.1.4", offered="0.1.4"),
)
AUDIT = (
    AuditEntry(
        kind="approved", by="Ada", at=NOW, why="checked with Grace", version="0.1.4", run="0b9e5a3c-run"
    ),
)
PIPED = """\
APPLICATION  ENVIRONMENT  VERSION  REVISION  SINCE  TESTED  STATE   OFFERED  NOTES
shop         testing      0.1.4    3         2h     1h      InSync  0.1.4    -
shop         production   0.1.3    3         2h     1h      Frozen  0.1.4    frozen by Ada; 0.1.4 waits
"""
AT_80 = """\
APPLICATION  ENVIRONMENT  VERSION  REVISION  SINCE  TESTED  STATE   OFFERED
    NOTES
shop         testing      0.1.4    3         2h     1h      InSync  0.1.4
shop         production   0.1.3    3         2h     1h      Frozen  0.1.4
    frozen by Ada; 0.1.4 waits
"""
AT_200 = PIPED


@pytest.mark.parametrize(
    ("width", "golden"),
    [
        pytest.param(None, PIPED, id="piped"),
        pytest.param(80, AT_80, id="80 columns"),
        pytest.param(200, AT_200, id="200 columns"),
    ],
)
def test_status(
    width: int | None,
    golden: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(table, "terminal_width", lambda: width)
    show_found(command.found(STATUSES, None), "table")
    shown = capsys.readouterr().out
    assert shown == golden
    assert all(len(line) <= (width or 1000) for line in shown.splitlines())


DIFF = RevisionDiff(
    "revision 3",
    "revision 4",
    (
        Step("version", "0.1.3", "0.1.4"),
        Step("commit", "", "1a2b3c4d" * 5),
        Step(
            "image cart",
            "registry.example.com/shop/cart:main-1111111",
            "registry.example.com/shop/cart:main-2222222",
        ),
    ),
    (VersionBetween("0.1.4", datetime(2026, 11, 27, 9, tzinfo=UTC), "1a2b3c4d" * 5),),
    ("1a2b3c4 Count \x1b[31mwhat is sold", "without 9f8e7d6 Try again"),
    (
        ObjectChange("Deployment/cart", "changed", ("@@ -7,1 +7,1 @@", "-  replicas: 1", "+  replicas: 2")),
        ObjectChange("ConfigMap/old", "removed"),
        ObjectChange("Service/new", "added"),
    ),
)
DIFF_LINES = """\
between: 0.1.4, commit 1a2b3c4d1a2b, published 2026-11-27T09:00:00Z
commit 1a2b3c4 Count \\u001b[31mwhat is sold
commit without 9f8e7d6 Try again
~ Deployment/cart
    @@ -7,1 +7,1 @@
    -  replicas: 1
    +  replicas: 2
- ConfigMap/old
+ Service/new
"""
DIFF_PIPED = """\
WHAT        revision 3                                   revision 4
version     0.1.3                                        0.1.4
commit      -                                            1a2b3c4d1a2b
image cart  registry.example.com/shop/cart:main-1111111  registry.example.com/shop/cart:main-2222222
"""
DIFF_AT_80 = """\
WHAT        revision 3 -> revision 4
version     0.1.3
            -> 0.1.4
commit      -
            -> 1a2b3c4d1a2b
image cart  registry.example.com/shop/cart:main-1111111
            -> registry.example.com/shop/cart:main-2222222
"""
DIFF_AT_200 = """\
WHAT        revision 3                                   revision 4
version     0.1.3                                        0.1.4
commit      -                                            1a2b3c4d1a2b
image cart  registry.example.com/shop/cart:main-1111111  registry.example.com/shop/cart:main-2222222
"""


@pytest.mark.parametrize(
    ("width", "golden"),
    [
        pytest.param(None, DIFF_PIPED, id="piped"),
        pytest.param(80, DIFF_AT_80, id="80 columns"),
        pytest.param(200, DIFF_AT_200, id="200 columns"),
    ],
)
def test_diff(
    width: int | None, golden: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(table, "terminal_width", lambda: width)
    show_diff(DIFF, "table")
    assert capsys.readouterr().out == golden + DIFF_LINES


def test_a_diff_of_nothing_says_so_and_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    show_diff(RevisionDiff("revision 3", "revision 4"), "table")
    assert capsys.readouterr() == ("", "revision 3 and revision 4 are the same\n")


def test_why_somebody_decided_is_wrapped_beside_the_rest() -> None:
    long = AUDIT[0].model_copy(
        update={"why": "checked with Grace, who has seen it in staging for a whole week"}
    )
    assert table.laid_out(audit_table.rows([long]), 100) == [
        "AT                    DECISION  VERSION  BY   WHY                                       RUN",
        "2026-11-27T10:00:00Z  approved  0.1.4    Ada  checked with Grace, who has seen it in    0b9e5a3c-run",
        "                                              staging for a whole week",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("no_color", "styled"), [pytest.param("", True, id="a terminal"), pytest.param("1", False, id="NO_COLOR")]
)
def test_colour_only_where_it_is_wanted(no_color: str, styled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("COLUMNS", "80")
    with made_visible():
        show_found(command.found(STATUSES, None), "table")
        show_diff(DIFF, "table")
    shown = terminal.getvalue()
    assert ("\x1b" in shown) == styled
    assert shown.count("\\u001b") == 1, "nothing but what others wrote is shown as its number"


def test_shapes_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    found = command.found(STATUSES, None)
    show_found(found, "name")
    assert capsys.readouterr().out == "shop/testing\nshop/production\n"
    show_found(found, "json")
    said = json.loads(capsys.readouterr().out)
    show_found(found, "yaml")
    assert yaml.load(capsys.readouterr().out, yaml.BaseLoader)[1]["since"] == "2026-11-27T08:00:00Z"
    assert said[1]["waits"] == "0.1.4"
    show_found(found, "wide")
    assert "shop-production" in capsys.readouterr().out


def test_nothing_is_said_beside_what_programs_read(capsys: pytest.CaptureFixture[str]) -> None:
    show_found(Found([["A"]], [], nothing="there is none"), "table")
    assert capsys.readouterr() == ("", "there is none\n")
    show_found(Found([["A"]], [], nothing="there is none"), "json")
    assert capsys.readouterr() == ("[]\n", "")


def test_a_watch_in_a_pipe_tells_what_has_changed_until_it_is_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    older = [status(each.ref.environment, each.version) for each in STATUSES]
    looks = [older, older, Unreachable("the API server does not answer"), STATUSES, STATUSES[:1]]

    def look() -> Found:
        now = looks.pop(0)
        if isinstance(now, Unreachable):
            raise now
        return command.found(list(now), None)

    def pause(_: float) -> None:
        if not looks:
            raise KeyboardInterrupt

    watch(look, "table", every=5, pause=pause, now=lambda: NOW)
    out, err = capsys.readouterr()
    assert [line.split("  ", 1)[1].split()[:7] for line in out.splitlines()] == [
        ["shop", "testing", "0.1.4", "3", "2h", "1h", "InSync"],
        ["shop", "production", "0.1.3", "3", "2h", "1h", "InSync"],
        ["shop", "production", "0.1.3", "3", "2h", "1h", "Frozen"],
        ["shop/production", "is", "gone"],
    ]
    assert err == "2026-11-27T10:00:00Z  the API server does not answer\n"


def test_a_watch_redraws_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    pauses = [None, KeyboardInterrupt]

    def pause(_: float) -> None:
        if end := pauses.pop(0):
            raise end

    watch(lambda: command.found(STATUSES, None), "table", every=5, pause=pause, now=lambda: NOW)
    assert terminal.getvalue().count("ENVIRONMENT") == 2
    assert "Ctrl-C ends it" in terminal.getvalue()


def test_where_all_is_long_what_comes_after_stands_under_its_title() -> None:
    why = [f"{'long ' * 10}{each}" for each in ("", "er")]
    rows = [("NAME", "WHY", "BY"), ("a", why[0], "Ada"), ("b", why[1], "Bo")]
    assert table.laid_out(rows, None) == [
        f"NAME  WHY{' ' * 47}  BY",
        f"a     {why[0]}  Ada",
        f"b     {why[1]}  Bo",
    ]


def test_what_has_no_room_beside_stands_below_with_its_title() -> None:
    rows = [
        ("NAME", "SINCE", "ALLOW", "WHY"),
        (
            "cart:1",
            "10:00",
            "headway allow shop cart:1 --reason WHY",
            "its tests failed, again and again, in every place",
        ),
        ("cart:2", "11:00", "-", "no"),
    ]
    assert table.laid_out(rows, 40) == [
        "NAME    SINCE",
        "cart:1  10:00",
        "    ALLOW: headway allow shop cart:1",
        "    --reason WHY",
        "    WHY: its tests failed, again and",
        "    again, in every place",
        "cart:2  11:00",
        "    WHY: no",
    ]


def test_what_is_long_moves_its_own_row_alone_where_nothing_wraps() -> None:
    rows = [("NAME", "WHY", "BY"), ("a", "short", "Ada"), ("b", "long " * 10, "Bo")]
    assert table.laid_out(rows, None) == [
        "NAME  WHY    BY",
        "a     short  Ada",
        f"b     {'long ' * 10}  Bo",
    ]
