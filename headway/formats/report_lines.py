"""What a delivery's report says, read back from its Markdown: Prefect keeps nothing else of it.

Whoever may write artifacts may have written it; what is no line of a report is passed over.
"""

import html
import re
from collections.abc import Iterator

from headway.model.report import StageResult

LIMIT = 500
"""Lines of one report."""
_CELLS = re.compile(r"(?<!\\)\|")
_LINE = re.compile(r"([a-z][a-z_]{2,39}): (.{1,300}?): (.+)\Z")


def read(markdown: str) -> tuple[StageResult, ...]:
    """What was done and why; whether it failed is not told."""
    table = list(_table(markdown))
    folded = [line for block in markdown.split("<pre>")[1:] for line in _folded(block.partition("</pre>")[0])]
    return tuple([*table, *folded][:LIMIT])


def _table(markdown: str) -> Iterator[StageResult]:
    for line in markdown.splitlines():
        if not (line.startswith("| ") and line.endswith(" |")):
            continue
        cells = [each.strip().replace("\\|", "|") for each in _CELLS.split(line[1:-1])]
        if len(cells) == 4 and cells != ["stage", "what", "outcome", "why"] and set(cells[0]) != {"-"}:
            yield StageResult(cells[0], cells[1], cells[2], " ".join(cells[3].replace("<br>", " ").split()))


def _folded(block: str) -> Iterator[StageResult]:
    for line in block.splitlines():
        if found := _LINE.match(html.unescape(line)):
            stage, subject, rest = found.groups()
            outcome, bracket, why = rest.partition(" (")
            yield StageResult(stage, subject, outcome, why.removesuffix(")") if bracket else "")
