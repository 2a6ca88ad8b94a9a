"""Our Markdown as a terminal shows it: tables in columns, and of what is folded away the summary alone."""

import html
import re

from headway.cli.table import laid_out

_SUMMARY = re.compile("<details><summary>(.*)</summary>")
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")


def text(markdown: str, width: int | None = None, *, unfold: bool = False, unfolded_by: str = "") -> str:
    """`width`: see laid_out. `unfold`: what is folded away is shown as well. A code block stays as it is.

    `unfolded_by`: the option that unfolds, named where something is folded away.
    """
    hint = f" ({unfolded_by} shows more)" if unfolded_by and not unfold else ""
    lines: list[str] = []
    table: list[list[str]] = []
    fence, is_folded = "", False
    for line in markdown.splitlines():
        if fence or line.startswith("```"):
            opened = line[: len(line) - len(line.lstrip("`"))]
            fence = "" if fence and line == fence else fence or opened
            lines.append(line)
        elif summary := _SUMMARY.fullmatch(line):
            lines.append(html.unescape(summary[1]) + hint)
            is_folded = True
        elif is_folded:
            is_folded = line != "</pre></details>"
            if is_folded and unfold:
                lines.append(f"  {html.unescape(line.removeprefix('<pre>'))}".rstrip())
        elif line.startswith("| "):
            table.append(_cells(line))
        else:
            lines += _columns(table, width)
            table = []
            lines.append(line)
    return "\n".join([*lines, *_columns(table, width)])


def _cells(row: str) -> list[str]:
    cells = _BETWEEN_CELLS.split(row)[1:-1]
    return [each.strip().replace("\\|", "|").replace("<br>", " ") for each in cells]


def _columns(table: list[list[str]], width: int | None) -> list[str]:
    rows = [row for row in table if not all(set(cell) == {"-"} for cell in row)]
    return laid_out([[cell.upper() for cell in rows[0]], *rows[1:]], width) if rows else []
