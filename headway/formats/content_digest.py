"""Sameness of charts: by what is in them, not by who packaged them when.

Two packages of the same files differ in their provenance (commit, pipeline); their content digests do not.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import yaml_limits
from headway.model.charts import PROVENANCE_PREFIX

CHART_YAML = "Chart.yaml"
CHART_LOCK = "Chart.lock"
_GENERATED = re.compile(rb"^generated:.*\n?", re.MULTILINE)
"""Helm packages a lock with the time of packaging (SOURCE_DATE_EPOCH), whatever time it had."""


def content_digest(files: Mapping[str, bytes]) -> str:
    """sha256:<hex> of a chart's files, by path relative to the chart, without Headway's own annotations
    and without the lock's time.

    Vendored dependencies count byte for byte.
    """
    digest = hashlib.sha256()
    for path in sorted(files):
        data = files[path]
        if path == CHART_YAML:
            data = _written(_without_provenance(read_metadata(data)))
        elif path == CHART_LOCK:
            data = _GENERATED.sub(b"", data)
        digest.update(hashlib.sha256(path.encode()).digest())
        digest.update(hashlib.sha256(data).digest())
    return f"sha256:{digest.hexdigest()}"


def read_metadata(data: bytes, file: str = CHART_YAML) -> dict[str, Any]:
    """Chart.yaml as a mapping with `name` and `version`; BadInput naming `file` where it is not one."""
    try:
        metadata = yaml_limits.load(data, _Metadata)
    except yaml.YAMLError as error:
        raise BadInput(f"not YAML: {' '.join(str(error).split())}", where=file) from error
    if not isinstance(metadata, dict):
        raise BadInput("not a mapping", where=file)
    for key in ("name", "version"):
        if not isinstance(metadata.get(key), str) or not metadata[key]:
            raise BadInput(f"`{key}` is missing or not a string", where=file, next_step="Quote it.")
    annotations = metadata.get("annotations") or {}
    if not isinstance(annotations, dict) or not all(isinstance(key, str) for key in annotations):
        raise BadInput("`annotations` is not a mapping of texts", where=file, next_step="Quote its keys.")
    return metadata


def _written(metadata: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(metadata, sort_keys=True).encode()
    except (TypeError, ValueError) as error:
        raise BadInput(f"it holds what is not plain data: {error}", where=CHART_YAML) from error


def _without_provenance(metadata: Mapping[str, Any]) -> dict[str, Any]:
    annotations = {
        key: value
        for key, value in (metadata.get("annotations") or {}).items()
        if not key.startswith(PROVENANCE_PREFIX)
    }
    rest = {key: value for key, value in metadata.items() if key != "annotations"}
    return {**rest, "annotations": annotations} if annotations else rest


class _Metadata(yaml_limits.SafeLoader):
    """Dates stay text: Chart.yaml has none."""


_Metadata.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
