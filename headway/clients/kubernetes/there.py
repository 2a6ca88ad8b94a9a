"""Whether the ConfigMaps and Secrets that pods name are there. What was there once is not asked about again."""

from collections.abc import Mapping

from headway.clients.kubernetes.api import KubernetesApi
from headway.decide.pods.needed_objects import Needed
from headway.errors import HeadwayError, Retryable

_FOLDERS: Mapping[str, str] = {"ConfigMap": "configmaps", "Secret": "secrets"}


class There:
    """In one namespace."""

    def __init__(self, api: KubernetesApi, namespace: str) -> None:
        self._api, self._namespace = api, namespace
        self._found: set[Needed] = set()

    def has(self, needed: Needed) -> bool | None:
        """None where these credentials may not ask. Raises Retryable where nobody answers."""
        if needed in self._found:
            return True
        try:
            path = f"/api/v1/namespaces/{self._namespace}/{_FOLDERS[needed.kind]}/{needed.name}"
            if self._api.find(path) is None:
                return False
        except Retryable:
            raise
        except HeadwayError:
            return None
        self._found.add(needed)
        return True
