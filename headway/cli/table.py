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
    for words, else below its row, with as many more as have no room beside. None: a line for each row, however long."""
    rows = [[visible(text) for text in row] for row in rows]
    columns = [[len(text) for text in column] for column in zip(*rows, strict=True)]
    if width is None:
        aligned = [_aligned(column) for column in columns]
        return [_line(row, aligned) for row in rows]
    widths = [max(column) for column in columns]
    whole = [_line(row, widths) for row in rows]
    if max(map(len, whole)) <= width:
        return whole
    wide = max(range(len(widths)), key=lambda at: widths[at])
    others = [each for at, each in enumerate(widths) if at != wide]
    room = width - sum(others) - len(_GAP) * len(others)
    if room < _NARROWEST:
        below = _without_room(widths, wide, width)
        return [
            line
            for at, row in enumerate(rows)
            for line in _below(row, rows[0], widths, below, width, is_title=at == 0)
        ]
    widths[wide] = room
    return [line for row in rows for line in _beside(row, widths, wide, room)]


def _aligned(column: Sequence[int]) -> int:
    """The longest that is not too long; where all are but the title, the shortest of them, so that it stands under its title."""
    title, *texts = column
    return max((title, *(each for each in texts if each <= _ALIGNED or each == min(texts))))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _beside(row: Sequence[str], widths: Sequence[int], wide: int, room: int) -> list[str]:
    first, *more = _wrapped(row[wide], room)
    lines = [[text if at != wide else first for at, text in enumerate(row)]]
    lines += [["" if at != wide else each for at in range(len(row))] for each in more]
    return [_line(each, widths) for each in lines]


def _without_room(widths: Sequence[int], wide: int, width: int) -> list[int]:
    """Columns that stand below their row: `wide`, and as many more as it takes. The first two say whose row it is, and stay."""
    below = [wide]
    while True:
        left = [at for at in range(len(widths)) if at not in below]
        movable = [at for at in left if at > 1]
        if sum(widths[at] for at in left) + len(_GAP) * (len(left) - 1) <= width or not movable:
            return sorted(below)
        below.append(max(movable, key=lambda at: widths[at]))


def _below(
    row: Sequence[str],
    titles: Sequence[str],
    widths: Sequence[int],
    below: Sequence[int],
    width: int,
    *,
    is_title: bool,
) -> list[str]:
    """Of several that stand below, each says what it is."""
    beside = [at for at in range(len(row)) if at not in below]
    lines = [_line([row[at] for at in beside], [widths[at] for at in beside])]
    if is_title and len(below) > 1:
        return lines
    for at in below:
        named = f"{titles[at]}: " if len(below) > 1 else ""
        said = [] if row[at] in ("", "-") else _wrapped(f"{named}{row[at]}", width - len(_INDENT))
        lines += [f"{_INDENT}{each}" for each in said]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]
