"""Values as Helm reads them from a file (sigs.k8s.io/yaml over go-yaml), which is how Kubernetes reads manifests as well.

Headway is stricter where libyaml is: an anchor stands once in a document, and no text ends with a colon before `,`, `]` or `}`.
And it reads no first half: where the first line stands further in than the next, Helm ends there without a word.
"""

import random
import re
from typing import Any

import pytest
import yaml

from headway.formats import go_yaml, yaml_limits
from headway.formats.go_yaml import GoLoader
from headway.formats.yaml_quoted import quoted
from sandbox.address import Address
from tests.oracles import yaml_texts
from tests.oracles.asked import CASES, answers, cases, told

pytestmark = pytest.mark.sandbox
REFUSED = "refused"
_TAG_WITH_A_COMMA = re.compile(r"![^\s,]*,")


def _ours(text: str) -> Any:
    try:
        values = yaml_limits.load(text, GoLoader)
    except yaml.YAMLError:
        return REFUSED
    return {} if values is None else values if isinstance(values, dict) else REFUSED


def _is_refused_here(text: str) -> bool:
    return text.startswith(" ") or text.count("&a") > 1 or bool(re.search(r":[\]},]", text))


def _same(ours: Any, go: Any) -> bool:
    """Helm's values have one kind of number, of 64 bits with a fraction."""
    if isinstance(ours, dict) and isinstance(go, dict):
        return ours.keys() == go.keys() and all(_same(each, go[key]) for key, each in ours.items())
    if isinstance(ours, list) and isinstance(go, list):
        return len(ours) == len(go) and all(map(_same, ours, go))
    if type(ours) in (int, float) and type(go) in (int, float):
        return float(ours) == float(go)
    return type(ours) is type(go) and bool(ours == go)


def test_values_are_read_as_by_helm(sandbox: Address) -> None:
    asked = cases(yaml_texts.mapping)
    said = answers(sandbox, "values", [{"text": each} for each in asked])
    differing = [
        (each, ours, go)
        for each, go in zip(asked, said, strict=True)
        if not _same(ours := _ours(each), go.get("values", REFUSED))
        and not (ours == REFUSED and _is_refused_here(each))
    ]
    assert not differing, told(differing)
    assert sum("error" in each for each in said) < len(said) / 2


def test_a_torn_text_is_not_read_as_another(sandbox: Address) -> None:
    """Which of them are no YAML, libyaml and go-yaml do not agree on, nor whether `,` can be a part of a tag."""
    asked = cases(yaml_texts.torn)
    said = answers(sandbox, "values", [{"text": each} for each in asked])
    read = [
        (each, ours, go["values"])
        for each, go in zip(asked, said, strict=True)
        if "values" in go and not _TAG_WITH_A_COMMA.search(each) and (ours := _ours(each)) != REFUSED
    ]
    differing = [(each, ours, go) for each, ours, go in read if not _same(ours, go)]
    assert not differing, told(differing)
    assert len(read) > len(asked) / 4


def test_what_headway_writes_is_what_helm_reads(sandbox: Address) -> None:
    def case(chance: random.Random) -> dict[str, str | list[str]]:
        keys = {yaml_texts.scalar(chance): yaml_texts.torn(chance) for _ in range(6)}
        return {**keys, "listed": [yaml_texts.scalar(chance) for _ in range(4)]}

    asked = cases(case, CASES // 10)
    said = answers(sandbox, "values", [{"text": go_yaml.dump_all([each])} for each in asked])
    differing = [(each, go) for each, go in zip(asked, said, strict=True) if go.get("values") != each]
    assert not differing, told(differing)


def test_a_quoted_text_is_what_helm_reads(sandbox: Address) -> None:
    """As edits, locks, annotations and the quarantine hold it."""
    asked = cases(
        lambda chance: "".join(
            chr(
                chance.choice(
                    [chance.randrange(256), chance.randrange(0xD800), chance.randrange(0xE000, 0x110000)]
                )
            )
            for _ in range(6)
        )
    )
    said = answers(sandbox, "values", [{"text": f"a: {quoted(each)}"} for each in asked])
    differing = [(each, go) for each, go in zip(asked, said, strict=True) if go.get("values") != {"a": each}]
    assert not differing, told(differing)
