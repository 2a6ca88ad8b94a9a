"""Harbor (https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks/): images and OCI
charts, in its own format and as CloudEvents; of its former chart repository (until 2.8), charts."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from headway.formats.hints.generic import image_of
from headway.formats.hints.payload import mappings, text
from headway.model.hints import Named, NamedCharts, NamedImage

_PUSHES = ("PUSH_ARTIFACT", "pushImage", "harbor.artifact.pushed", "REPLICATION", "TAG_RETENTION")
_CHARTS = ("UPLOAD_CHART", "uploadChart")


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:  # noqa: ARG001
    kind = text(payload, "type")
    data = "data" if kind.startswith("harbor.") else "event_data"
    for each in mappings(payload, data, "resources"):
        url = text(each, "resource_url")
        if kind in _PUSHES and url:
            image = image_of(url)
            rest = image.repository.partition("/")[2]
            tag = text(each, "tag") or image.tag
            yield NamedImage(f"{registry}/{rest}" if registry else image.repository, tag)
        elif kind in _CHARTS and url:
            yield NamedCharts(url if _is_url(url) else f"https://{url}")


def _is_url(value: str) -> bool:
    try:
        return urlsplit(value).scheme in ("http", "https")
    except ValueError:
        return False
