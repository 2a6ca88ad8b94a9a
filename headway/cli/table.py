"""Rows as people read them."""

from collections.abc import Sequence

import click

from headway.formats.visible import visible


def print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Titles first; they stand out on a terminal. Piped, it is plain text."""
    rows = [[visible(text) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for at, row in enumerate(rows):
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        click.secho(line, bold=at == 0)
