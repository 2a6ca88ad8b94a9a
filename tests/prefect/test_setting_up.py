"""docs/setting-up.md names each block and field that there is."""

import re
from pathlib import Path

import blocks

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "setting-up.md"


def test_the_table_of_blocks_is_whole() -> None:
    named: dict[str, set[str]] = {}
    kind = ""
    for row in re.findall(r"^\| (.*) \|$", DOCUMENT.read_text(), re.MULTILINE):
        block, fields, _ = row.split(" | ", 2) if not row.startswith("|") else ("", *row[2:].split(" | ", 1))
        kind = block or kind
        named.setdefault(kind, set()).update(re.findall(r"`(\w+)`", fields))
    there = {
        each._block_type_name: {
            name for name in each.model_fields if not name.startswith("_") and name != "block_type_slug"
        }
        for each in (getattr(blocks, name) for name in blocks.__all__)
    }
    assert {kind: named.get(kind) for kind in there} == there
