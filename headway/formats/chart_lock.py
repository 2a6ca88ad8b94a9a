"""Chart.lock as Helm writes it, so that anyone's `helm dependency build` accepts what Headway pinned.

The digest is Helm's own (internal/resolver, HashReq): SHA-256 over Go's JSON of [dependencies of Chart.yaml,
dependencies of the lock].
A chart of apiVersion v1 may have its lock in requirements.lock, with the digest of Helm 2.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import chart_identity, chart_version, go_yaml, yaml_source
from headway.formats.chart_yaml import ChartYaml
from headway.formats.yaml_quoted import quoted
from headway.model.charts import Dependency

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*|[A-Za-z][A-Za-z0-9+.-]*://[^\s#\"']+[^\s#\"':]")
_GO_ESCAPES = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class Locked:
    """One dependency as the lock pins it, under the chart's own name, in Chart.yaml's order."""

    name: str
    version: str
    repository: str = ""


@dataclass(frozen=True, slots=True)
class ChartLock:
    dependencies: tuple[Locked, ...]
    digest: str
    """sha256:<hex>"""


@lru_cache(maxsize=64)
def read(text: str, file: str = "Chart.lock") -> ChartLock:
    """Reads a lock; raises BadInput naming file and line where it is not one."""
    root = yaml_source.compose(text, file)
    data = yaml_source.construct(root, file)
    if not isinstance(data, dict):
        raise BadInput(
            "this is not a lock written by Helm", where=file, next_step="Delete it; it is written anew."
        )
    nodes = yaml_source.listed(root, "dependencies", file)
    entries = zip(data.get("dependencies") or (), nodes, strict=False)
    return ChartLock(tuple(_locked(each, node, file) for each, node in entries), str(data.get("digest", "")))


def _locked(data: Any, node: yaml.Node, file: str) -> Locked:
    fields = (
        [data.get(key, "") for key in ("name", "version", "repository")] if isinstance(data, dict) else []
    )
    if not fields or not all(isinstance(each, str) for each in fields):
        raise BadInput(
            "a locked dependency has name, version and repository, each a string",
            where=f"{file}:{yaml_source.line(node)}",
            next_step="Delete the lock; it is written anew.",
        )
    where = f"{file}:{yaml_source.line(node)}"
    chart_identity.check_name(fields[0], where)
    if fields[1]:
        chart_identity.check_version(fields[1], where)
        chart_identity.check_file_name(fields[0], fields[1], where)
    return Locked(*fields)


def digest(required: Sequence[Dependency], locked: Sequence[Locked]) -> str:
    """Helm's lock digest, sha256:<hex>."""
    return _sha256([[_as_helm_reads(each.raw) for each in required], [_lock_entry(each) for each in locked]])


def _digest_of_helm_2(required: Sequence[Dependency]) -> str:
    """What Helm still takes in the lock of a chart of apiVersion v1 (HashV2Req)."""
    return _sha256({"dependencies": [_as_helm_reads(each.raw) for each in required]})


def is_current(chart: ChartYaml, lock: ChartLock | None) -> bool:
    """Whether `helm dependency build` accepts this lock, and it pins what Chart.yaml allows."""
    if lock is None:
        return not chart.dependencies
    digests = {digest(chart.dependencies, lock.dependencies)}
    if chart.api_version == "v1":
        digests.add(_digest_of_helm_2(chart.dependencies))
    return (
        lock.digest in digests
        and len(lock.dependencies) == len(chart.dependencies)
        and all(
            pins(pinned, each) for pinned, each in zip(lock.dependencies, chart.dependencies, strict=True)
        )
    )


def pins(locked: Locked, dependency: Dependency) -> bool:
    """Whether this lock entry is an exact version of that dependency which its constraint allows."""
    return (
        (locked.name, locked.repository) == (dependency.name, dependency.repository)
        and chart_version.parse(locked.version) is not None
        and (locked.version == dependency.version or chart_version.allows(dependency.version, locked.version))
    )


def write(required: Sequence[Dependency], locked: Sequence[Locked], generated: datetime) -> str:
    """The lock's text in Helm's own layout; `generated` in UTC, whole seconds."""
    lines = ["dependencies:"]
    for each in locked:
        lines += [
            f"- name: {_scalar(each.name)}",
            f"  repository: {_scalar(each.repository)}",
            f"  version: {_scalar(each.version)}",
        ]
    stamp = generated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "\n".join([*lines, f"digest: {digest(required, locked)}", f'generated: "{stamp}"']) + "\n"


def _as_helm_reads(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Fields and order of Helm's Dependency; those it omits when empty are left out."""
    fields = {
        "name": raw.get("name") or "",
        "version": raw.get("version"),
        "repository": raw.get("repository") or "",
    }
    fields |= {key: raw.get(key) for key in ("condition", "tags", "enabled", "import-values", "alias")}
    return {key: value for key, value in fields.items() if value or key in ("name", "repository")}


def _lock_entry(locked: Locked) -> dict[str, str]:
    fields = {"name": locked.name, "version": locked.version, "repository": locked.repository}
    return {key: value for key, value in fields.items() if value or key != "version"}


def _sha256(value: Any) -> str:
    return "sha256:" + hashlib.sha256(_go_json(value).encode()).hexdigest()


def _go_json(value: Any) -> str:
    return json.dumps(_sorted_maps(value), ensure_ascii=False, separators=(",", ":")).translate(_GO_ESCAPES)


def _sorted_maps(value: Any, *, depth: int = 0) -> Any:
    """Go sorts the keys of a map (in import-values), not those of a struct (the dependency itself)."""
    if isinstance(value, Mapping):
        keys = list(value) if depth == 2 else sorted(value, key=str)
        return {key: _sorted_maps(value[key], depth=depth + 1) for key in keys}
    if isinstance(value, (list, tuple)):
        return [_sorted_maps(each, depth=depth + 1) for each in value]
    return value


def _scalar(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) and text.isprintable() and go_yaml.stays_text(text)
    return text if is_plain else quoted(text)
