"""A Kubernetes cluster as Headway uses it: namespaces, live objects, drift. Small siblings do the rest.

Siblings that take a Cluster: release_secrets and helm_release (Helm), release_record_store, lease,
cluster_jobs,
cluster_pods, evidence.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kubernetes.client import ApiClient

from headway.clients import side_by_side
from headway.clients.kubernetes import kubeconfig
from headway.clients.kubernetes.api import KubernetesApi, Object
from headway.clients.kubernetes.discovery import Discovery
from headway.decide.release import drift
from headway.decide.release.drift import HELM_FIELD_MANAGER, Difference
from headway.errors import BadInput, Conflict, Gone
from headway.formats import helm_marks

_AT_ONCE = 8
_R = TypeVar("_R")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Compared:
    """One object of a manifest, and what differs. `live`: as it was before the server was asked; None where it is missing."""

    path: str
    live: Object | None
    differences: tuple[Difference, ...]


class Cluster:
    """One API server with credentials. `api` for requests, `kubeconfig` and `context` for helm's command
    line.
    """

    def __init__(self, client: ApiClient, kubeconfig_file: Path, context: str | None = None) -> None:
        self.api = KubernetesApi(client)
        self.kubeconfig = kubeconfig_file
        self.context = context
        self._discovery = Discovery(self.api)

    @classmethod
    def from_kubeconfig(cls, source: Path | str, context: str | None = None) -> "Cluster":
        """`source`: the path of a kubeconfig (Path), or its text (str). Raises BadInput; calls nobody."""
        path = source if isinstance(source, Path) else kubeconfig.file_of_text(source)
        return cls(kubeconfig.client_of_file(path, context), path, context)

    @classmethod
    def in_cluster(cls) -> "Cluster":
        """The cluster this process runs in, as its service account."""
        return cls(*kubeconfig.in_cluster())

    def version(self) -> str:
        """Such as "1.37"; also the cheapest question whether somebody answers."""
        said = self.api.get("/version")
        return f"{said['major']}.{said['minor'].rstrip('+')}"

    def ensure_namespace(self, namespace: str) -> None:
        """Create the namespace where it is missing. Headway never deletes one."""
        if self.api.find(f"/api/v1/namespaces/{namespace}") is not None:
            return
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        try:
            self.api.create("/api/v1/namespaces", body)
        except Conflict:
            return

    def path(self, resource: Mapping[str, Any], namespace: str) -> str:
        """Of one object; `namespace` where it names none. BadInput for a kind the server lacks."""
        return self._discovery.path(dict(resource), namespace)

    def live(self, resources: Iterable[Mapping[str, Any]], namespace: str) -> tuple[Object | None, ...]:
        """The live object of each resource of a manifest, in order; None where it is missing."""

        def one(resource: Mapping[str, Any]) -> Object | None:
            try:
                return self.api.find(self.path(resource, namespace))
            except Gone:
                return None

        return self.each(one, resources)

    def server_dry_run_apply(
        self, resources: Iterable[Mapping[str, Any]], namespace: str, release: str
    ) -> tuple[Object, ...]:
        """Each resource as it would be after Helm applied it again; nothing is written."""

        def one(resource: Mapping[str, Any]) -> Object:
            body = helm_marks.put(resource, release, namespace)
            return self.api.dry_run_apply(self.path(body, namespace), body, HELM_FIELD_MANAGER)

        return self.each(one, resources)

    def drifted(
        self, resources: Sequence[Mapping[str, Any]], namespace: str, release: str
    ) -> tuple[Difference, ...]:
        """Where live objects are not what the release's manifest says.

        What the API server would not take again raises nothing: else nothing newer could be planned, which may well fit.
        """
        return tuple(
            each for found in self.compared(resources, namespace, release) for each in found.differences
        )

    def compared(
        self, resources: Sequence[Mapping[str, Any]], namespace: str, release: str
    ) -> tuple[Compared, ...]:
        """The same of each, in order."""

        def one(resource: Mapping[str, Any]) -> Compared:
            path = self.path(resource, namespace)
            live = self.api.find(path)
            if live is None:
                return Compared(path, None, drift.differences(None, resource))
            body = helm_marks.put(resource, release, namespace)
            try:
                applied = self.api.dry_run_apply(path, body, HELM_FIELD_MANAGER)
            except BadInput as error:
                return Compared(path, live, drift.refused(resource, str(error)))
            return Compared(path, live, drift.differences(live, applied))

        return self.each(one, resources)

    def each(self, one: Callable[[_R], _T], resources: Iterable[_R]) -> tuple[_T, ...]:
        """`one` of each, a few at a time on kept-alive connections; in order."""
        return tuple(side_by_side.each(one, resources, _AT_ONCE))
