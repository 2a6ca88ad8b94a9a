"""The read side: what became of a release, out of its record, Helm's storage and the archive. Writes nothing.

Beside headway.workspace.status, with the same credentials; it needs neither git nor Prefect nor a registry.
"""

from collections.abc import Collection, Iterable, Sequence

from headway.clients import side_by_side
from headway.clients.chart_repository import open_repository
from headway.clients.helm.revision_facts import Choose, Listed, RevisionFacts
from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.review.release_history import timeline
from headway.errors import BadInput, HeadwayError
from headway.model.credentials import RepositoryCredentials
from headway.model.record import ReleaseRecord
from headway.model.release_history import HelmRevision, HistoryEntry, ReleaseHistory
from headway.model.release_ref import ReleaseRef
from headway.workspace import helm_revisions
from headway.workspace.chart_addresses import ANY, ChartAddresses
from headway.workspace.release_archive import ReleaseArchive

_AT_ONCE = 8


class ReleaseHistoryReader:
    """Reads histories. What one release's record, storage or archive spoils is trouble of that release alone.

    What was archived, and what Helm stores of a revision, is read once as long as this object lives: a view keeps one.
    """

    def __init__(
        self, credentials: RepositoryCredentials | None = None, charts: ChartAddresses = ANY
    ) -> None:
        """`charts`: chart repositories that a record may name."""
        self._credentials = credentials or RepositoryCredentials()
        self._charts = charts
        self._archives: dict[str, ReleaseArchive] = {}
        self._stored = RevisionFacts(helm_revisions.of)

    def read(self, store: ReleaseRecordStore) -> tuple[HistoryEntry, ...]:
        """Newest first. Raises Unreachable and Refused of the cluster."""
        return self.look(store).entries

    def look_at(self, stores: Iterable[ReleaseRecordStore]) -> list[ReleaseHistory]:
        """Of each, a few at a time, in order."""
        return side_by_side.each(self.look, stores, _AT_ONCE)

    def look(
        self,
        store: ReleaseRecordStore,
        *,
        newest: int | None = None,
        revisions: Collection[int] | None = None,
    ) -> ReleaseHistory:
        """With what could not be read. Raises Unreachable and Refused of the cluster.

        `newest`: so many entries alone; `revisions`: what Helm stored of these alone. No more is read than that takes.
        """
        trouble: list[str] = []
        record = _record(store, trouble)

        def choose(listed: Listed) -> Collection[int]:
            if revisions is not None:
                return revisions
            return sorted(listed, reverse=True)[:newest]

        stored, listed = self._revisions(store, choose, trouble)
        ref = (
            ReleaseRef(record.application, record.environment, record.release)
            if record
            else ReleaseRef(store.release, store.namespace, store.release)
        )
        has_record = record is not None or bool(trouble)
        archived, more = self._archived(store.charts, ref, newest, trouble) if record else ((), 0)
        entries = timeline(record, stored, archived, max(listed, default=None))
        left_out = more + (len(listed) - len(stored) if newest is not None else 0)
        if newest is not None and len(entries) > newest:
            left_out += len(entries) - newest
            entries = entries[:newest]
        return ReleaseHistory(
            ref, store.namespace, entries, tuple(trouble), has_record, left_out > 0, tuple(sorted(listed))
        )

    def _revisions(
        self, store: ReleaseRecordStore, choose: Choose, trouble: list[str]
    ) -> tuple[Sequence[HelmRevision], Listed]:
        storage = HelmStorage(store.cluster, store.namespace, store.release)
        try:
            found = self._stored.some(storage, choose)
            trouble += [each.why for each in storage.passed_over.values()]
            return found
        except BadInput as error:
            trouble.append(str(error))
            return (), {}

    def _archived(
        self, url: str, ref: ReleaseRef, newest: int | None, trouble: list[str]
    ) -> tuple[tuple[HistoryEntry, ...], int]:
        """The same as what no longer stands anywhere where the chart repository does not answer: it is trouble."""
        if not url:
            return (), 0
        try:
            self._charts.require(url, ref.application)
            if url not in self._archives:
                self._archives[url] = ReleaseArchive(open_repository(url, self._credentials))
            return self._archives[url].read(ref, trouble, newest)
        except HeadwayError as error:
            trouble.append(f"what was released longer ago is not known: {self._charts.tell(error)}")
            return (), 0


def _record(store: ReleaseRecordStore, trouble: list[str]) -> ReleaseRecord | None:
    try:
        return store.read()[0]
    except BadInput as error:
        trouble.append(str(error))
        return None
