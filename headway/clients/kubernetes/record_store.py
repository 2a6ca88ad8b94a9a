"""The release record in the cluster: a ConfigMap beside the release, so that it lives and dies with it.

Written only by compare-and-swap: two runs that decided on the same record cannot both be right.
"""

from dataclasses import dataclass

from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.formats import record_json
from headway.model.record import ReleaseRecord

KEY = "record.json"


@dataclass(frozen=True, slots=True)
class ReleaseRecordStore:
    """ConfigMap `headway.<release>`, key record.json."""

    cluster: Cluster
    namespace: str
    release: str

    def read(self) -> tuple[ReleaseRecord | None, str]:
        """The record and its resource version, or (None, ""). BadInput where somebody spoilt the record."""
        found = self.cluster.api.find(self._path)
        if found is None or KEY not in (found.get("data") or {}):
            return None, found["metadata"]["resourceVersion"] if found else ""
        where = f"ConfigMap {self.namespace}/{self._name} {KEY}"
        return record_json.read(found["data"][KEY], where), found["metadata"]["resourceVersion"]

    def create(self, record: ReleaseRecord) -> str:
        """Write the first record; returns its resource version. Conflict where there is one already."""
        return _version(self.cluster.api.create(self._folder, self._body(record)))

    def write(self, record: ReleaseRecord, resource_version: str) -> str:
        """Replace what was read as `resource_version` ("" where there was nothing); returns the new one.

        Raises Conflict when somebody wrote since: read and decide again.
        """
        if not resource_version:
            return self.create(record)
        body = self._body(record)
        body["metadata"]["resourceVersion"] = resource_version
        return _version(self.cluster.api.replace(self._path, body))

    def _body(self, record: ReleaseRecord) -> Object:
        labels = {"app.kubernetes.io/managed-by": "headway", "headway/release": self.release}
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": self._name, "namespace": self.namespace, "labels": labels},
            "data": {KEY: record_json.serialise(record)},
        }

    @property
    def _name(self) -> str:
        return f"headway.{self.release}"

    @property
    def _folder(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/configmaps"

    @property
    def _path(self) -> str:
        return f"{self._folder}/{self._name}"


def _version(written: Object) -> str:
    return str(written["metadata"]["resourceVersion"])
