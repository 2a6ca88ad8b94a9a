"""Which path of the API an object of some kind has: asked of the server once for each group and version."""

from dataclasses import dataclass, field
from typing import Any

from headway.clients.kubernetes.api import KubernetesApi
from headway.errors import BadInput, Gone


@dataclass(slots=True)
class Discovery:
    """Paths by kind. A custom resource that appeared meanwhile is found: only what is known is remembered."""

    api: KubernetesApi
    _known: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)

    def path(self, resource: dict[str, Any], namespace: str) -> str:
        """Path of one object; `namespace` where it names none. BadInput for a kind the server lacks."""
        version, kind = str(resource.get("apiVersion", "")), str(resource.get("kind", ""))
        plural, namespaced = self._kind(version, kind)
        metadata = resource.get("metadata") or {}
        base = f"/{_prefix(version)}"
        if namespaced:
            base += f"/namespaces/{metadata.get('namespace') or namespace}"
        return f"{base}/{plural}/{metadata['name']}"

    def _kind(self, version: str, kind: str) -> tuple[str, bool]:
        if (version, kind) not in self._known:
            try:
                served = self.api.get(f"/{_prefix(version)}")["resources"]
            except Gone:
                served = []
            for each in served:
                if "/" not in each["name"]:
                    self._known[version, each["kind"]] = (each["name"], bool(each["namespaced"]))
        try:
            return self._known[version, kind]
        except KeyError:
            raise BadInput(
                f"it does not serve {kind} of {version}",
                where=f"API server {self.api.host}",
                next_step="Install its custom resource definition first, or change the chart.",
            ) from None


def _prefix(version: str) -> str:
    return f"apis/{version}" if "/" in version else f"api/{version}"
