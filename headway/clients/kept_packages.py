"""Chart packages kept on this machine by their digest, for the runs that come after: what has a digest never changes."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from headway.clients.remembered import IMMUTABLE, Remembered, kept_in
from headway.formats.chart_package import PACKAGE_LIMIT
from headway.formats.image_reference import DIGEST


class KeptPackages:
    """In a folder of this user's alone; the oldest go where there are too many, or too much (`headway.clients.remembered`)."""

    def __init__(self, folder: Path) -> None:
        self._memory = kept_in(folder, PACKAGE_LIMIT)

    def package(self, digest: str, read: Callable[[], bytes]) -> bytes:
        """The package of that digest (`sha256:...`), as it lies here or as `read` gives it. What is no digest is not kept, nor is
        what it does not name."""
        if not DIGEST.match(digest):
            return read()
        name = digest.removeprefix("sha256:")
        kept = self._memory.of(name)
        if kept and _is(kept.content, digest):
            return kept.content
        data = read()
        if _is(data, digest):
            self._memory.keep(name, Remembered(IMMUTABLE, data))
        return data


def _is(data: bytes, digest: str) -> bool:
    return f"sha256:{hashlib.sha256(data).hexdigest()}" == digest
