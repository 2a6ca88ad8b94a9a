"""The release record in the cluster: a ConfigMap beside the release, so that it lives and dies with it.

Written only by compare-and-swap: two runs that decided on the same record cannot both be right. It also says where the
release's versions come from, so that it can be understood without git.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.release import ownership
from headway.errors import BadInput, Conflict, Gone, Refused
from headway.formats import helm_marks, record_json
from headway.model.record import ReleaseRecord
from headway.model.release_ref import ReleaseRef

KEY = "record.json"
CHARTS_ANNOTATION = "headway/charts"
WAY_ANNOTATION = "headway/way"
DECLARED_ANNOTATION, TROUBLE_ANNOTATION = "headway/declared-in", "headway/trouble"
_RELEASE_LABEL = "headway/release"
SELECTOR = f"{helm_marks.MANAGED_BY}=headway,{_RELEASE_LABEL}"
"""Of the records of all releases."""


@dataclass(frozen=True, slots=True)
class ReleaseRecordStore:
    """ConfigMap `headway.<release>`, key record.json."""

    cluster: Cluster
    namespace: str
    release: str
    charts: str = ""
    """Address of the chart repository; what is written names it."""
    owner: ReleaseRef | None = None
    """Whose record alone is read; None for whoever only looks, and reads any."""
    environments: tuple[str, ...] = ()
    """All of the owner's application."""
    declared_in: str = ""
    """Where policy is found, for people; empty: in a headway.yaml. What is written names it."""
    trouble: str = ""
    """What the last look could not do there; as it was when this was listed."""
    way: tuple[str, ...] = ()
    """Environments that a version passes to come here, the first one first, this one last; empty where nobody said it. What is
    written names it."""

    @classmethod
    def all(cls, cluster: Cluster, namespace: str = "") -> "tuple[ReleaseRecordStore, ...]":
        """Of every release that has a record, in one namespace or, where none is named, in all of them."""
        return tuple(_store(cluster, each["metadata"]) for each in cls._listed(cluster, namespace))

    @classmethod
    def records(
        cls, cluster: Cluster, namespace: str = ""
    ) -> "Iterator[tuple[ReleaseRecordStore, ReleaseRecord]]":
        """The same with each record that can be read, by one request for all of them."""
        for store, record in cls.found(cluster, namespace):
            if isinstance(record, ReleaseRecord):
                yield store, record

    @classmethod
    def found(
        cls, cluster: Cluster, namespace: str = ""
    ) -> "Iterator[tuple[ReleaseRecordStore, ReleaseRecord | BadInput | None]]":
        """The same with each record, or why it cannot be read; None where there is none."""
        for each in cls._listed(cluster, namespace):
            store = _store(cluster, each["metadata"])
            text = (each.get("data") or {}).get(KEY)
            try:
                yield store, None if text is None else store._record(text)
            except BadInput as error:
                yield store, error

    @staticmethod
    def _listed(cluster: Cluster, namespace: str) -> Iterable[Object]:
        folder = f"/api/v1/namespaces/{namespace}/configmaps" if namespace else "/api/v1/configmaps"
        found = cluster.api.items(folder, labelSelector=SELECTOR)
        # Under another name it is no record: nobody who decides would read it.
        return (each for each in found if each["metadata"]["name"] == _store(cluster, each["metadata"]).name)

    @property
    def where(self) -> str:
        return f"ConfigMap {self.namespace}/{self.name} {KEY}"

    def read(self) -> tuple[ReleaseRecord | None, str]:
        """The record and its resource version, or (None, "").

        BadInput where somebody spoilt the record, Refused where it is that of another application or environment.
        """
        return self.of(self.cluster.api.find(self.path))

    def of(self, found: Object | None) -> tuple[ReleaseRecord | None, str]:
        """The same of its ConfigMap, as somebody has read it."""
        if found is None or KEY not in (found.get("data") or {}):
            return None, found["metadata"]["resourceVersion"] if found else ""
        where = self.where
        record = self._record(found["data"][KEY])
        if self.owner and (whose := ownership.stranger(record, self.owner, self.environments)):
            raise Refused(
                f"the release {self.namespace}/{self.release} is that of {whose}",
                where=where,
                next_step="Name another namespace or release in headway.yaml; or delete the record, and adopt the release.",
            )
        return record, found["metadata"]["resourceVersion"]

    def _record(self, text: str) -> ReleaseRecord:
        """BadInput for what is none, or is of a release of another name."""
        record = record_json.read(text, self.where)
        if record.release != self.release:
            raise BadInput(
                f"it says that it is of the release {record.release}",
                where=self.where,
                next_step="Delete it, and adopt the release.",
            )
        return record

    def create(self, record: ReleaseRecord) -> str:
        """Write the first record; returns its resource version. Conflict where there is one already."""
        return _version(self.cluster.api.create(self._folder, self._body(record)))

    def write(self, record: ReleaseRecord, resource_version: str) -> str:
        """Replace what was read as `resource_version` ("" where there was nothing); returns the new one.

        Raises Conflict when somebody wrote since, or deleted it: read and decide again.
        """
        if not resource_version:
            return self.create(record)
        body = self._body(record)
        body["metadata"]["resourceVersion"] = resource_version
        try:
            return _version(self.cluster.api.replace(self.path, body))
        except Gone:
            raise Conflict(
                "it was deleted meanwhile", where=self.where, next_step="It is looked at again."
            ) from None

    def remove(self, resource_version: str) -> None:
        """Delete what was read as `resource_version`. Conflict where somebody wrote since, or deleted it."""
        if not self.cluster.api.delete(self.path, resource_version=resource_version):
            raise Conflict("it was deleted meanwhile", where=self.where, next_step="It is looked at again.")

    def tell(self, trouble: str) -> None:
        """`trouble`, and where policy is, for people who look at the cluster alone, until the record is written again.

        Nothing where there is no record, or where it says so already. Raises what `read` raises, and Conflict where somebody
        writes it at the same moment.
        """
        if self.read()[0] is None:
            return
        found = self.cluster.api.get(self.path)
        before = found["metadata"].get("annotations") or {}
        said = {**before, **self._said, TROUBLE_ANNOTATION: trouble}
        after = {name: value for name, value in said.items() if value}
        if after != before:
            found["metadata"]["annotations"] = after
            self.cluster.api.replace(self.path, found)

    def _body(self, record: ReleaseRecord) -> Object:
        metadata: Object = {
            "name": self.name,
            "namespace": self.namespace,
            "labels": {helm_marks.MANAGED_BY: "headway", _RELEASE_LABEL: self.release},
        }
        said = {CHARTS_ANNOTATION: self.charts, **self._said}
        if annotations := {name: value for name, value in said.items() if value}:
            metadata["annotations"] = annotations
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata,
            "data": {KEY: record_json.serialise(record)},
        }

    @property
    def _said(self) -> dict[str, str]:
        return {DECLARED_ANNOTATION: self.declared_in, WAY_ANNOTATION: " ".join(self.way)}

    @property
    def name(self) -> str:
        return f"headway.{self.release}"

    @property
    def _folder(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/configmaps"

    @property
    def path(self) -> str:
        return f"{self._folder}/{self.name}"


def _store(cluster: Cluster, metadata: Object) -> ReleaseRecordStore:
    said = metadata.get("annotations") or {}
    return ReleaseRecordStore(
        cluster,
        metadata["namespace"],
        metadata["labels"][_RELEASE_LABEL],
        said.get(CHARTS_ANNOTATION, ""),
        declared_in=said.get(DECLARED_ANNOTATION, ""),
        trouble=said.get(TROUBLE_ANNOTATION, ""),
        way=tuple(said.get(WAY_ANNOTATION, "").split()),
    )


def _version(written: Object) -> str:
    return str(written["metadata"]["resourceVersion"])
