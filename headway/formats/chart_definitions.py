"""What stands in a chart's crds/ and in those of its enabled dependencies, as Helm finds it: installed once, and never upgraded.

https://helm.sh/docs/chart_best_practices/custom_resource_definitions/
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import kubernetes_documents, nested_charts, yaml_limits
from headway.formats.go_yaml import GoLoader
from headway.formats.nested_charts import NestedChart

KIND = "CustomResourceDefinition"
_FOLDER = "crds/"
_ENDINGS = (".yaml", ".yml", ".json")
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Definition:
    """One object of a file in crds/."""

    source: str
    """Path in the package, such as charts/queue/crds/jobs.yaml."""
    document: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.document['kind']}/{(self.document.get('metadata') or {}).get('name', '')}"

    @property
    def kinds(self) -> frozenset[tuple[str, str]]:
        """(apiVersion, kind) that it brings; empty for what defines none."""
        spec = self.document.get("spec") or {}
        if self.document["kind"] != KIND:
            return frozenset()
        kind = str((spec.get("names") or {}).get("kind", ""))
        return frozenset(
            (f"{spec.get('group', '')}/{version.get('name', '')}", kind)
            for version in spec.get("versions") or ()
            if version.get("served")
        )


def of_files(files: Mapping[str, bytes], given: Sequence[bytes] = ()) -> tuple[Definition, ...]:
    """Of a chart's files by path. Where two charts have the same one, the first counts, as for Helm's install.

    `given`: value files above the chart's own, which may disable dependencies. Raises BadInput, naming the file.
    """
    chart = nested_charts.read(files)
    if not _has_any(chart):
        return ()
    values: Values = {}
    for number, data in enumerate(given, 1):
        values = _overlaid(values, _mapping(data, f"value file {number}"))
    found: dict[tuple[str, str], Definition] = {}
    for each in _of_chart(chart, values, ""):
        metadata = each.document["metadata"]
        found.setdefault((each.name, str(metadata.get("namespace") or "")), each)
    return tuple(found.values())


def _has_any(chart: NestedChart) -> bool:
    """Most charts have none: then no value is read."""
    return any(path.startswith(_FOLDER) for path in chart.files) or any(
        map(_has_any, chart.subcharts.values())
    )


def _of_chart(chart: NestedChart, given: Values, place: str) -> Iterator[Definition]:
    files = chart.files
    for path in sorted(files):
        if path.startswith(_FOLDER) and path.endswith(_ENDINGS):
            for document in _documents(files[path], f"{place}{path}"):
                yield Definition(f"{place}{path}", document)
    values = _overlaid(_mapping(files.get("values.yaml", b""), f"{place}values.yaml"), given)
    for folder, inner in chart.subcharts.items():
        where = f"{place}charts/{folder}/"
        name = str(_mapping(inner.files.get("Chart.yaml", b""), f"{where}Chart.yaml").get("name", folder))
        keys = [key for key, enabled in _declared(files, values, place, name) if enabled]
        if keys:
            yield from _of_chart(inner, _child(values, keys[0]), where)


def _declared(
    files: Mapping[str, bytes], values: Values, place: str, name: str
) -> Iterator[tuple[str, bool]]:
    """Key of a subchart's values, and whether it is enabled; what charts/ holds undeclared always is."""
    declared: list[Values] = []
    for file in ("Chart.yaml", "requirements.yaml"):
        listed = _mapping(files.get(file, b""), f"{place}{file}").get("dependencies") or ()
        listed = listed if isinstance(listed, list) else ()
        declared += [each for each in listed if isinstance(each, dict) and each.get("name") == name]
    if not declared:
        yield name, True
    for each in declared:
        yield str(each.get("alias") or name), _is_enabled(each, values)


def _is_enabled(dependency: Values, values: Values) -> bool:
    """The first condition that is a boolean decides, else the tags: one that is true is enough.

    https://helm.sh/docs/topics/charts/#tags-and-condition-fields-in-dependencies
    """
    for path in str(dependency.get("condition") or "").split(","):
        found: Any = values
        for key in path.strip().split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(found, bool):
            return found
    tags = _child(values, "tags")
    named = dependency.get("tags")
    said = [
        tags[tag]
        for tag in (named if isinstance(named, list) else ())
        if isinstance(tag, str) and isinstance(tags.get(tag), bool)
    ]
    return any(said) or not said


def _child(values: Values, key: str) -> Values:
    found = values.get(key)
    return found if isinstance(found, Mapping) else {}


def _overlaid(below: Values, above: Values) -> Values:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _overlaid(merged[key], value) if both else value
    return merged


def _documents(data: bytes, where: str) -> list[Mapping[str, Any]]:
    found = list(kubernetes_documents.split(data, where, "Correct the file"))
    if not all(map(_is_shaped, found)):
        raise BadInput(
            "holds what is not a Kubernetes resource: metadata, spec or versions are not what they must be",
            where=where,
            next_step="Correct the file",
        )
    return found


def _is_shaped(document: Mapping[str, Any]) -> bool:
    """As far as it is read here; the rest is the API server's to judge."""
    metadata = document.get("metadata") or {}
    if not isinstance(document["kind"], str) or not isinstance(metadata, Mapping) or not metadata.get("name"):
        return False
    if not all(isinstance(metadata.get(each) or {}, Mapping) for each in ("annotations", "labels")):
        return False
    if document["kind"] != KIND:
        return True
    spec = document.get("spec") or {}
    if not isinstance(spec, Mapping) or not isinstance(spec.get("names") or {}, Mapping):
        return False
    versions = spec.get("versions") or ()
    return isinstance(versions, list | tuple) and all(map(_is_version, versions))


def _is_version(found: Any) -> bool:
    schema = (found.get("schema") or {}) if isinstance(found, Mapping) else None
    return isinstance(schema, Mapping) and isinstance(schema.get("openAPIV3Schema") or {}, Mapping)


def _mapping(data: bytes, where: str) -> Values:
    try:
        found = yaml_limits.load(data, GoLoader)
    except yaml.YAMLError as error:
        raise BadInput(f"is not YAML: {error}", where=where, next_step="Correct the file") from error
    return found if isinstance(found, dict) else {}
