"""Our Markdown as a terminal shows it: tables in columns, and of what is folded away the summary alone."""

import re
from collections.abc import Iterable

from headway.cli.table import laid_out
from headway.formats.markdown import fence_after, parts

_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")


def text(markdown: str, width: int | None = None, *, unfold: bool = False, unfolded_by: str = "") -> str:
    """`width`: see laid_out. `unfold`: what is folded away is shown as well. A code block stays as it is.

    `unfolded_by`: the option that unfolds, named where something is folded away.
    """
    hint = f" ({unfolded_by} shows more)" if unfolded_by and not unfold else ""
    lines: list[str] = []
    for part in parts(markdown):
        if part.summary:
            lines.append(part.summary + hint)
            lines += [f"  {each}".rstrip() for each in part.lines] if unfold else []
        else:
            lines += _shown(part.lines, width)
    return "\n".join(lines)


def _shown(text: Iterable[str], width: int | None) -> list[str]:
    lines: list[str] = []
    table: list[list[str]] = []
    fence = ""
    for line in text:
        before, fence = fence, fence_after(line, fence)
        if before or fence:
            lines.append(line)
        elif line.startswith("| "):
            table.append(_cells(line))
        else:
            lines += _columns(table, width)
            table = []
            lines.append(line)
    return [*lines, *_columns(table, width)]


def _cells(row: str) -> list[str]:
    cells = _BETWEEN_CELLS.split(row)[1:-1]
    return [each.strip().replace("\\|", "|").replace("<br>", " ") for each in cells]


def _columns(table: list[list[str]], width: int | None) -> list[str]:
    rows = [row for row in table if not all(set(cell) == {"-"} for cell in row)]
    return laid_out([[cell.upper() for cell in rows[0]], *rows[1:]], width) if rows else []
