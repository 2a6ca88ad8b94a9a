"""The manifests of charts in registries, as this machine saw them last: a version is never overwritten, so it is asked for once.

A tag can be moved all the same. Who looks asks of some of them whether they are what they were; who asks for one version asks
the registry, and what is otherwise there is forgotten here.
"""

import contextlib
import json
from collections.abc import Collection, Mapping

from headway.clients import remembered
from headway.clients.chart_repository import last_indexes
from headway.clients.remembered import IMMUTABLE, Remembered
from headway.formats import json_limits


class LastManifests:
    """By name of the repository below one address, and tag."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._known: dict[str, dict[str, bytes]] = {}

    def of(self, name: str) -> Mapping[str, bytes]:
        """Whoever has no access gets none by it: ask for the list of tags before."""
        if name not in self._known:
            kept = last_indexes.memory().of(self._file(name))
            self._known[name] = {}
            # Another version of Headway may have kept them otherwise.
            with contextlib.suppress(ValueError, AttributeError):
                self._known[name] = _read(kept.content) if kept else {}
        return self._known[name]

    def keep(self, name: str, manifests: Mapping[str, bytes]) -> None:
        """These, and no others."""
        if manifests == self.of(name):
            return
        self._known[name] = dict(manifests)
        last_indexes.memory().keep(self._file(name), Remembered(IMMUTABLE, _written(manifests)))

    def forget(self, name: str, tags: Collection[str]) -> None:
        self.keep(name, {tag: each for tag, each in self.of(name).items() if tag not in tags})

    def _file(self, name: str) -> str:
        return remembered.key(self._address, name, ("manifests by tags",))


def _read(data: bytes) -> dict[str, bytes]:
    return {tag: text.encode() for tag, text in json_limits.load(data).items()}


def _written(manifests: Mapping[str, bytes]) -> bytes:
    """What is no text is no manifest, and asked for again."""
    texts = {}
    for tag, data in manifests.items():
        try:
            texts[tag] = data.decode()
        except UnicodeDecodeError:
            continue
    return json.dumps(texts).encode()
