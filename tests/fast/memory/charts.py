"""Charts as Helm reads, packages and renders them, as far as the charts of these tests go.

Templates know `{{ .Values.a.b }}`, `{{ .Release.Name }}`, `{{ .Chart.Name }}` and the like, `| quote`, `| lower`,
`{{ fail "why" }}`, `{{ randAlphaNum 5 }}`.
"""

import gzip
import io
import random
import re
import string
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from headway.formats import chart_package

Values = dict[str, Any]
_EXPRESSION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}")


class ChartError(Exception):
    """What Helm says of a chart that it cannot use."""


@dataclass(frozen=True)
class Chart:
    """Files by path relative to the chart; `subcharts` by name."""

    files: Mapping[str, bytes]
    subcharts: Mapping[str, "Chart"] = field(default_factory=dict)

    @property
    def metadata(self) -> Values:
        return _mapping(self.files.get("Chart.yaml", b""), "Chart.yaml")

    @property
    def values(self) -> Values:
        return _mapping(self.files.get("values.yaml", b""), "values.yaml")

    @property
    def templates(self) -> list[str]:
        return sorted(path for path in self.files if path.startswith("templates/") and path.endswith(".yaml"))


def load(place: Path) -> Chart:
    """From a folder or a package, with what is in charts/."""
    if place.is_file():
        return _of_files(chart_package.files(place.read_bytes(), str(place)))
    return _of_files(
        {str(each.relative_to(place)): each.read_bytes() for each in place.rglob("*") if each.is_file()}
    )


def _of_files(files: Mapping[str, bytes]) -> Chart:
    subcharts: dict[str, Chart] = {}
    nested: dict[str, dict[str, bytes]] = {}
    for path, data in files.items():
        if not path.startswith("charts/"):
            continue
        if path.endswith(".tgz"):
            chart = _of_files(chart_package.files(data, path))
            subcharts[chart.metadata["name"]] = chart
        else:
            _, name, rest = path.split("/", 2)
            nested.setdefault(name, {})[rest] = data
    subcharts |= {name: _of_files(inner) for name, inner in nested.items()}
    return Chart({path: data for path, data in files.items() if not path.startswith("charts/")}, subcharts)


def package(chart: Chart, epoch: int) -> tuple[str, bytes]:
    """File name and bytes of the package: the same files and time, the same bytes."""
    name, version = _required(chart.metadata)
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for path, data in sorted(_unfolded(chart).items()):
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mtime, entry.mode = len(data), epoch, 0o644
            archive.addfile(entry, io.BytesIO(data))
    return f"{name}-{version}.tgz", gzip.compress(written.getvalue(), mtime=0)


def _unfolded(chart: Chart) -> dict[str, bytes]:
    files = dict(chart.files)
    for name, inner in chart.subcharts.items():
        files |= {f"charts/{name}/{path}": data for path, data in _unfolded(inner).items()}
    return files


def lint(chart: Chart) -> str:
    """What is wrong with Chart.yaml, as `helm lint` puts it; empty for a sound one."""
    metadata = chart.metadata
    for key in ("apiVersion", "name", "version"):
        if not metadata.get(key):
            return f"Chart.yaml: {key} is required"
    if metadata.get("type", "application") not in ("application", "library"):
        return "templates/: validation: chart.metadata.type must be application or library"
    return ""


@dataclass(frozen=True)
class Rendered:
    manifest: str
    hooks: tuple[Values, ...]


def render(chart: Chart, given: Values, *, release: str, namespace: str, linting: bool = False) -> Rendered:
    """Manifest and hooks. ChartError naming the template that does not render; `linting`, `fail` is passed over, as by Helm."""
    parts: list[str] = []
    hooks: list[Values] = []
    facts = {"Release": {"Name": release, "Namespace": namespace}, "linting": linting}
    values = overlaid(chart.values, given)
    for source, text in _rendered(chart, values, chart.metadata["name"], facts):
        for document in filter(str.strip, re.split(r"^---$", text, flags=re.MULTILINE)):
            resource = _parsed(document, source)
            metadata = resource.get("metadata") or {}
            events = (metadata.get("annotations") or {}).get("helm.sh/hook")
            if events:
                hooks.append(
                    {
                        "name": metadata["name"],
                        "kind": resource["kind"],
                        "path": source,
                        "manifest": document,
                        "events": events.split(","),
                        "last_run": {"phase": ""},
                    }
                )
            else:
                parts.append(f"---\n# Source: {source}\n{document.strip()}\n")
    return Rendered("".join(parts), tuple(hooks))


def _parsed(document: str, source: str) -> Values:
    try:
        return yaml.load(document, yaml.CSafeLoader) or {}
    except yaml.YAMLError as error:
        raise ChartError(f"YAML parse error on {source}: {error}") from error


def _rendered(chart: Chart, values: Values, place: str, facts: Values) -> list[tuple[str, str]]:
    found = []
    for name, inner in sorted(chart.subcharts.items()):
        own = overlaid(inner.values, values.get(name) or {})
        if "global" in values:
            own["global"] = values["global"]
        found += _rendered(inner, own, f"{place}/charts/{name}", facts)
    metadata = chart.metadata
    known = {**facts, "Values": values, "Chart": {"Name": metadata["name"], "Version": metadata["version"]}}
    for path in chart.templates:
        source = f"{place}/{path}"
        found.append((source, _filled(chart.files[path].decode(), known, source)))
    return found


def _filled(text: str, facts: Values, source: str) -> str:
    def value(match: re.Match[str]) -> str:
        expression, _, function = match[1].partition(" | ")
        line = text.count("\n", 0, match.start()) + 1
        if expression.startswith("fail ") and facts["linting"]:
            return ""
        if expression.startswith("fail "):
            raise ChartError(f"execution error at ({source}:{line}:3): {expression[5:].strip(chr(34))}")
        if expression.startswith("randAlphaNum "):
            found: Any = "".join(random.choices(string.ascii_letters + string.digits, k=int(expression[13:])))
        else:
            found = facts
            for key in expression.removeprefix(".").split("."):
                if not isinstance(found, dict):
                    raise ChartError(
                        f"template: {source}:{line}: nil pointer evaluating interface {{}}.{key}"
                    )
                found = found.get(key)
        shown = "" if found is None else str(found).lower() if isinstance(found, bool) else str(found)
        return {"quote": f'"{shown}"', "lower": shown.lower()}.get(function, shown)

    return _EXPRESSION.sub(value, text)


def overlaid(below: Values, above: Values) -> Values:
    """`above` over `below`, mappings key by key."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = overlaid(merged[key], value) if both else value
    return merged


def given(files: Sequence[Path]) -> Values:
    values: Values = {}
    for file in files:
        values = overlaid(values, _mapping(file.read_bytes(), str(file)))
    return values


def _mapping(data: bytes, where: str) -> Values:
    try:
        return yaml.load(data, yaml.CSafeLoader) or {}
    except yaml.YAMLError as error:
        raise ChartError(f"failed to parse {where}: {error}") from error


def _required(metadata: Values) -> tuple[str, str]:
    if not metadata.get("name") or not metadata.get("version"):
        raise ChartError("validation: chart.metadata.name and version are required")
    return metadata["name"], metadata["version"]
