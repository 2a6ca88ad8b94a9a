"""What a history takes of Helm's storage: provenance and images of each revision, without rendering or asking anybody."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from headway.clients.helm.storage import StoredRevision
from headway.formats import image_record, image_reference, manifest_images
from headway.formats.manifest_images import UsedImage
from headway.model.charts import COMMIT_ANNOTATION, COMMITTED_ANNOTATION, SOURCE_ANNOTATION
from headway.model.release_history import HelmRevision, HistoryImage, ServiceChart

_COMMIT_IN_TAG = re.compile(r"(?:\A|[-_.])([0-9a-f]{7,40})\Z", re.ASCII)
"""The end of a tag such as main-1a2b3c4, the default of `image.pattern`. Digits alone are one only in the usual lengths: others
are dates and numbers of builds."""
_USUAL = (7, 40)


def of(stored: StoredRevision) -> HelmRevision:
    metadata = stored.chart_yaml
    charts = service_charts(metadata)
    return HelmRevision(
        revision=stored.revision,
        status=stored.status,
        chart=stored.chart_name,
        version=stored.chart_version,
        deployed_at=stored.updated,
        description=stored.description,
        commit=annotation(metadata, COMMIT_ANNOTATION),
        source=annotation(metadata, SOURCE_ANNOTATION),
        committed_at=_time(annotation(metadata, COMMITTED_ANNOTATION)),
        images=_images(manifest_images.used(stored.manifest), metadata, charts),
        charts=charts,
    )


def annotation(metadata: Mapping[str, Any], name: str) -> str:
    found = metadata.get("annotations")
    return str(found.get(name) or "") if isinstance(found, Mapping) else ""


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None


def service_charts(metadata: Mapping[str, Any]) -> tuple[ServiceChart, ...]:
    """Of a packaged Chart.yaml: its dependencies, in their order."""
    listed = metadata.get("dependencies")
    return tuple(
        ServiceChart(str(each.get("name") or ""), str(each.get("version") or ""))
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, Mapping)
    )


def commit_in_tag(tag: str) -> str:
    """Empty where the tag names none."""
    found = _COMMIT_IN_TAG.search(tag)
    return found[1] if found and (len(found[1]) in _USUAL or not found[1].isdigit()) else ""


def _images(
    used: Iterable[UsedImage], metadata: Mapping[str, Any], charts: Iterable[ServiceChart]
) -> tuple[HistoryImage, ...]:
    digests = {each.reference: each.digest for each in image_record.read(metadata)}
    versions = {each.name: each.version for each in charts}
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
