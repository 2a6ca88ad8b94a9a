"""Whatever is written as YAML, every reader says what is wrong with it: none crashes, hangs or fills the memory."""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from headway.clients.kubernetes.schemas import manifest_schemas
from headway.errors import BadInput, HeadwayError
from headway.formats import (
    chart_annotations,
    chart_definitions,
    chart_index,
    chart_lock,
    chart_yaml,
    content_digest,
    headway_yaml,
    kubernetes_documents,
    quarantine,
    secret_leaves,
    secret_placeholders,
    service_values,
    yaml_limits,
    yaml_scalar,
    yaml_source,
)

CRDS = {"crds/a.yaml": b"{kind: A, metadata: {name: a}}"}
LEVELS = yaml_limits.DEPTH
ROOT = Path(__file__).resolve().parents[2]


def checked(text: str) -> None:
    if findings := manifest_schemas().check(text.encode()).findings:
        raise BadInput(findings[0].what)


READERS: dict[str, Callable[[str], Any]] = {
    "headway.yaml": headway_yaml.read,
    "quarantine.yaml": quarantine.read,
    "Chart.yaml": chart_yaml.read,
    "requirements.yaml": lambda text: chart_yaml.read("{name: a, version: 1.0.0}", requirements=text),
    "a packaged Chart.yaml": lambda text: content_digest.read_metadata(text.encode()),
    "annotations": lambda text: chart_annotations.annotated(text, {"a": "b"}, "Chart.yaml"),
    "Chart.lock": chart_lock.read,
    "an index": lambda text: chart_index.parse(text.encode(), "index.yaml"),
    "values": lambda text: yaml_source.compose(text, "values.yaml"),
    "values with crds": lambda text: chart_definitions.of_files({**CRDS, "values.yaml": text.encode()}),
    "a service's values": lambda text: service_values.service_part(text.encode(), "a", "values.yaml"),
    "secrets": lambda text: secret_leaves.paths(text.encode()),
    "manifests": lambda text: list(kubernetes_documents.split(text, "manifests", "")),
    "validation": checked,
}
BOMB = "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}' if level else 'x'] * 10)}]\n" for level in range(9)
)
MERGES = "".join(
    f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 10)}]}}\n" if level else "a0: &a0 {k: v}\n"
    for level in range(9)
)
TOWER = "a0: &a0 [x]\n" + "".join(f"a{level}: &a{level} [*a{level - 1}]\n" for level in range(1, LEVELS))
BEYOND_LIMITS = {
    "deep lists, never closed": "[" * 40_000,
    "deep lists": "a: " + "[" * LEVELS + "]" * LEVELS,
    "deep mappings": '{"a": ' * 10_000 + "}" * 10_000,
    "deep blocks": "- " * 4_000 + "a",
    "deep keys": "? " * 4_000 + "a",
    "an alias bomb": BOMB,
    "a bomb of merges": MERGES,
    "a tower of aliases": TOWER,
    "a list in itself": "a: &a [*a]",
    "a mapping in itself": "a: &a {b: *a}",
}


@pytest.mark.parametrize("text", BEYOND_LIMITS.values(), ids=BEYOND_LIMITS)
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_what_is_beyond_a_limit_is_refused_and_the_limit_named(
    reader: Callable[[str], Any], text: str
) -> None:
    with pytest.raises(BadInput, match=r"[12]00 levels|more than [0-9]+ values|contains itself"):
        reader(text)


@pytest.mark.parametrize(
    "text",
    ["!!bool x", "!!timestamp x", "!!int ''", "!!float ''", "!!int x", "!!binary é", "!!python/none x", "&a"],
)
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@pytest.mark.parametrize("around", ["a: {}", "{}", "[{}]"])
def test_a_tag_that_does_not_fit_is_an_error_of_ours(
    reader: Callable[[str], Any], text: str, around: str
) -> None:
    with suppress(HeadwayError):
        reader(around.format(text))


def test_a_number_has_an_end() -> None:
    """Of sixties, as in 1:59:59, PyYAML makes a number in the square of their length: of 1 MiB in minutes."""
    for text in ("a: 1" + ":0" * 1000, "a: " + "1" * 1001):
        with pytest.raises(BadInput, match="a number has more than 1000 characters"):
            yaml_source.construct(yaml_source.compose(text, "values.yaml"), "values.yaml")
        with pytest.raises(yaml_limits.BeyondLimits):
            yaml_limits.load(text)
    assert yaml_limits.load("a: 1:30:00") == {"a": 5400}


@pytest.mark.parametrize("text", ["a: \x7f", "a: \x00", "\ufeff\ufeffa", "a: '\uffff'"])
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_characters_that_yaml_has_not_are_an_error_of_ours(reader: Callable[[str], Any], text: str) -> None:
    with suppress(HeadwayError):
        reader(text)


def test_half_a_character_is_named() -> None:
    with pytest.raises(BadInput, match="half a character"):
        yaml_source.compose("a: \ud800", "values.yaml")


def test_a_file_has_a_size() -> None:
    with pytest.raises(BadInput, match="larger than 5242880 bytes"):
        yaml_source.compose("a: " + "x" * yaml_limits.FILE.size, "values.yaml")


def test_headway_yaml_has_no_place_for_thousands_of_keys() -> None:
    with pytest.raises(BadInput, match="more than 10000 values"):
        headway_yaml.read("".join(f"k{number}: 1\n" for number in range(20_000)))
    with pytest.raises(BadInput, match=r"and [0-9]+ more") as raised:
        headway_yaml.read("".join(f"k{number}: 1\n" for number in range(1_000)))
    assert len(str(raised.value).splitlines()) < 110


def test_a_scalar_is_found_behind_no_endless_nesting() -> None:
    """Brackets that are closed in comments alone lie as deep. libyaml takes minutes where nobody counts them."""
    for text in ("b: " + "[" * 400_000, "b: " + "{a: " * 200_000, "b: " + "[ # ]\n  " * 200_000):
        with pytest.raises(BadInput, match="100 levels"):
            yaml_scalar.read_scalar(text, ("a",), "values.yaml")


def test_stand_ins_are_not_made_of_a_bomb() -> None:
    assert not secret_placeholders.is_encrypted(BOMB.encode())
    assert len(secret_placeholders.placeholders(BOMB.encode())) < 100


def test_what_a_few_aliases_repeat_is_read() -> None:
    text = "{a: &a {b: 1}, c: {<<: *a, b: 2}, d: [*a, *a]}"
    assert yaml_limits.load(text) == {"a": {"b": 1}, "c": {"b": 2}, "d": [{"b": 1}, {"b": 1}]}


@pytest.mark.parametrize("key", ["no", "on", "1", "1.5", "~", "2026-01-01"])
@pytest.mark.parametrize("section", ["environments", "services"])
def test_a_name_that_yaml_reads_as_no_text_is_to_be_quoted(section: str, key: str) -> None:
    with pytest.raises(BadInput, match=rf"{section}: a key is read as .*, not as text: quote it"):
        headway_yaml.read(f"application: shop\n{section}: {{{key}: {{}}}}\n")


def test_a_merge_that_is_overridden_stands_not_twice() -> None:
    environment = "&a {charts: 's3://b/dev', gate: automatic}"
    text = f"application: shop\nenvironments: {{dev: {environment}, prod: {{<<: *a, charts: 's3://b/p', after: dev}}}}"
    assert headway_yaml.read(text).environments["prod"].charts == "s3://b/p"


@pytest.mark.parametrize("written", ["5", "{a: 1}", "word", "true"])
def test_dependencies_that_are_no_list_are_named(written: str) -> None:
    text = f"name: a\nversion: 1.0.0\ndependencies: {written}\n"
    for read in (chart_yaml.read, chart_lock.read):
        with pytest.raises(BadInput, match=":3: dependencies is not a list"):
            read(text)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('application: "shop\\n"', "is not a name"),
        ('services: {cart: {git: g, image: a/b, policy: {branch: ""}}}', "services.cart.policy.branch"),
        (
            'services: {cart: {git: g, image: a/b, policy: {pattern: "{foo}-{sha}"}}}',
            r"\{foo\} in .* is neither",
        ),
        ('environments: {dev: {charts: "s3://b", timeout: "5m\\n"}}', "is not a duration"),
        ('environments: {dev: {charts: "s3://b", timeout: "٥m"}}', "is not a duration"),
        ('environments: {"dev\\n": {charts: "s3://b"}}', "is not a name"),
        ("together: [[[], {a: b}, 5, cart]]", "together.0.0: must be a string"),
        ('environments: {<<: {"²": {after: x}, dev: {}}}', "environments.²"),
        (f'environments: {{<<: {{? "{"9" * 5000}" : {{after: x}}, dev: {{}}}}}}', "environments.999"),
    ],
)
def test_headway_yaml_takes_no_more_than_it_says(line: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        headway_yaml.read(line)


def test_no_reader_goes_past_the_limits() -> None:
    """Dumping is no reading; what is composed elsewhere would crash on the first deep list."""
    past = re.compile(
        r"\byaml\.(safe_|full_|unsafe_)?(load|compose|parse|scan)(_all)?\(|\byaml\.C?SafeLoader\("
    )
    folders = [ROOT / name for name in ("headway", "flows", "tasks", "blocks")]
    found = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for folder in folders
        for file in folder.rglob("*.py")
        for line in file.read_text().splitlines()
        if past.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("written", ["{[a]: b}", "{{a: b}: c}", "{5: b}", "{~: b}"])
def test_annotations_with_keys_that_are_no_text_keep_them(written: str) -> None:
    text = chart_annotations.annotated(f"name: a\nannotations: {written}\n", {"c": "d"}, "Chart.yaml")
    assert text == f'name: a\nannotations: {{"c": "d", {written[1:]}\n'
