"""Indexes of chart repositories as Helm reads them (pkg/repo).

Headway looks at less: at version, address and digest. An index without apiVersion, and an entry that Helm leaves out for its
name, its type or its dependencies, is read; the package that it leads to is checked when it is fetched. It takes less as well: an
entry without an address, without a version of three numbers, or with a digest that is no text, is left out.
"""

import json
import random

import pytest

from headway.errors import BadInput
from headway.formats import chart_index, chart_version
from sandbox.address import Address
from tests.oracles import indexes, versions
from tests.oracles.asked import answers, cases, told

pytestmark = pytest.mark.sandbox


def _ours(text: str) -> list[str] | None:
    """Versions of chart a, the newest first; None where it is no index."""
    try:
        entries = chart_index.versions(chart_index.parse(text.encode(), "index.yaml"), "a")
    except BadInput:
        return None
    return _ordered([entry.version for entry in entries])


def _ordered(found: list[str]) -> list[str]:
    """By precedence, and as written where that is the same, which Helm sorts in any order."""
    strict = [each for each in found if chart_version.parse(each)]
    return sorted(strict, key=lambda each: (chart_version.precedence(each), each), reverse=True)


def test_what_helm_finds_is_found(sandbox: Address) -> None:
    asked = cases(lambda chance: {"text": indexes.index(chance, sound=True), "name": "a"})
    said = answers(sandbox, "index", asked)
    differing = [
        (each["text"], ours, go)
        for each, go in zip(asked, said, strict=True)
        if (ours := _ours(each["text"]))
        != (None if "error" in go else _ordered(go["entries"].get("a") or []))
    ]
    assert not differing, told(differing)
    assert sum("error" in each for each in said) < len(said) / 10


def test_nothing_that_helm_finds_is_missed(sandbox: Address) -> None:
    asked = cases(lambda chance: {"text": indexes.index(chance, sound=False), "name": "a"})
    said = answers(sandbox, "index", asked)
    differing = [
        (each["text"], ours, go)
        for each, go in zip(asked, said, strict=True)
        if "error" not in go
        and (
            (ours := _ours(each["text"])) is None or not {*_ordered(go["entries"].get("a") or [])} <= {*ours}
        )
    ]
    assert not differing, told(differing)


def _case(chance: random.Random) -> dict[str, str]:
    strict = [each for each in (versions.version(chance) for _ in range(3)) if chart_version.parse(each)]
    text = json.dumps(
        {
            "apiVersion": "v1",
            "entries": {"a": [{"name": "a", "urls": ["a"], "version": each} for each in strict]},
        }
    )
    return {
        "text": text,
        "name": "a",
        "constraint": versions.constraint(chance) if chance.random() < 0.9 else "",
    }


def test_the_newest_is_helms(sandbox: Address) -> None:
    """Where the constraint is the very version, Helm takes that, so that build metadata counts there."""
    asked = [each for each in cases(_case) if chart_version.parse(each["constraint"]) is None]
    differing: list[object] = []
    for each, go in zip(asked, answers(sandbox, "index", asked), strict=True):
        index = chart_index.parse(each["text"].encode(), "index.yaml")
        try:
            ours = chart_version.newest(
                (entry.version for entry in chart_index.versions(index, "a")), each["constraint"]
            )
        except BadInput:
            ours = None
        theirs = go.get("found")
        if (ours and chart_version.precedence(ours)) != (theirs and chart_version.precedence(theirs)):
            differing.append((each, ours, theirs))
    assert not differing, told(differing)
