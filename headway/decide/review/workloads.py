"""Every workload of a cluster with what it comes from: release, chart, build and commit, also where Headway had no part in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from headway.formats import helm_marks

_CHART = "helm.sh/chart"


@dataclass(frozen=True, slots=True)
class Origin:
    """Of a release, as Helm stored it."""

    chart: str
    version: str
    revision: int
    commit: str = ""
    """Of the application's repository; empty for a package that Headway did not make."""


@dataclass(frozen=True, slots=True)
class WorkloadImage:
    reference: str
    commit: str = ""
    """That its tag names; empty where it names none."""


@dataclass(frozen=True, slots=True)
class Workload:
    kind: str
    namespace: str
    name: str
    release: str = ""
    """Empty where Helm did not bring it."""
    release_namespace: str = ""
    managed_by: str = ""
    """As its label says."""
    chart: str = ""
    """The part of the package that it is from, such as cart-1.2.0, as its label says."""
    origin: Origin | None = None
    images: tuple[WorkloadImage, ...] = ()
    ready: str = ""
    """Such as 2/3; empty for what has no such number."""


def workloads(
    objects: Iterable[Mapping[str, Any]],
    origins: Mapping[tuple[str, str], Origin],
    commits: Mapping[str, str],
) -> tuple[Workload, ...]:
    """By namespace and name. `origins`: by namespace and name of the release. `commits`: of image references, as far as known.

    What another object has made, such as a Pod of a ReplicaSet, is left out.
    """
    found = [
        _workload(each, origins, commits) for each in objects if not _metadata(each).get("ownerReferences")
    ]
    return tuple(sorted(found, key=lambda each: (each.namespace, each.name, each.kind)))


def references(found: Mapping[str, Any]) -> tuple[str, ...]:
    """Of the images of its containers, those that begin first among them."""
    spec = found.get("spec") or {}
    job = spec.get("jobTemplate", {}).get("spec", {})
    pod = (spec.get("template") or job.get("template") or {"spec": spec}).get("spec") or {}
    containers = [*(pod.get("initContainers") or ()), *(pod.get("containers") or ())]
    return tuple(dict.fromkeys(str(each.get("image") or "") for each in containers))


def _workload(
    found: Mapping[str, Any], origins: Mapping[tuple[str, str], Origin], commits: Mapping[str, str]
) -> Workload:
    metadata = _metadata(found)
    annotations, labels = metadata.get("annotations") or {}, metadata.get("labels") or {}
    namespace = str(metadata.get("namespace") or "")
    release = str(annotations.get(helm_marks.RELEASE) or "")
    release_namespace = str(annotations.get(helm_marks.NAMESPACE) or namespace) if release else ""
    return Workload(
        kind=str(found.get("kind") or ""),
        namespace=namespace,
        name=str(metadata.get("name") or ""),
        release=release,
        release_namespace=release_namespace,
        managed_by=str(labels.get(helm_marks.MANAGED_BY) or ""),
        chart=str(labels.get(_CHART) or ""),
        origin=origins.get((release_namespace, release)),
        images=tuple(WorkloadImage(each, commits.get(each, "")) for each in references(found)),
        ready=_ready(found),
    )


def _ready(found: Mapping[str, Any]) -> str:
    spec, status = found.get("spec") or {}, found.get("status") or {}
    if found.get("kind") == "DaemonSet":
        return f"{status.get('numberReady') or 0}/{status.get('desiredNumberScheduled') or 0}"
    if found.get("kind") in ("Deployment", "StatefulSet"):
        return f"{status.get('readyReplicas') or 0}/{spec.get('replicas', 1)}"
    return str(status.get("phase") or "")


def _metadata(found: Mapping[str, Any]) -> Mapping[str, Any]:
    return found.get("metadata") or {}
