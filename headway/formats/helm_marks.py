"""The marks of ownership that Helm gives to all that it applies: the label of who manages it, and which release it belongs to.

Helm takes over what carries those of a release, and refuses what does not, unless it is told `--take-ownership`.
"""

from collections.abc import Mapping
from typing import Any

from headway.formats import manifests

RELEASE, NAMESPACE = "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"
MANAGED_BY = "app.kubernetes.io/managed-by"
HELM = "Helm"


def names(live: Mapping[str, Any], release: str, namespace: str) -> bool:
    """Whether its annotations name that release."""
    annotations = manifests.mapping(live, "metadata", "annotations")
    return (annotations.get(RELEASE), annotations.get(NAMESPACE)) == (release, namespace)


def lets_take_over(live: Mapping[str, Any], release: str, namespace: str) -> bool:
    """Whether Helm would take it for that release's without being told to."""
    labels = manifests.mapping(live, "metadata", "labels")
    return labels.get(MANAGED_BY) == HELM and names(live, release, namespace)


def put(resource: Mapping[str, Any], release: str, namespace: str) -> dict[str, Any]:
    """The resource of a manifest with them."""
    metadata = dict(resource.get("metadata") or {})
    metadata["labels"] = {**(metadata.get("labels") or {}), MANAGED_BY: HELM}
    marks = {RELEASE: release, NAMESPACE: namespace}
    metadata["annotations"] = {**(metadata.get("annotations") or {}), **marks}
    return {**resource, "metadata": metadata}
