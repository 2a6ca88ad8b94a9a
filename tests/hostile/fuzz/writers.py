"""One target for each writer: what it writes, its readers take back as it was, whatever texts come in."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import yaml
from hypothesis import strategies as st

from headway.clients.helm import storage
from headway.errors import BadInput
from headway.formats import (
    chart_annotations,
    chart_identity,
    chart_lock,
    go_yaml,
    image_record,
    quarantine,
    yaml_limits,
    yaml_scalar,
    yaml_source,
)
from headway.formats.chart_lock import Locked
from headway.formats.go_yaml import GoLoader
from headway.formats.known_secrets import redact
from headway.formats.yaml_quoted import quoted
from headway.model.images import RecordedImage
from headway.model.quarantine import Input, QuarantinedInput
from tests.hostile.fuzz import seeds, strategies
from tests.hostile.fuzz.promise import Targets
from tests.hostile.fuzz.strategies import changed_data, is_whole, texts_on_the_way, yamls
from tests.oracles import yaml_texts

TARGETS = Targets()
_whole = texts_on_the_way.filter(is_whole)
_inputs = st.builds(Input, st.sampled_from(("image", "chart", "content")), texts_on_the_way, texts_on_the_way)
_EPOCH = datetime(1970, 1, 2, tzinfo=UTC)
_entries = st.builds(
    QuarantinedInput,
    kind=st.sampled_from(("image", "chart")),
    name=texts_on_the_way,
    version=texts_on_the_way,
    environment=texts_on_the_way,
    digest=texts_on_the_way,
    reason=texts_on_the_way,
    since=st.integers(0, 2**33).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    company=st.lists(_inputs, max_size=3).map(tuple),
)
_quarantines = st.one_of(st.just(""), st.sampled_from(seeds.QUARANTINE), yamls(seeds.QUARANTINE))


@TARGETS.add("entries of a quarantine", st.tuples(_quarantines, st.lists(_entries, max_size=3)))
def _(drawn: tuple[str, list[QuarantinedInput]]) -> None:
    text, entries = drawn
    before = quarantine.read(text)
    written = quarantine.add(text, entries)
    found = quarantine.read(written)
    for each in (*before, *map(quarantine._as_written, entries)):
        assert any(known.inputs <= each.inputs for known in found), (
            "it is barred, as what was barred still is"
        )
    assert quarantine.add(written, entries) == written, "and known again"


@TARGETS.add("edits", st.tuples(strategies.documents(seeds.VALUES), _whole, st.integers(0, 50)))
def _(drawn: tuple[str, str, int]) -> None:
    text, value, which = drawn
    before = _scalars(text)
    if not before:
        return
    path, _ = before[which % len(before)]
    written = yaml_scalar.splice(text, path, value, "values.yaml")
    assert yaml_scalar.read_scalar(written, path, "values.yaml") == value
    assert _scalars(written) == [(at, value if at == path else each) for at, each in before]
    assert yaml_scalar.splice(written, path, value, "values.yaml") == written
    start, end = _span(text, path)
    assert (written[:start], written[len(written) - len(text) + end :]) == (text[:start], text[end:]), (
        "every character around it stays"
    )


def _span(text: str, path: tuple[str, ...]) -> tuple[int, int]:
    """Where the scalar at `path` stands in the text."""
    mark = len(text) - len(text.removeprefix("\ufeff"))
    node = yaml_source.compose(text, "values.yaml")
    for part in path:
        inner = yaml_source.children(node)
        node = inner[part] if inner else yaml_source.items(node)[int(part)]
    assert node
    start, end = yaml_source.span(node)
    return start + mark, end + mark


def _scalars(text: str) -> list[tuple[tuple[str, ...], str]]:
    root = yaml_source.compose(text, "values.yaml")
    return [(path, each) for path, each, _ in yaml_source.scalars(root)]


@TARGETS.add("annotated charts", st.tuples(strategies.documents(seeds.CHART_YAML), _whole))
def _(drawn: tuple[str, str]) -> None:
    text, value = drawn
    written = chart_annotations.annotated(text, {"headway.dev/commit": value}, "Chart.yaml")
    try:
        before = yaml_limits.load(text, GoLoader)
    except yaml.YAMLError:
        return
    found = yaml_limits.load(written, GoLoader)
    assert found["annotations"].pop("headway.dev/commit") == value
    same = before.get("annotations") or {}
    assert found | {"annotations": found["annotations"]} == before | {"annotations": same}


_locked = st.builds(
    Locked,
    st.one_of(st.sampled_from(("a", "1", "y", "1e3", "null")), _whole),
    strategies.version_texts,
    _whole,
)


@TARGETS.add("locks", st.lists(_locked, max_size=3))
def _(drawn: list[Locked]) -> None:
    for each in drawn:
        chart_identity.check_name(each.name, "")
        chart_identity.check_version(each.version, "")
        chart_identity.check_file_name(each.name, each.version, "")
    try:
        written = chart_lock.write([], drawn, seeds.NOW)
        assert chart_lock.read(written).dependencies == tuple(drawn)
    except BadInput as error:
        raise AssertionError("what is sound is taken back") from error


@TARGETS.add("quoted texts", texts_on_the_way)
def _(text: str) -> None:
    written = quoted(text)
    assert "\n" not in written
    for loader in (yaml_limits.SafeLoader, GoLoader):
        assert yaml_limits.load(f"a: {written}", loader) == {"a": text}


def _fits(value: Any) -> bool:
    return not isinstance(value, int) or abs(value) < 2**63


_documents = st.recursive(
    st.one_of(strategies.scalars, strategies.from_random(yaml_texts.scalar)).filter(_fits),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_whole, inner, max_size=3)),
    max_leaves=8,
)


@TARGETS.add("documents of Kubernetes", _documents)
def _(document: Any) -> None:
    one, listed = yaml_limits.load_all(go_yaml.dump_all([document, [document]]), GoLoader)
    assert json.dumps(one) == json.dumps(document)
    assert json.dumps(listed) == json.dumps([document])


_RECORDED = RecordedImage("r/a:1", seeds.DIGEST, ("dev",))
_recorded = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True).map(
    lambda name: replace(_RECORDED, reference=f"r/{name}:1")
)


@TARGETS.add("records of images", st.lists(_recorded, max_size=4, unique=True))
def _(drawn: list[RecordedImage]) -> None:
    found = image_record.read({"annotations": image_record.annotations(drawn)})
    assert list(found) == sorted(drawn, key=lambda each: each.reference)


@TARGETS.add("redaction", st.tuples(texts_on_the_way, _whole, texts_on_the_way))
def _(drawn: tuple[str, str, str]) -> None:
    before, secret, after = drawn[0], drawn[1].strip(), drawn[2]
    hidden = redact(f"{before} {secret} {after}", [drawn[1]])
    assert len(secret) < 6 or secret not in hidden or secret in "[redacted]", "six characters are hidden"


@TARGETS.add("rewritten releases", changed_data(seeds.HELM_RELEASE))
def _(document: dict[str, Any]) -> None:
    assert storage._document(storage._encoded(document)) == document
