"""What Helm would fetch while it checks values: a values.schema.json may lead to any address, and to files of the worker.

Helm reads `$ref` and `$schema` over http(s) and from file: whenever it lints, renders or installs
(https://json-schema.org/understanding-json-schema/structuring#dollarref).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from headway.formats import json_limits, nested_charts

FILE = "values.schema.json"
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_DIALECT = re.compile(
    r"https?://json-schema\.org/(?:draft-0[4-7]/|draft/20(?:19-09|20-12)/)?schema#?\Z", re.ASCII
)
_REMEDY = (
    "write what it leads to into this file ($defs); of a third party's chart, in a copy of it in charts/"
)


def leading_outside(files: Mapping[str, bytes]) -> dict[str, str]:
    """By path of a schema, of a chart's files and of the charts inside it: what leads out of it. Raises BadInput for packages
    that cannot be read."""
    found = {}
    for path, data in nested_charts.read(files).everywhere(FILE):
        try:
            outside = next(_outside(json_limits.load(data)), None)
        except ValueError as error:
            found[path] = f"it cannot be read: {error}"
            continue
        if outside:
            found[path] = f"{outside} leads out of the schema, and Helm would fetch it; {_REMEDY}"
    return found


def _outside(schema: Any) -> Iterator[str]:
    level = [schema]
    while level:
        for each in level:
            if isinstance(each, dict):
                yield from (f"{key}: {value}" for key, value in each.items() if _leads_out(key, value))
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]


def _leads_out(key: str, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    return (key in _REFERENCES and not value.startswith("#")) or (
        key == "$schema" and not _DIALECT.match(value)
    )
