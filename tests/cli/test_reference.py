"""docs/command-line.md is what the commands say of themselves; and what is plain stays plain."""

from pathlib import Path

import click
import pytest

from headway.cli import exit_codes, hints, main, reference
from headway.cli.commands import headway
from headway.cli.exit_codes import MEANING, ExitCode
from headway.errors import Conflict, MissingKey, Refused

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "command-line.md"
HINT = ["hint", "image", "r", "t", "--application", "shop"]


def test_the_document_is_written_anew_when_a_command_changes() -> None:
    assert DOCUMENT.read_text() == reference.document(), (
        "write it: python -m headway.cli.reference > docs/command-line.md"
    )


def test_every_command_and_option_stands_in_it() -> None:
    text = DOCUMENT.read_text()
    for path, command in reference.every(headway):
        section = text.partition(f"## {' '.join(('headway', *path))}\n")[2].partition("\n## ")[0]
        names = [name for each in command.params if isinstance(each, click.Option) for name in each.opts]
        assert section, path
        assert [name for name in names if f"`{name}`" not in section] == [], path


def test_every_exit_code_has_a_meaning_there() -> None:
    assert MEANING.keys() == set(ExitCode)
    assert all(f"| {code.value} | {meaning} |" in DOCUMENT.read_text() for code, meaning in MEANING.items())


@pytest.mark.parametrize(
    ("error", "code"), [(Refused("no"), 1), (MissingKey("none"), 1), (Conflict("later"), 75)], ids=repr
)
def test_the_kind_of_an_error_is_its_code(error: Refused | MissingKey | Conflict, code: int) -> None:
    assert exit_codes.of(error) == code


@pytest.mark.parametrize(
    ("terminal", "no_color", "is_plain"),
    [
        pytest.param(True, "", False, id="a terminal"),
        pytest.param(True, "1", True, id="a terminal whose owner wants no colour"),
        pytest.param(False, "", True, id="piped"),
    ],
)
def test_no_escape_reaches_who_wants_none(
    terminal: bool,
    no_color: str,
    is_plain: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("click._compat.isatty", lambda _: terminal)
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(hints, "send", lambda _: click.secho("TITLE", bold=True))
    assert main(HINT) == 0
    assert ("\x1b" not in capsys.readouterr().out) is is_plain
