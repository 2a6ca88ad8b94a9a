"""What Headway writes, every reader takes back, whatever texts come in: reasons of programs, tags, commits, annotations."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml

from headway.errors import BadInput
from headway.formats import chart_annotations, chart_lock, quarantine, yaml_limits, yaml_scalar
from headway.formats.chart_lock import Locked
from headway.formats.go_yaml import GoLoader
from headway.formats.yaml_quoted import quoted
from headway.model.quarantine import Input, QuarantinedInput

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
TEXTS = {
    "every character below 256": "".join(map(chr, range(256))),
    "DEL and C1": "a\x7f\x80\x9fb",
    "a byte order mark": "\ufeffa\ufeff",
    "no characters": "a\ufffe\uffff\ufdd0\U0001ffffb",
    "line breaks of all kinds": "a\r\nb\nc\rd\x85e\u2028f\u2029g\x0bh\x0ci",
    "colours of a terminal": "\x1b[31mfailed\x1b[0m",
    "an emoji": "it broke \U0001f4a5",
    "directions": "a\u202eb\u200fc",
    "YAML": "- {a: &b [*b], 'c': \"d\"} # e\n---\n...\n!!int 5",
    "templates": "{{ .Values.a }} ${b} %c \\u0000 \\",
    "nothing": "",
    "blanks": "  a  ",
    "half a character": "a\ud800b",
}
WHOLE = {name: text for name, text in TEXTS.items() if name != "half a character"}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_reason_makes_the_quarantine_unreadable(text: str) -> None:
    entry = QuarantinedInput(
        kind="image",
        name="example.com/cart",
        version=f"main-{text}",
        environment=text,
        digest=text,
        reason=f"it says: {text}",
        since=NOW,
        company=(Input("chart", f"cart{text}", f"1{text}"),),
    )
    written = quarantine.add(None, [entry])
    written = quarantine.add(written, [replace(entry, version="other", company=())])
    written.encode()
    assert len(quarantine.read(written)) == 2
    assert quarantine.add(written, [entry]) == written, "it is known again"


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
def test_a_quoted_text_is_taken_back(text: str, loader: type[yaml.SafeLoader]) -> None:
    assert yaml.load(f"a: {quoted(text)}\n", loader) == {"a": text}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_a_value_is_taken_back(text: str) -> None:
    written = yaml_scalar.splice("a: {tag: old} # kept\n", ("a", "tag"), text, "values.yaml")
    assert yaml_scalar.read_scalar(written, ("a", "tag"), "values.yaml") == text
    assert written.endswith("} # kept\n")


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize(
    "before", ["name: a\n", "name: a\nannotations:\n  b: c\n", "annotations: {b: c}\nname: a\n"]
)
def test_an_annotation_is_taken_back(text: str, before: str) -> None:
    written = chart_annotations.annotated(before, {"headway.dev/commit": text}, "Chart.yaml")
    assert yaml.load(written, yaml.CSafeLoader)["annotations"]["headway.dev/commit"] == text


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_an_address_in_a_lock_is_taken_back(text: str) -> None:
    locked = [Locked("a", "1.0.0", f"https://example.com/{text}")]
    assert chart_lock.read(chart_lock.write([], locked, NOW)).dependencies == tuple(locked)


@pytest.mark.parametrize(
    "name", ["y", "N", "1e3", "0o17", "0-0", "0000-00-00", "2026-01-01", "08", "1_0", "null", "a"]
)
def test_a_name_in_a_lock_is_a_text_to_everybody(name: str) -> None:
    locked = (Locked(name, "1.0.0", ""),)
    written = chart_lock.write([], locked, NOW)
    assert chart_lock.read(written).dependencies == locked
    assert yaml_limits.load(written, GoLoader)["dependencies"][0]["name"] == name


def test_half_a_character_is_not_written() -> None:
    half = TEXTS["half a character"]
    with pytest.raises(BadInput, match=r"values.yaml: .* holds half a character"):
        yaml_scalar.splice("a: b\n", ("a",), half, "values.yaml")
    with pytest.raises(BadInput, match="half a character"):
        chart_annotations.annotated("name: a\n", {"headway.dev/commit": half}, "Chart.yaml")


@pytest.mark.parametrize("written", ['!!int "5"', "!!int 5", "!!float '5'", '!!binary "5"', "! 5", "5"])
def test_what_is_tagged_as_something_else_becomes_a_text(written: str) -> None:
    text = yaml_scalar.splice(f"tag: {written}\n", ("tag",), "5", "values.yaml")
    assert yaml.load(text, yaml.CSafeLoader) == {"tag": "5"}
