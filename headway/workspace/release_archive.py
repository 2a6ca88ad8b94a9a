"""Releases longer ago than record and Helm remember: one small object a revision beside the packages, never needed to decide.

Written once each and never changed, so that what was read stays read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from headway.clients import side_by_side
from headway.clients.chart_repository import ReadableChartRepository, WritableChartRepository
from headway.clients.chart_repository.protocol import DOCUMENT_LIMIT
from headway.decide.review import archiving
from headway.errors import BadInput
from headway.formats import archived_release
from headway.formats.counted import counted
from headway.model.release_history import HistoryEntry
from headway.model.release_ref import ReleaseRef
from headway.workspace.archive_told import NOTHING, Told

READ_LIMIT = 500
"""Revisions of one release, the newest."""
BYTES_LIMIT = 16 * 2**20
"""Of what is read of them at once."""
LOOKED_INTO = 3
"""Of those that are there already, the newest: former runs have looked into the others."""
NAMES = 3
"""That are tried for one revision, where somebody else has taken the first."""
KNOWN_LIMIT = 20_000
"""Revisions of all releases that are remembered."""
_AT_ONCE = 8
UNLISTED = (
    "what was released longer ago is not known: this kind of chart repository does not list what it holds"
)


@dataclass(frozen=True, slots=True)
class _Kept:
    is_told: bool = False
    """It is there."""
    is_new: bool = False
    """It was not before."""


@dataclass(slots=True)
class ReleaseArchive:
    """Of one chart repository. Each object is asked for once, as long as this object lives."""

    repository: ReadableChartRepository
    _known: dict[str, HistoryEntry | BadInput] = field(default_factory=dict, repr=False)

    def read(
        self, ref: ReleaseRef, trouble: list[str], newest: int | None = None
    ) -> tuple[tuple[HistoryEntry, ...], int]:
        """The `newest`, or all, in whatever order, and how many there are beside them; `trouble` gains a sentence for each that
        cannot be read, and for what is beyond the limits. Raises Unreachable and BadInput of the repository.
        """
        names = self.repository.documents(archiving.folder(ref))
        if names is None:
            trouble.append(UNLISTED)
            return (), 0
        listed = sorted((each for each in names if each.endswith(".json")), reverse=True)
        wanted = listed[: READ_LIMIT if newest is None else min(newest, READ_LIMIT)]
        if newest is None and len(listed) > READ_LIMIT:
            trouble.append(
                f"{counted(len(listed) - READ_LIMIT, 'release')} longer ago not shown: {READ_LIMIT} are read"
            )
        missing = [each for each in wanted if each not in self._known]
        size = 0
        for at in range(0, len(missing), _AT_ONCE):
            if size > BYTES_LIMIT:
                left = len(missing) - at
                trouble.append(
                    f"{counted(left, 'release')} longer ago not shown: {BYTES_LIMIT // 2**20} MiB of them were read"
                )
                break
            part = missing[at : at + _AT_ONCE]
            for name, (read, length) in zip(part, side_by_side.each(self._read, part, _AT_ONCE), strict=True):
                size += length
                if read:
                    self._known[name] = read
        while len(self._known) > KNOWN_LIMIT:
            self._known.pop(next(iter(self._known)), None)
        found = [self._known[name] for name in wanted if name in self._known]
        trouble += [str(each) for each in found if isinstance(each, BadInput)]
        trouble += [
            f"{name}: somebody else had taken the name of what is kept of this release; both are shown"
            for name in wanted
            if archiving.is_second(name)
        ]
        return tuple(each for each in found if isinstance(each, HistoryEntry)), len(listed) - len(wanted)

    def _read(self, name: str) -> tuple[HistoryEntry | BadInput | None, int]:
        """With how many bytes it has; None where it went away meanwhile. Raises Unreachable."""
        try:
            data = self.repository.document(name)
        except BadInput as error:
            return error, DOCUMENT_LIMIT
        if data is None:
            return None, 0
        try:
            return archived_release.read(data, f"{self.repository.url}/{name}"), len(data)
        except BadInput as error:
            return error, len(data)


def keep(
    repository: WritableChartRepository,
    ref: ReleaseRef,
    entries: Iterable[HistoryEntry],
    told: Told = NOTHING,
) -> int:
    """Write those that are not there yet; how many that were. `entries`: the newest first. A name that somebody else has taken
    first keeps none out: it gets the next one. Raises what the repository raises.

    What is `told` there of former ones, as far as this machine knows, is not asked about.
    """
    folder, wanted = archiving.folder(ref), tuple(entries)
    known = told.of(repository, folder)
    there = frozenset() if known else frozenset(repository.documents(folder) or ())

    def one(numbered: tuple[int, HistoryEntry]) -> _Kept:
        number, entry = numbered
        if known.get(archiving.name(entry)) == archiving.fingerprint(entry):
            return _Kept(is_told=True)
        if number >= LOOKED_INTO and f"{folder}{archiving.name(entry, 1)}" in there:
            return _Kept(is_told=True)
        for at in range(1, NAMES + 1):
            name = f"{folder}{archiving.name(entry, at)}"
            if name not in there and repository.keep(name, archived_release.serialise(entry)):
                return _Kept(is_told=True, is_new=True)
            if _tells_of(repository, name, entry):
                return _Kept(is_told=True)
        return _Kept()

    found = side_by_side.each(one, enumerate(wanted), _AT_ONCE)
    now = {
        archiving.name(entry): archiving.fingerprint(entry)
        for entry, each in zip(wanted, found, strict=True)
        if each.is_told
    }
    if now != known:
        told.keep(repository, folder, now, goes_on=bool(known))
    return sum(each.is_new for each in found)


def _tells_of(repository: ReadableChartRepository, name: str, entry: HistoryEntry) -> bool:
    try:
        data = repository.document(name)
        return data is not None and archiving.is_same(archived_release.read(data, name), entry)
    except BadInput:
        return False
