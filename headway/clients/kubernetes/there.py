"""Whether the ConfigMaps and Secrets that pods name are there.

What was there may be taken away a moment later, by the very helm that is waited for: it is asked about again, less and less
often.
"""

import time
from collections.abc import Callable, Mapping

from headway.clients.kubernetes.api import KubernetesApi
from headway.decide.pods.needed_objects import Needed
from headway.errors import HeadwayError, Retryable

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""Seconds between two questions about what is there; each pause is twice as long as the one before."""
_FOLDERS: Mapping[str, str] = {"ConfigMap": "configmaps", "Secret": "secrets"}


class There:
    """In one namespace."""

    def __init__(
        self, api: KubernetesApi, namespace: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api, self._namespace, self._clock = api, namespace, clock
        self._due: dict[Needed, tuple[float, float]] = {}
        """When it is asked about next, and the pause after that."""

    def has(self, needed: Needed) -> bool | None:
        """None where these credentials may not ask. Raises Retryable where nobody answers."""
        now, (due, pause) = self._clock(), self._due.get(needed, (0.0, FIRST_PAUSE))
        if now < due:
            return True
        try:
            path = f"/api/v1/namespaces/{self._namespace}/{_FOLDERS[needed.kind]}/{needed.name}"
            if self._api.find(path) is None:
                return False
        except Retryable:
            raise
        except HeadwayError:
            return None
        self._due[needed] = now + pause, min(2 * pause, LONGEST_PAUSE)
        return True
