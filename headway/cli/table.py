"""Rows as people read them: whole where they go to a file or a pipe, within its width on a terminal."""

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence

import click

from headway.formats.visible import visible

_GAP = "  "
_NARROWEST = 24
"""Text in a column of fewer characters is harder to read than below its row."""
_INDENT = "    "
_ALIGNED = 48
"""Where nothing wraps, longer text moves what comes after it in its own row, and in no other."""


def print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Titles first; they stand out on a terminal, unless NO_COLOR is set. Piped, it is plain text."""
    for at, line in enumerate(laid_out(rows, terminal_width())):
        print_line(line, bold=at == 0)


def print_line(line: str, *, bold: bool = False, colour: str | None = None) -> None:
    """Plain where it is neither, where NO_COLOR is set, and in a pipe."""
    if (bold or colour) and not os.environ.get("NO_COLOR"):
        line = click.style(line, bold=bold or None, fg=colour)
    click.echo(line)


def terminal_width() -> int | None:
    """Columns of the terminal that is written to; None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def fits(rows: Sequence[Sequence[str]]) -> bool:
    """Whether each row is one line there."""
    return len(laid_out(rows, terminal_width())) == len(rows)


def laid_out(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Lines of a table, titles first. In `width` columns the widest column is wrapped: beside the others where that leaves room
    for words, else below its row. None: a line for each row, however long."""
    rows = [[visible(text) for text in row] for row in rows]
    columns = [[len(text) for text in column] for column in zip(*rows, strict=True)]
    if width is None:
        aligned = [max((each for each in column if each <= _ALIGNED), default=0) for column in columns]
        return [_line(row, aligned) for row in rows]
    widths = [max(column) for column in columns]
    whole = [_line(row, widths) for row in rows]
    if max(map(len, whole)) <= width:
        return whole
    wide = max(range(len(widths)), key=lambda at: widths[at])
    others = [each for at, each in enumerate(widths) if at != wide]
    room = width - sum(others) - len(_GAP) * len(others)
    if room < _NARROWEST:
        return [line for row in rows for line in _below(row, others, wide, width)]
    widths[wide] = room
    return [line for row in rows for line in _beside(row, widths, wide, room)]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _beside(row: Sequence[str], widths: Sequence[int], wide: int, room: int) -> list[str]:
    first, *more = _wrapped(row[wide], room)
    lines = [[text if at != wide else first for at, text in enumerate(row)]]
    lines += [["" if at != wide else each for at in range(len(row))] for each in more]
    return [_line(each, widths) for each in lines]


def _below(row: Sequence[str], others: Sequence[int], wide: int, width: int) -> list[str]:
    rest = [text for at, text in enumerate(row) if at != wide]
    said = [] if row[wide] in ("", "-") else _wrapped(row[wide], width - len(_INDENT))
    return [_line(rest, others), *(f"{_INDENT}{each}" for each in said)]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]
