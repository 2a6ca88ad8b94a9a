"""The table of docs/faults.md, from what the tests of this folder saw."""

from collections.abc import Mapping
from pathlib import Path

from sandbox import places
from tests.faults.troubled_shop import Row

DOCUMENT = places.ROOT / "docs" / "faults.md"
BEGIN, END = "<!-- faults -->\n", "<!-- /faults -->\n"


def markdown(rows: Mapping[str, Row]) -> str:
    lines = ["| fault | how the looks ended | seconds | rejected |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {fault} | {', then '.join(row.endings)} | {row.seconds:.0f} | {', '.join(row.rejected) or 'nothing'} |"
        for fault, row in rows.items()
    ]
    return "".join(f"{line}\n" for line in lines)


def write(rows: Mapping[str, Row], document: Path = DOCUMENT) -> None:
    before, _, rest = document.read_text().partition(BEGIN)
    document.write_text(f"{before}{BEGIN}\n{markdown(rows)}\n{END}{rest.partition(END)[2]}")
