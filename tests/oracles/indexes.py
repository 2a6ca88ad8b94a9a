"""Random indexes of chart repositories, in YAML and in JSON, with entries that Helm leaves out."""

import json
import random
from typing import Any

from tests.oracles import versions
from tests.oracles.texts import mostly

DIGEST = "0123456789abcdef" * 4
ODD_VERSIONS = [None, "", "latest"]
NOT_LOOKED_AT: dict[str, list[Any]] = {
    "name": ["", "x", "a/b", "..", None],
    "apiVersion": ["v2", "", None, "v3"],
    "version": [1, 1.2, True],
    "urls": ["a.tgz"],
    "type": ["", "library", "x"],
    "dependencies": [None, [None], [{"name": "a"}, {"name": "a"}], [{"alias": "a b"}]],
    "annotations": [None, {"a": "b"}],
    "created": ["2026-01-01T00:00:00.123456789+02:00", None, "x"],
    "keywords": [None, ["a"], "a"],
    "surplus": [1],
}
"""What may make Helm leave an entry out, or refuse the whole index, and Headway does not."""


def _entry(chance: random.Random, *, sound: bool) -> Any:
    entry: dict[str, Any] = {
        "name": "a",
        "version": mostly(chance, [versions.version(chance)], ODD_VERSIONS),
        "urls": mostly(chance, [["a.tgz"], ["a", "b"]], [[], None, [""]]),
    }
    if chance.random() < 0.5:
        entry["digest"] = mostly(chance, [DIGEST, f"sha256:{DIGEST}"], ["", None])
    if chance.random() < 0.05:
        del entry[chance.choice(["version", "urls"])]
    if not sound and chance.random() < 0.5:
        key = chance.choice([*NOT_LOOKED_AT])
        entry[key] = chance.choice(NOT_LOOKED_AT[key])
    return mostly(chance, [entry], [None])


def index(chance: random.Random, *, sound: bool) -> str:
    """Of the chart a. A `sound` one holds nothing of what is not looked at."""
    listed = [_entry(chance, sound=sound) for _ in range(chance.randrange(4))]
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "entries": mostly(chance, [{"a": mostly(chance, [listed], [None])}], [None, {}]),
    }
    if chance.random() < 0.2:
        document["annotations"] = chance.choice([None, {"a": "b"}])
    if not sound and chance.random() < 0.1:
        document["apiVersion"] = chance.choice(["", None])
    if chance.random() < 0.5:
        return json.dumps(document)
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in document.items()).replace('"v1"', "v1")
