"""What a history takes of Helm's storage: provenance and images of each revision, without rendering or asking anybody."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from headway.clients.helm.storage import StoredRevision
from headway.decide.review.what_changed import VALUES
from headway.errors import BadInput
from headway.formats import foreign_time, image_record, image_reference, manifest_images
from headway.formats.manifest_images import UsedImage
from headway.formats.tag_commit import commit_in_tag
from headway.model.charts import COMMIT_ANNOTATION, COMMITTED_ANNOTATION, SOURCE_ANNOTATION
from headway.model.release_history import HelmRevision, HistoryImage, ServiceChart


def of(stored: StoredRevision) -> HelmRevision:
    metadata = stored.chart_yaml
    charts = service_charts(metadata, (stored.document.get("chart") or {}).get("lock"))
    return HelmRevision(
        revision=stored.revision,
        status=stored.status,
        chart=stored.chart_name,
        version=stored.chart_version,
        deployed_at=stored.updated,
        description=stored.description,
        commit=annotation(metadata, COMMIT_ANNOTATION),
        source=annotation(metadata, SOURCE_ANNOTATION),
        committed_at=foreign_time.read(annotation(metadata, COMMITTED_ANNOTATION)),
        images=_images(manifest_images.used(stored.manifest), metadata, charts),
        charts=charts,
        files=_files(stored),
    )


def _files(stored: StoredRevision) -> dict[str, str]:
    """None of them where one cannot be read: what it holds else is shown all the same."""
    try:
        found = {path: data for path, data in stored.files.items() if path.startswith(_CONFIGURES)}
    except BadInput:
        return {}
    own = (stored.document.get("chart") or {}).get("values") or {}
    found[VALUES] = json.dumps(own, sort_keys=True, default=str).encode()
    return {path: hashlib.sha256(data).hexdigest()[:_DIGITS] for path, data in found.items()}


_CONFIGURES = ("values/", "secrets/")
_DIGITS = 16
"""Of a digest that is only compared."""


def annotation(metadata: Mapping[str, Any], name: str) -> str:
    found = metadata.get("annotations")
    return str(found.get(name) or "") if isinstance(found, Mapping) else ""


def service_charts(metadata: Mapping[str, Any], lock: object = None) -> tuple[ServiceChart, ...]:
    """Of a packaged Chart.yaml: its dependencies, in their order. `lock`: of the same chart as Helm stored it, which writes the
    alias of a dependency over its name (processDependencyEnabled), and leaves the lock's: that at the same position, as long as
    none was left out of the former. It also has the version where Chart.yaml names a range."""
    own, locked = _listed(metadata), _listed(lock)
    if len(locked) != len(own):
        return tuple(_service_chart(each, _same_version(each, locked)) for each in own)
    return tuple(
        _service_chart(each, [its] if _is_of_one_place(each, its) else [])
        for each, its in zip(own, locked, strict=True)
    )


def _same_version(
    dependency: Mapping[str, Any], locked: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    version = dependency.get("version")
    return [each for each in locked if each.get("version") == version and _is_of_one_place(dependency, each)]


def _is_of_one_place(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.get("repository") == other.get("repository")


def _listed(chart: object) -> list[Mapping[str, Any]]:
    listed = chart.get("dependencies") if isinstance(chart, Mapping) else None
    return [each for each in (listed if isinstance(listed, list) else ()) if isinstance(each, Mapping)]


def _service_chart(dependency: Mapping[str, Any], locked: Sequence[Mapping[str, Any]]) -> ServiceChart:
    """`locked`: what of the lock may be its."""
    name, version, alias = (str(dependency.get(key) or "") for key in ("name", "version", "alias"))
    names = {str(each.get("name") or "") for each in locked}
    if alias == name and len(names) == 1:
        name = names.pop()
    versions = {str(each.get("version") or "") for each in locked}
    return ServiceChart(
        name, versions.pop() if len(versions) == 1 else version, alias if alias != name else ""
    )


def _images(
    used: Iterable[UsedImage], metadata: Mapping[str, Any], charts: Iterable[ServiceChart]
) -> tuple[HistoryImage, ...]:
    digests = {each.reference: each.digest for each in image_record.read(metadata)}
    versions = {name: each.version for each in charts for name in each.names}
    found = []
    for each in used:
        read = image_reference.parse(each.reference)
        chart = "" if each.is_own else each.chart
        found.append(
            HistoryImage(
                repository=read.repository,
                tag=read.tag,
                digest=read.digest or digests.get(each.reference, ""),
                commit=commit_in_tag(read.tag),
                chart=chart,
                chart_version=versions.get(chart, ""),
            )
        )
    return tuple(found)
