"""Releases longer ago than record and Helm remember: one small object a revision beside the packages, never needed to decide.

Written once each and never changed, so that what was read stays read.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from headway.clients.chart_repository import ReadableChartRepository, WritableChartRepository
from headway.decide.review import archiving
from headway.errors import BadInput
from headway.formats import archived_release
from headway.model.release_history import HistoryEntry
from headway.model.release_ref import ReleaseRef

READ_LIMIT = 500
"""Revisions of one release, the newest."""
_AT_ONCE = 8
UNLISTED = (
    "what was released longer ago is not known: this kind of chart repository does not list what it holds"
)


@dataclass(slots=True)
class ReleaseArchive:
    """Of one chart repository. Each object is asked for once, as long as this object lives."""

    repository: ReadableChartRepository
    _known: dict[str, HistoryEntry | BadInput] = field(default_factory=dict, repr=False)

    def read(self, ref: ReleaseRef, trouble: list[str]) -> tuple[HistoryEntry, ...]:
        """In whatever order; `trouble` gains a sentence for each object that cannot be read. Raises Unreachable and BadInput of
        the repository.
        """
        names = self.repository.documents(archiving.folder(ref))
        if names is None:
            trouble.append(UNLISTED)
            return ()
        newest = sorted((each for each in names if each.endswith(".json")), reverse=True)[:READ_LIMIT]
        if missing := [each for each in newest if each not in self._known]:
            with ThreadPoolExecutor(min(_AT_ONCE, len(missing))) as pool:
                self._known |= {
                    name: read
                    for name, read in zip(missing, pool.map(self._read, missing), strict=True)
                    if read
                }
        found = [self._known[name] for name in newest if name in self._known]
        trouble += [str(each) for each in found if isinstance(each, BadInput)]
        return tuple(each for each in found if isinstance(each, HistoryEntry))

    def _read(self, name: str) -> HistoryEntry | BadInput | None:
        """None where it went away meanwhile. Raises Unreachable."""
        try:
            data = self.repository.document(name)
            return archived_release.read(data, f"{self.repository.url}/{name}") if data is not None else None
        except BadInput as error:
            return error


def keep(repository: WritableChartRepository, ref: ReleaseRef, entries: Iterable[HistoryEntry]) -> int:
    """Write those that are not there yet; how many that were. Raises what the repository raises."""
    folder = archiving.folder(ref)
    there = frozenset(repository.documents(folder) or ())
    names = {f"{folder}{archiving.name(each)}": each for each in entries}
    return sum(
        repository.keep(name, archived_release.serialise(each))
        for name, each in names.items()
        if name not in there
    )
