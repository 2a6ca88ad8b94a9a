"""The index of a chart repository: read as Helm reads it, written as compact JSON inside index.yaml.

JSON is YAML, and helm reads it several times faster. Every key that Headway does not know is kept.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson
import yaml

from headway.errors import BadInput
from headway.formats import chart_version, json_limits, yaml_limits
from headway.formats.go_yaml import GoLoader
from headway.formats.pinned_charts import read as pins_of
from headway.model.charts import CHARTS_ANNOTATION, CONTENT_ANNOTATION, IMAGES_ANNOTATION, ChartEntry, Package
from headway.model.moment import in_utc

WITHDRAWN = "headway.dev/withdrawn."
"""Prefix of the index annotations that name the versions taken back: `<prefix><chart>-<version>`: digest."""
PINNED = "headway.dev/pinned."
"""The same of third parties' charts: `<prefix><address>`: digest of the content."""
CHARTS, END = b'"entries":{', b"}}\n"
"""What stands between all that is no chart and the charts, and behind them."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Index:
    """`entries` by chart name, newest version first, each as it stands in the file."""

    entries: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    rest: Mapping[str, Any] = field(default_factory=lambda: {"apiVersion": "v1"})


def parse(data: bytes, where: str) -> Index:
    """An index in YAML or JSON. BadInput naming `where` for anything else."""
    try:
        document = _document(data)
    except (ValueError, yaml.YAMLError) as error:
        raise BadInput(f"not an index: {' '.join(str(error).split())[:300]}", where=where) from error
    if not isinstance(document, dict) or not isinstance(document.get("entries") or {}, dict):
        raise BadInput("not an index: it has no `entries`", where=where)
    require_rest(document, where)
    entries = {
        name: versions_of(listed, name, where) for name, listed in (document.get("entries") or {}).items()
    }
    return Index(entries, {key: value for key, value in document.items() if key != "entries"})


def require_rest(rest: Mapping[str, Any], where: str) -> None:
    """BadInput where what is no chart is not as an index has it."""
    if not isinstance(rest.get("annotations") or {}, dict):
        raise BadInput("not an index: its `annotations` are no mapping", where=where)


def versions_of(listed: object, name: str, where: str) -> tuple[Mapping[str, Any], ...]:
    """What stands behind a chart's name. BadInput for what is no list of mappings."""
    # Tools leave nulls behind; Helm passes them over.
    versions = [] if listed is None else listed
    if not isinstance(versions, list) or not all(isinstance(each, dict | None) for each in versions):
        raise BadInput(f"not an index: `entries.{name}` is no list of mappings", where=where)
    return tuple(each for each in versions if each is not None)


def _document(data: bytes) -> Any:
    """A mapping in braces need not be JSON."""
    if data.lstrip()[:1] == b"{":
        with suppress(json.JSONDecodeError):
            return json_limits.load(data)
    return yaml_limits.load(data, GoLoader, yaml_limits.INDEX)


def serialise(index: Index) -> bytes:
    """Compact JSON, the same bytes for the same index."""
    charts = (b"%s:%s" % (dumped(name), dumped(index.entries[name])) for name in sorted(index.entries))
    return head(index.rest) + b",".join(charts) + END


def head(rest: Mapping[str, Any]) -> bytes:
    """What stands before the first chart."""
    return dumped(rest)[:-1] + (b"," if rest else b"") + CHARTS


def dumped(value: Any) -> bytes:
    """A part of it, so written."""
    try:
        return orjson.dumps(value, default=_text, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError:
        # Whole numbers of more than 64 bits, keys that are no text, and what is nothing of an index.
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_text).encode()


def versions(index: Index, name: str) -> list[ChartEntry]:
    """Versions of one chart in the index's order; entries without version or address are left out."""
    return [found for raw in index.entries.get(name, ()) if (found := entry(name, raw))]


def find(index: Index, name: str, version: str) -> ChartEntry | None:
    return next((each for each in versions(index, name) if each.version == version), None)


def insert(index: Index, package: Package, *, created: datetime) -> Index:
    """The index with one version more, its content digest noted. The caller knows that the version is new."""
    raw, present = new_entry(package, created=created), index.entries.get(package.name, ())
    # A new version is nearly always the newest: one comparison, not one for each of thousands.
    at = next((n for n, other in enumerate(present) if is_above(raw, other)), len(present))
    return Index(
        {**index.entries, package.name: (*present[:at], raw, *present[at:])},
        rest_with(index.rest, package, created=created),
    )


def new_entry(package: Package, *, created: datetime) -> dict[str, Any]:
    """As it stands in the index."""
    annotations = {**(package.metadata.get("annotations") or {}), CONTENT_ANNOTATION: package.content_digest}
    for each in (IMAGES_ANNOTATION, CHARTS_ANNOTATION):
        annotations.pop(each, None)
    return {
        **package.metadata,
        "annotations": annotations,
        "urls": [quote(package.file_name, safe="")],
        "digest": package.digest.removeprefix("sha256:"),
        "created": _text(created),
    }


def rest_with(rest: Mapping[str, Any], package: Package, *, created: datetime) -> dict[str, Any]:
    """All that is no chart, once that package is in the index."""
    return {**rest, "apiVersion": "v1", "generated": _text(created), **_with_pins(rest, package)}


def is_above(raw: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a version stands before another."""
    return _precedence(other) < _precedence(raw)


def pinned_charts(index: Index) -> dict[str, str]:
    """Content digests of third parties' charts by address, as packages that were published here hold them."""
    noted = index.rest.get("annotations") or {}
    return {str(key).removeprefix(PINNED): str(each) for key, each in noted.items() if key.startswith(PINNED)}


def _with_pins(rest: Mapping[str, Any], package: Package) -> dict[str, Any]:
    """What is pinned stays as it is."""
    pins = {f"{PINNED}{key}": digest for key, digest in pins_of(package.metadata).items()}
    return {"annotations": {**pins, **(rest.get("annotations") or {})}} if pins else {}


def withdraw(index: Index, name: str, version: str, digest: str) -> Index | None:
    """The index without that version, remembered as withdrawn; None where this very package is not in it."""
    found = find(index, name, version)
    if found is None or found.digest != digest:
        return None
    kept = tuple(raw for raw in index.entries[name] if raw.get("version") != version)
    annotations = {**(index.rest.get("annotations") or {}), f"{WITHDRAWN}{name}-{version}": digest}
    entries = {key: value for key, value in {**index.entries, name: kept}.items() if value or key != name}
    return Index(entries, {**index.rest, "annotations": annotations})


def withdrawn_digest(index: Index, name: str, version: str) -> str:
    """sha256:<hex> of the package that was withdrawn under this version; empty where none was."""
    return str((index.rest.get("annotations") or {}).get(f"{WITHDRAWN}{name}-{version}", ""))


def entry(name: str, raw: Mapping[str, Any]) -> ChartEntry | None:
    """A version as it stands in the index; None without version or address."""
    version, digest, urls = raw.get("version"), raw.get("digest") or "", raw.get("urls")
    if not isinstance(version, str) or not isinstance(digest, str) or not isinstance(urls, list) or not urls:
        return None
    annotations = raw.get("annotations")
    return ChartEntry(
        name=name,
        version=version,
        digest=f"sha256:{digest.removeprefix('sha256:')}" if digest else "",
        url=str(urls[0]),
        created=_time(raw.get("created")),
        annotations={
            str(key): str(value)
            for key, value in (annotations.items() if isinstance(annotations, dict) else ())
        },
    )


def _precedence(raw: Mapping[str, Any]) -> tuple[Any, ...]:
    text = str(raw.get("version", ""))
    return (1, chart_version.precedence(text)) if chart_version.parse(text) else (0, text)


def _time(value: object) -> datetime:
    try:
        # Go writes nanoseconds; Python reads six digits, from 3.11 on cutting what is more.
        return in_utc(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)))
    except (ValueError, OverflowError):
        return _EPOCH


def _text(value: object) -> str:
    """RFC 3339 UTC for the dates that YAML read; BadInput for what else JSON cannot hold, such as !!set."""
    if not isinstance(value, datetime):
        raise BadInput(
            f"it holds a {type(value).__name__}, which is nothing of an index",
            where="index.yaml",
            next_step="Take it out.",
        )
    utc = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return utc.isoformat(timespec="seconds").replace("+00:00", "Z")
