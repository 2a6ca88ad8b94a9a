"""What a reader takes of each revision that Helm stored, taken once: a second look moves kilobytes, and no manifests.

Helm writes a revision's Secret anew when its status changes, and the API server then gives it another resource version.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from headway.clients.helm.storage import HelmStorage, StoredRevision

LIMIT = 20_000
"""Revisions of all releases together; of more, those that were first taken are taken anew."""
_ONE_BY_ONE = 3
"""So many new ones are fetched each by itself; of more, the whole history."""
T = TypeVar("T")


@dataclass(slots=True)
class RevisionFacts(Generic[T]):
    """For readers that look again and again. `take` keeps what it returns small, and is not called for what is known."""

    take: Callable[[StoredRevision], T]
    _known: dict[tuple[str, str], tuple[str, T]] = field(default_factory=dict, repr=False)
    """By cluster and path: resource version, and what was taken."""

    def all(self, storage: HelmStorage) -> tuple[T, ...]:
        """Of every revision that Helm still has, newest first. Raises what HelmStorage.all does."""
        listed = storage.versions()
        found = {
            revision: known[1]
            for revision, version in listed.items()
            if (known := self._known.get(_key(storage, revision))) and known[0] == version
        }
        new = listed.keys() - found.keys()
        if len(new) > _ONE_BY_ONE:
            return tuple(self._taken(storage, each) for each in storage.all())
        found |= {revision: self._taken(storage, storage.get(revision)) for revision in new}
        return tuple(found[revision] for revision in sorted(found, reverse=True))

    def _taken(self, storage: HelmStorage, stored: StoredRevision) -> T:
        taken = self.take(stored)
        self._known[_key(storage, stored.revision)] = stored.resource_version, taken
        while len(self._known) > LIMIT:
            self._known.pop(next(iter(self._known)), None)
        return taken


def _key(storage: HelmStorage, revision: int) -> tuple[str, str]:
    return storage.cluster.api.host, storage.path(revision)
