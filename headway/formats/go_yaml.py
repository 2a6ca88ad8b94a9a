"""YAML as Helm and Kubernetes read it (sigs.k8s.io/yaml over go-yaml), where PyYAML's own reading differs.

Dates and times of day stay text; `1e3` is a number; `0o17` is 15; `y` is true; a key is text, `8080` as well; what is merged in
counts where it stands, so that it overrides what stands above it. A tag that does not fit is refused, one that is not known is
not looked at. What contains itself by an alias is refused, as they do, and so is what JSON has no word for.

Two things are beyond this reader, since libyaml hides them: a tag that is `!` alone makes no text, and `\\/` in double quotes,
which Go refuses, is a slash.
"""

import base64
import binascii
import math
import re
import struct
from collections.abc import Iterable, Iterator
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from headway.formats import yaml_limits

_Pairs = Iterable[tuple[yaml.Node, yaml.Node]]
_TAG = "tag:yaml.org,2002:"
_STR, _BOOL, _INT, _FLOAT, _NULL = (f"{_TAG}{name}" for name in ("str", "bool", "int", "float", "null"))
_TIMESTAMP, _BINARY, _MERGE = (f"{_TAG}{name}" for name in ("timestamp", "binary", "merge"))
_UNTAGGED = "!untagged"
"""Of a plain scalar that may be something else than text."""
_RESOLVED = frozenset([_UNTAGGED, _BOOL, _INT, _FLOAT, _NULL, _TIMESTAMP])
_WORDS: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), (_BOOL, True)),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE"), (_BOOL, False)),
    **dict.fromkeys(("off", "Off", "OFF"), (_BOOL, False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (_NULL, None)),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), (_FLOAT, math.inf)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (_FLOAT, -math.inf)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (_FLOAT, math.nan)),
}
_HINTS = frozenset("+-.0123456789yYnNtTfFoO~")
"""What begins with none of these is text."""
_INTEGER = re.compile(r"([-+]?)(0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|[1-9][0-9]*|0)\Z")
_SIGNED_BITS = re.compile(r"0b([-+])([01]+)\Z")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_FRACTION = re.compile(r"\.[0-9](_?[0-9])*([eE][-+]?[0-9](_?[0-9])*)?\Z")
_DIGITS = 400
"""More of them are beyond every number."""
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[Tt](?P<t>[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2})(?:[.,][0-9]+)?(?:Z|[-+]([0-9]{2}):([0-9]{2}))"
    r"| (?P<blank>[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2})(?:[.,][0-9]+)?)?\Z"
)
_HALVES = re.compile("[\ud800-\udfff]")
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class GoLoader(yaml_limits.SafeLoader):
    """A safe loader with those differences. Whatever cannot be read is a YAMLError, also what contains itself."""

    def resolve(self, kind: type[yaml.Node], value: str, implicit: Any) -> str:
        """The tag of what has none."""
        if kind is not yaml.ScalarNode:
            return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]
        if not implicit[0]:
            return _STR
        if value == "<<":
            return _MERGE
        return _STR if value and value[0] not in _HINTS else _UNTAGGED


def _value(loader: GoLoader, node: yaml.Node) -> Any:
    """Collections at once, and not in two steps, by which an alias may become an object that contains itself."""
    if isinstance(node, yaml.ScalarNode):
        return _finite(node)
    if isinstance(node, yaml.SequenceNode):
        return [_part(loader, each) for each in node.value]
    return {_key(key): _part(loader, value) for key, value in _pairs(node.value)}


def _part(loader: GoLoader, node: yaml.Node) -> Any:
    return _finite(node) if isinstance(node, yaml.ScalarNode) else loader.construct_object(node, deep=True)


def _finite(node: yaml.ScalarNode) -> Any:
    value = _scalar(node)
    if isinstance(value, float) and not math.isfinite(value):
        raise ConstructorError(None, None, f"{node.value} is no number in JSON", node.start_mark)
    return value


GoLoader.yaml_constructors = {None: _value}
GoLoader.yaml_multi_constructors = {}


def _pairs(written: _Pairs) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """With what is merged in, where it stands; of several that are, the first counts."""
    for key, value in written:
        if not isinstance(key, yaml.ScalarNode) or key.value != "<<" or key.tag != _MERGE:
            yield key, value
            continue
        for merged in reversed(value.value) if isinstance(value, yaml.SequenceNode) else [value]:
            if not isinstance(merged, yaml.MappingNode):
                raise ConstructorError(None, None, "what is merged in is no mapping", value.start_mark)
            yield from _pairs(merged.value)


def _key(node: yaml.Node) -> str:
    """As the text that it is in JSON (sigs.k8s.io/yaml, convertToJSONableObject)."""
    key = _scalar(node) if isinstance(node, yaml.ScalarNode) else None
    if isinstance(key, str):
        return key
    match key:
        case bool():
            return "true" if key else "false"
        case int() if key < 2**63:
            return str(key)
        case float():
            return _in_32_bits(key)
        case _:
            raise ConstructorError(None, None, f"{node.value!r} cannot be a key in JSON", node.start_mark)


def _in_32_bits(number: float) -> str:
    """As Go writes it (strconv.FormatFloat, 'g', -1, 32)."""
    try:
        number = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        number = math.copysign(math.inf, number)
    if not math.isfinite(number):
        return ".nan" if math.isnan(number) else f"{'-' if number < 0 else ''}.inf"
    written = (f"{number:.{digits}e}" for digits in range(9))
    shortest = next(each for each in written if struct.pack("f", float(each)) == struct.pack("f", number))
    digits, _, exponent = shortest.partition("e")
    if -4 <= int(exponent) < 6:
        return f"{number:.{max(0, len(digits.lstrip('-').replace('.', '')) - 1 - int(exponent))}f}"
    return shortest


def _scalar(node: yaml.ScalarNode) -> Any:
    """By go-yaml's resolve.go; raises ConstructorError for a tag that does not fit."""
    if node.tag == _BINARY:
        return _binary(node)
    if node.tag == _STR or node.tag not in _RESOLVED:
        return node.value
    tag, value = _resolved(node.value)
    if node.tag == _TIMESTAMP and _is_time(node.value):
        tag = _TIMESTAMP
    if node.tag == _FLOAT and tag == _INT and value < 2**63:
        tag, value = _FLOAT, float(value)
    if node.tag not in (_UNTAGGED, tag):
        raise ConstructorError(
            None, None, f"{node.value!r} is no {node.tag.removeprefix(_TAG)}", node.start_mark
        )
    return value


def _resolved(written: str) -> tuple[str, Any]:
    """Its tag, and what it is."""
    if written in _WORDS:
        return _WORDS[written]
    if written[0] == ".":
        number = float(written) if _FRACTION.match(written) else math.inf
        return (_STR, written) if math.isinf(number) else (_FLOAT, number)
    if written[0] not in "+-0123456789":
        return _STR, written
    plain = written.replace("_", "")
    if (integer := _integer(plain)) is not None:
        return _INT, integer
    number = float(plain) if _DECIMAL.match(plain) else math.inf
    return (_STR, written) if math.isinf(number) else (_FLOAT, number)


def _integer(plain: str) -> int | None:
    """One that 64 bits hold, where it has no sign without one."""
    if len(plain) > _DIGITS:
        return None
    found = _INTEGER.match(plain) or _SIGNED_BITS.match(plain)
    if not found:
        return None
    sign, digits = found.groups()
    base = {"b": 2, "o": 8, "x": 16}.get(plain.lstrip("-+")[1:2].lower(), 8 if digits[0] == "0" else 10)
    number = int(digits, base)
    number = -number if sign == "-" else number
    return number if -(2**63) <= number < (2**63 if sign else 2**64) else None


def _binary(node: yaml.ScalarNode) -> str:
    """Each byte that is no character becomes U+FFFD, as in Go's JSON."""
    try:
        data = base64.b64decode(re.sub(r"[\r\n]", "", node.value).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ConstructorError(None, None, f"it is no base64: {error}", node.start_mark) from error
    return _HALVES.sub("\ufffd", data.decode("utf-8", "surrogateescape"))


def _is_time(written: str) -> bool:
    """By the layouts of go-yaml's parseTimestamp."""
    if not (found := _TIME.match(written)):
        return False
    year, month, day = map(int, found.groups()[:3])
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= month <= 12 or not 1 <= day <= _MONTHS[month - 1] + leap:
        return False
    clock = [*map(int, (found["t"] or found["blank"] or "0:0:0").split(":"))]
    return clock[0] < 24 and max(clock[1:]) < 60


class _Dumper(yaml.SafeDumper):
    """Quotes every text that GoLoader or PyYAML would read as something else."""

    def resolve(self, kind: type[yaml.Node], value: str, implicit: Any) -> str:
        tag = str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]
        is_text = kind is not yaml.ScalarNode or not implicit[0] or _is_text(value)
        return tag if is_text or tag != _STR else _UNTAGGED


_YAML_1_1 = yaml.resolver.Resolver()


def stays_text(text: str) -> bool:
    """Whether Go and PyYAML read a text as one where nothing quotes it."""
    tag = _YAML_1_1.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return _is_text(text) and bool(tag == _STR)


def _is_text(written: str) -> bool:
    return written not in ("", "<<") and _resolved(written)[0] == _STR


def dump_all(documents: Iterable[Any]) -> str:
    """The documents as one text, in which Go reads what is in them."""
    text = yaml.dump_all(documents, Dumper=_Dumper, explicit_start=True, sort_keys=False)
    return str(text)
