"""The read side: what became of a release, out of its record, Helm's storage and the archive. Writes nothing.

Beside headway.workspace.status, with the same credentials; it needs neither git nor Prefect nor a registry.
"""

from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.review.release_history import timeline
from headway.errors import BadInput
from headway.model.credentials import RepositoryCredentials
from headway.model.record import ReleaseRecord
from headway.model.release_history import HelmRevision, HistoryEntry, ReleaseHistory
from headway.model.release_ref import ReleaseRef
from headway.workspace import helm_revisions


class ReleaseHistoryReader:
    """Reads histories. What one release's record or storage spoils is trouble of that release alone."""

    def __init__(self, credentials: RepositoryCredentials | None = None) -> None:
        self._credentials = credentials or RepositoryCredentials()

    def read(self, store: ReleaseRecordStore) -> tuple[HistoryEntry, ...]:
        """Newest first. Raises Unreachable and Refused of the cluster."""
        return self.look(store).entries

    def look(self, store: ReleaseRecordStore) -> ReleaseHistory:
        """With what could not be read. Raises Unreachable and Refused of the cluster."""
        trouble: list[str] = []
        record = _record(store, trouble)
        revisions = _revisions(store, trouble)
        ref = (
            ReleaseRef(record.application, record.environment, record.release)
            if record
            else ReleaseRef(store.release, store.namespace, store.release)
        )
        entries = timeline(record, revisions)
        return ReleaseHistory(
            ref, store.namespace, entries, tuple(trouble), has_record=record is not None or bool(trouble)
        )


def _record(store: ReleaseRecordStore, trouble: list[str]) -> ReleaseRecord | None:
    try:
        return store.read()[0]
    except BadInput as error:
        trouble.append(str(error))
        return None


def _revisions(store: ReleaseRecordStore, trouble: list[str]) -> tuple[HelmRevision, ...]:
    try:
        stored = HelmStorage(store.cluster, store.namespace, store.release).all()
        return tuple(map(helm_revisions.of, stored))
    except BadInput as error:
        trouble.append(str(error))
        return ()
