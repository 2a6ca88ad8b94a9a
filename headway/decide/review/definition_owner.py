"""Who owns a live definition (CRD): it serves the whole cluster, and two owners that want different ones would change it to
and fro.

What Headway applies is marked with its release. Helm marks what it makes of templates, but nothing of crds/. Anybody else is
named by the API server, as the manager of the fields that would be changed.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from headway.decide.release.drift import HELM_FIELD_MANAGER
from headway.formats import helm_marks, manifests
from headway.formats.chart_definitions import Definition

MARK = "headway.dev/release"
"""Annotation: <namespace>/<release>."""
_BY_HAND = "kubectl"


class Place(NamedTuple):
    """Where a release lives."""

    namespace: str
    release: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.release}"


def marked(definition: Definition, place: Place) -> dict[str, Any]:
    """The document as Headway applies it."""
    metadata = manifests.mapping(definition.document, "metadata")
    annotations = {**manifests.mapping(metadata, "annotations"), MARK: str(place)}
    return {**definition.document, "metadata": {**metadata, "annotations": annotations}}


def marks(live: Mapping[str, Any]) -> tuple[str, ...]:
    """The annotations by which it belongs to a release; they stay where the release goes, and nobody takes them off."""
    annotations = manifests.mapping(live, "metadata", "annotations")
    return tuple(each for each in (MARK, helm_marks.RELEASE, helm_marks.NAMESPACE) if each in annotations)


def owner(live: Mapping[str, Any], managers: Collection[str], place: Place, *, installed: bool) -> str:
    """Who keeps a live definition that a release would change; empty where it may.

    `managers`: of the fields that would be changed, but for Headway itself. `installed`: Helm has brought this release before,
    and its crds/ with the first install. What is ours, and somebody edited by hand, may be changed.
    """
    annotations = manifests.mapping(live, "metadata", "annotations")
    mark = annotations.get(MARK, "")
    if mark and mark != str(place):
        return f"the release {mark}"
    name = annotations.get(helm_marks.RELEASE)
    by_helm = Place(str(annotations.get(helm_marks.NAMESPACE, "")), str(name)) if name else None
    if by_helm and by_helm != place:
        return f"Helm's release {by_helm}"
    ours = bool(mark or by_helm)
    others = [each for each in managers if not _may_be_ours(each, ours=ours, installed=installed)]
    return ", ".join("a release of Helm's" if each == HELM_FIELD_MANAGER else each for each in others)


def _may_be_ours(manager: str, *, ours: bool, installed: bool) -> bool:
    if manager == HELM_FIELD_MANAGER:
        return ours or installed
    return ours and manager.startswith(_BY_HAND)
