"""A chart in an OCI registry, as Helm writes and reads it: a manifest, Chart.yaml as its configuration, the package as a layer.

https://helm.sh/docs/topics/registries/#oci-feature-deprecation-and-behavior-changes-with-v380 and Helm's pkg/registry. A tag is
the version, with `_` for `+`, which no tag may hold.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from headway.errors import BadInput
from headway.formats import chart_version, json_limits
from headway.formats.image_reference import DIGEST, MANIFEST_TYPES
from headway.model.charts import CHARTS_ANNOTATION, CONTENT_ANNOTATION, IMAGES_ANNOTATION, ChartEntry, Package
from headway.model.moment import in_utc

MANIFEST_TYPE = MANIFEST_TYPES[0]
CONFIG_TYPE = "application/vnd.cncf.helm.config.v1+json"
CHART_TYPE = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
PROVENANCE_TYPE = "application/vnd.cncf.helm.chart.provenance.v1.prov"
WITHDRAWN = "headway-withdrawn-"
"""Prefix of the tag under which a package stays that was taken back: no version, so that Helm passes it over."""
WITHDRAWN_ANNOTATION = "headway.dev/withdrawn"
_CREATED = "org.opencontainers.image.created"
_OCI = "org.opencontainers.image."
_TAG = re.compile(r"\w[\w.-]{0,127}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a manifest says of the one thing that it is about."""

    manifest: bytes
    layer: str
    """sha256:<hex> of the package, or document."""
    annotations: Mapping[str, str]

    @property
    def created(self) -> datetime:
        """1970 where the manifest does not say."""
        try:
            return in_utc(datetime.fromisoformat(self.annotations.get(_CREATED, "")))
        except (ValueError, OverflowError):
            return datetime(1970, 1, 1, tzinfo=UTC)

    def entry(self, name: str, version: str) -> ChartEntry:
        tag = tag_of(version)
        return ChartEntry(name, version, self.layer, f"{name}:{tag}", self.created, self.annotations)


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def tag_of(version: str) -> str:
    """BadInput for a version that cannot be a tag."""
    tag = version.replace("+", "_")
    if not _TAG.match(WITHDRAWN + tag):
        raise BadInput(
            f"the version {version!r} cannot be a tag in an OCI registry",
            next_step=f"Write a semantic version of at most {128 - len(WITHDRAWN)} characters.",
        )
    return tag


def versions(tags: list[str], *, withdrawn: bool) -> set[str]:
    """Those that tags stand for; `withdrawn`: those that were taken back."""
    named = {tag.removeprefix(WITHDRAWN) for tag in tags if tag.startswith(WITHDRAWN) == withdrawn}
    found = {tag.replace("_", "+") for tag in named if _TAG.match(WITHDRAWN + tag)}
    return {version for version in found if chart_version.parse(version)}


def configuration(package: Package) -> bytes:
    """Chart.yaml as JSON."""
    return _json(package.metadata)


def manifest(package: Package, *, created: datetime) -> bytes:
    """The same bytes for the same package and moment. Annotations are those of Chart.yaml, as Helm has them, but for the records
    that would make it grow, and with the content's digest."""
    own = {str(key): str(value) for key, value in (package.metadata.get("annotations") or {}).items()}
    for each in (IMAGES_ANNOTATION, CHARTS_ANNOTATION):
        own.pop(each, None)
    named = {"title": package.name, "version": package.version}
    if description := package.metadata.get("description"):
        named["description"] = str(description)
    annotations = {
        **own,
        **{f"{_OCI}{key}": value for key, value in named.items()},
        _CREATED: created.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        CONTENT_ANNOTATION: package.content_digest,
    }
    config = configuration(package)
    return artifact((CONFIG_TYPE, config), (CHART_TYPE, package.data), annotations)


def artifact(config: tuple[str, bytes], layer: tuple[str, bytes], annotations: Mapping[str, str]) -> bytes:
    """A manifest of a configuration and one layer, each with its type."""
    described = [
        {"mediaType": kind, "digest": digest_of(data), "size": len(data)} for kind, data in (config, layer)
    ]
    return _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": described[0],
            "layers": [described[1]],
            "annotations": dict(annotations),
        }
    )


def read(data: bytes, where: str, *, layer_type: str = CHART_TYPE) -> Artifact | None:
    """None for a manifest of something else than a chart (or what `layer_type` says): an image, say. BadInput naming `where` for
    what is no manifest."""
    try:
        document = json_limits.load(data)
    except ValueError as error:
        raise BadInput("no registry answers so: the manifest is not JSON", where=where) from error
    if not isinstance(document, dict):
        raise BadInput("no registry answers so: the manifest is no object", where=where)
    layers = document.get("layers")
    for each in layers if isinstance(layers, list) else ():
        if isinstance(each, dict) and each.get("mediaType") == layer_type:
            digest = each.get("digest")
            if not isinstance(digest, str) or not DIGEST.match(digest):
                raise BadInput("no registry answers so: a layer without a digest", where=where)
            return Artifact(data, digest, _annotations(document))
    return None


def withdrawn(found: Artifact, moment: datetime) -> bytes:
    """The manifest under which it stays: another one, so that the first may be deleted by whatever it is called."""
    document = json_limits.load(found.manifest)
    annotations = {**_annotations(document), WITHDRAWN_ANNOTATION: moment.isoformat(timespec="seconds")}
    return _json({**document, "annotations": annotations})


def _annotations(document: Mapping[str, Any]) -> dict[str, str]:
    found = document.get("annotations")
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str).encode()
