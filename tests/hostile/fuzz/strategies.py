"""Input that is nearly sound: bytes of sound documents changed, values in them put in place of others, and plain noise."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.oracles import images, versions, yaml_texts

_Drawn = TypeVar("_Drawn")
NASTY_TEXTS = (
    *(
        "",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\0",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ufffe",
        "\U0001f4a5",
        "é",
        "٥",
        "İ",
        "ß",
    ),
    *(
        "a" * 300,
        "9" * 5000,
        "../..",
        "/",
        ".",
        "-",
        "@",
        ":",
        "::",
        "a:b",
        "{{",
        "}}",
        "${a}",
        "%s",
        "`",
        "]]>",
        "<!",
        "&a;",
    ),
    *(
        "https://u:p@h/x",
        "http://[",
        "https://h:99999/",
        "oci://a/b",
        "s3://b/p",
        "file:///",
        "sha256:" + "a" * 64,
    ),
    *("1.2.3", "v1", ">=1 <2", "^", "ENC[AES256_GCM,data:x,type:str]", "2026-01-01T00:00:00Z", "0000-00-00"),
    *("9999-12-31T23:59:59+23:59", "0001-01-01T00:00:00+23:59"),
)
_TAGS = ("!!python/object:os.system ", "!!set ", "!!omap ", "!!pairs ", "!!merge ", "!!value ")
YAML_PIECES = (
    *(
        *yaml_texts.WORDS,
        *yaml_texts.NUMBERS,
        *yaml_texts.TIMES,
        *yaml_texts.QUOTED,
        *yaml_texts.PARTS,
        *yaml_texts.TAGS,
    ),
    *(*_TAGS, "%YAML 1.1\n---\n", "%TAG ! a\n---\n", "\r", "  ", "- - - "),
)
PIECES = (
    *NASTY_TEXTS,
    *YAML_PIECES,
    '"',
    "\\",
    "\\ud800",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "null",
    "true",
    "1e999",
    "NaN",
    "-0",
)


def from_random(make: Callable[[Any], _Drawn]) -> SearchStrategy[_Drawn]:
    """What the tests of oracles make."""
    return st.randoms(use_true_random=False).map(make)


scalars: SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            False,
            0,
            -1,
            1,
            2**31,
            2**63,
            2**64,
            10**400,
            0.5,
            -0.0,
            1e300,
            [],
            {},
            [[]],
            [{}],
            {"": None},
        ]
    ),
    st.sampled_from(NASTY_TEXTS),
    st.text(max_size=12),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)
keys = st.one_of(
    st.sampled_from(
        ("name", "version", "kind", "metadata", "items", "data", "<<", "", "a", "spec", "annotations")
    ),
    st.text(max_size=6),
)
values: SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)
version_texts = st.one_of(from_random(versions.version), st.text(max_size=20))
constraint_texts = st.one_of(from_random(versions.constraint), st.text(max_size=20))
image_texts = st.one_of(from_random(images.image), st.text(max_size=40))
raw_bytes = st.binary(max_size=300)
texts = st.text(max_size=300)
texts_on_the_way = st.one_of(
    texts, st.sampled_from(NASTY_TEXTS), st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
)
"""Such as a program says, or a person writes."""


@st.composite
def changed_text(draw: st.DrawFn, seeds: Sequence[str]) -> str:
    """A sound text with a few places cut out, doubled, moved, or with pieces put in."""
    text = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(text)))
        stop = min(len(text), start + draw(st.sampled_from((0, 0, 0, 1, 1, 2, 5, 20, 100))))
        match draw(st.integers(0, 4)):
            case 0:
                text = text[:start] + text[stop:]
            case 1:
                text = text[:stop] + text[start:]
            case 2:
                text = text[:start] + draw(st.sampled_from(PIECES)) + text[stop:]
            case 3:
                other = draw(st.sampled_from(seeds))
                at = draw(st.integers(0, len(other)))
                text = text[:start] + other[at : at + 60] + text[stop:]
            case _:
                text = text[:start] + draw(st.text(max_size=4)) + text[stop:]
    return text


@st.composite
def changed_bytes(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """Sound bytes with a few of them flipped, cut out, doubled or put in."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, len(data)))
        stop = min(len(data), start + draw(st.sampled_from((0, 1, 1, 2, 8, 64, 512))))
        match draw(st.integers(0, 3)):
            case 0:
                del data[start:stop]
            case 1:
                data[start:start] = data[start:stop]
            case 2:
                data[start:stop] = draw(st.binary(max_size=8))
            case _:
                if start < len(data):
                    data[start] ^= 1 << draw(st.integers(0, 7))
    return bytes(data)


@st.composite
def changed_data(draw: st.DrawFn, seeds: Sequence[Any]) -> Any:
    """A sound document in which some values are others, or stand elsewhere as well, or are gone."""
    document = _copied(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 3))):
        holder: Any = None
        key: Any = None
        at = document
        while isinstance(at, (dict, list)) and at and draw(st.integers(0, 4)):
            holder, key = at, draw(st.sampled_from([*at] if isinstance(at, dict) else range(len(at))))
            at = holder[key]
        if holder is None:
            continue
        match draw(st.integers(0, 5)):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.append(at)
            case 1 | 2 if isinstance(holder, dict):
                holder[draw(keys)] = _copied(at)
            case _:
                holder[key] = _copied(draw(values))
    return document


def _copied(value: Any) -> Any:
    return json.loads(json.dumps(value))


def jsons(seeds: Sequence[Any]) -> SearchStrategy[str]:
    """As JSON, and as what is none."""
    written = [json.dumps(each) for each in seeds]
    return st.one_of(
        changed_data(seeds).map(json.dumps), values.map(json.dumps), changed_text(written), texts_on_the_way
    )


def yamls(seeds: Sequence[str], data: Sequence[Any] = ()) -> SearchStrategy[str]:
    """As YAML, and as what is none. `data`: the same documents, whose values are put in place of others."""
    structured = [changed_data(data).map(json.dumps), changed_data(data).map(_unquoted)] if data else []
    return st.one_of(
        changed_text(seeds),
        *structured,
        from_random(yaml_texts.torn),
        st.lists(st.sampled_from(YAML_PIECES), max_size=12).map("".join),
        texts,
    )


def documents(sound: Sequence[str]) -> SearchStrategy[str]:
    """Of one kind, in YAML."""
    return yamls(
        sound, [json.loads(json.dumps(yaml.load(each, yaml.CSafeLoader), default=str)) for each in sound]
    )


def is_whole(text: str) -> bool:
    """No half character is in it, which no file holds."""
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _unquoted(document: Any) -> str:
    """JSON whose short texts become whatever YAML makes of them."""
    return json.dumps(document, ensure_ascii=False).replace('"', "")


def as_bytes(written: SearchStrategy[str]) -> SearchStrategy[bytes]:
    """Of these texts, and of no texts."""
    encoded = written.map(lambda text: text.encode("utf-8", "surrogatepass"))
    return st.one_of(
        encoded,
        encoded,
        encoded.map(lambda data: data[::-1]),
        encoded.map(lambda data: data[: len(data) // 2] + b"\xff" + data[len(data) // 2 :]),
        raw_bytes,
    )
