"""What a reader takes of each revision that Helm stored, taken once: a second look moves kilobytes, and no manifests.

Helm writes a revision's Secret anew when its status changes, and the API server then gives it another resource version.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from headway.clients.helm.storage import HelmStorage, ListedRevision, StoredRevision
from headway.clients.kubernetes.api import Object
from headway.formats import helm_secret

LIMIT = 20_000
"""Revisions of all releases together; of more, those that were first taken are taken anew."""
_ONE_BY_ONE = 3
"""So many new ones are fetched each by itself; more by one request."""
T = TypeVar("T")
Listed = Mapping[int, ListedRevision]
Choose = Callable[[Listed], Collection[int]]


@dataclass(slots=True)
class RevisionFacts(Generic[T]):
    """For readers that look again and again. `take` keeps what it returns small, and is not called for what is known."""

    take: Callable[[StoredRevision], T]
    _known: dict[tuple[str, str], tuple[str, T]] = field(default_factory=dict, repr=False)
    """By cluster and path: resource version, and what was taken."""

    def all(self, storage: HelmStorage) -> tuple[T, ...]:
        """Of every revision that Helm still has, newest first. Raises what HelmStorage.all does."""
        return self.some(storage, lambda listed: listed)[0]

    def some(self, storage: HelmStorage, choose: Choose) -> tuple[tuple[T, ...], Listed]:
        """Of those that are chosen among all that Helm still has, newest first; and all. No other is fetched. Raises what
        HelmStorage.all does.
        """
        listed = storage.listed()
        chosen = sorted(set(choose(listed)) & listed.keys(), reverse=True)
        found = {
            revision: known[1]
            for revision in chosen
            if (known := self._known.get(_key(storage, revision)))
            and known[0] == listed[revision].resource_version
        }
        new = [each for each in chosen if each not in found]
        if len(new) > _ONE_BY_ONE:
            # What Helm has dropped or written since they were listed is as it is now.
            stored = storage.all() if len(chosen) == len(listed) else storage.these(new, max(listed))
            found |= {each.revision: self._taken(storage, each) for each in stored}
            whole = {each.revision for each in stored}
            chosen = sorted(whole if len(chosen) == len(listed) else found, reverse=True)
        else:
            read = (storage.one(each, max(listed)) for each in new)
            found |= {each.revision: self._taken(storage, each) for each in read if each}
        return tuple(found[each] for each in chosen if each in found), listed

    def of(self, storage: HelmStorage, secrets: Iterable[Object]) -> tuple[T, ...]:
        """Of Secrets that were listed with what they hold, newest first. Raises BadInput for one that is not Helm's."""
        found, newest = [], 0
        for secret in secrets:
            newest = newest or helm_secret.number(secret["metadata"])
            path = f"{storage.folder}/{secret['metadata']['name']}"
            known = self._known.get((storage.cluster.api.host, path))
            if known and known[0] == str(secret["metadata"].get("resourceVersion")):
                found.append(known[1])
            elif stored := storage.read(secret, newest):
                found.append(self._taken(storage, stored))
        return tuple(found)

    def _taken(self, storage: HelmStorage, stored: StoredRevision) -> T:
        taken = self.take(stored)
        self._known[_key(storage, stored.revision)] = stored.resource_version, taken
        while len(self._known) > LIMIT:
            self._known.pop(next(iter(self._known)), None)
        return taken


def _key(storage: HelmStorage, revision: int) -> tuple[str, str]:
    return storage.cluster.api.host, storage.path(revision)
