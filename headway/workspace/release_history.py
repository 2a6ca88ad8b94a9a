"""The read side: what became of a release, out of its record, Helm's storage and the archive. Writes nothing.

Beside headway.workspace.status, with the same credentials; it needs neither git nor Prefect nor a registry.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from headway.clients.chart_repository import open_repository
from headway.clients.helm.revision_facts import RevisionFacts
from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.review.release_history import timeline
from headway.errors import BadInput, HeadwayError
from headway.model.credentials import RepositoryCredentials
from headway.model.record import ReleaseRecord
from headway.model.release_history import HelmRevision, HistoryEntry, ReleaseHistory
from headway.model.release_ref import ReleaseRef
from headway.workspace import helm_revisions
from headway.workspace.release_archive import ReleaseArchive

_AT_ONCE = 8


class ReleaseHistoryReader:
    """Reads histories. What one release's record, storage or archive spoils is trouble of that release alone.

    What was archived, and what Helm stores of a revision, is read once as long as this object lives: a view keeps one.
    """

    def __init__(self, credentials: RepositoryCredentials | None = None) -> None:
        self._credentials = credentials or RepositoryCredentials()
        self._archives: dict[str, ReleaseArchive] = {}
        self._stored = RevisionFacts(helm_revisions.of)

    def read(self, store: ReleaseRecordStore) -> tuple[HistoryEntry, ...]:
        """Newest first. Raises Unreachable and Refused of the cluster."""
        return self.look(store).entries

    def look_at(self, stores: Iterable[ReleaseRecordStore]) -> list[ReleaseHistory]:
        """Of each, a few at a time, in order."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self.look, stores))

    def look(self, store: ReleaseRecordStore) -> ReleaseHistory:
        """With what could not be read. Raises Unreachable and Refused of the cluster."""
        trouble: list[str] = []
        record = _record(store, trouble)
        stored = self._revisions(store, trouble)
        ref = (
            ReleaseRef(record.application, record.environment, record.release)
            if record
            else ReleaseRef(store.release, store.namespace, store.release)
        )
        has_record = record is not None or bool(trouble)
        archived = self._archived(store.charts, ref, trouble) if record else ()
        entries = timeline(record, stored, archived)
        return ReleaseHistory(ref, store.namespace, entries, tuple(trouble), has_record)

    def _revisions(self, store: ReleaseRecordStore, trouble: list[str]) -> Sequence[HelmRevision]:
        try:
            return self._stored.all(HelmStorage(store.cluster, store.namespace, store.release))
        except BadInput as error:
            trouble.append(str(error))
            return ()

    def _archived(self, url: str, ref: ReleaseRef, trouble: list[str]) -> tuple[HistoryEntry, ...]:
        """The same as what no longer stands anywhere where the chart repository does not answer: it is trouble."""
        if not url:
            return ()
        try:
            if url not in self._archives:
                self._archives[url] = ReleaseArchive(open_repository(url, self._credentials))
            return self._archives[url].read(ref, trouble)
        except HeadwayError as error:
            trouble.append(f"what was released longer ago is not known: {error}")
            return ()


def _record(store: ReleaseRecordStore, trouble: list[str]) -> ReleaseRecord | None:
    try:
        return store.read()[0]
    except BadInput as error:
        trouble.append(str(error))
        return None
