"""Releases in Helm's own format: Secrets of type helm.sh/release.v1, as its storage driver writes them."""

import base64
import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.fast.memory.charts import Chart, Rendered, Values
from tests.fast.memory.objects import ApiError, Object, ObjectStore


class HelmError(Exception):
    """What helm says on stderr, after "Error: ", before it exits with 1."""


@dataclass
class HelmRelease:
    """One release of one namespace, as helm reads and writes it."""

    store: ObjectStore
    namespace: str
    name: str

    @property
    def folder(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/secrets"

    def history(self) -> list[Object]:
        """Documents, the newest first."""
        found = self.store.items(self.folder, f"owner=helm,name={self.name}")
        documents = [unpacked(secret) for secret in found]
        return sorted(documents, key=lambda each: each["version"], reverse=True)

    def create(self, document: Object) -> None:
        """Where Helm's own lock is: whoever comes second finds the revision's Secret there."""
        try:
            self.store.create(self.folder, self._secret(document))
        except ApiError as error:
            already = error.reason == "AlreadyExists"
            raise HelmError("release: already exists" if already else error.message) from error

    def update(self, document: Object) -> None:
        self.store.replace(f"{self.folder}/{self._name(document)}", self._secret(document))

    def delete(self, document: Object) -> None:
        self.store.delete(f"{self.folder}/{self._name(document)}")

    def next_revision(self, history: list[Object]) -> int:
        """HelmError where another helm is at work."""
        if history and history[0]["info"]["status"].startswith("pending-"):
            raise HelmError("UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress")
        return 1 + (history[0]["version"] if history else 0)

    def document(
        self, chart: Chart, config: Values, rendered: Rendered, revision: int, description: str
    ) -> Object:
        now = datetime.now(UTC).isoformat()
        kind = "upgrade" if revision > 1 else "install"
        ignored = ("Chart.yaml", "values.yaml")
        files = [
            {"name": path, "data": base64.b64encode(data).decode()}
            for path, data in chart.files.items()
            if path not in ignored and not path.startswith("templates/")
        ]
        return {
            "name": self.name,
            "namespace": self.namespace,
            "version": revision,
            "info": {
                "status": f"pending-{kind}",
                "description": description,
                "first_deployed": now,
                "last_deployed": now,
            },
            "chart": {"metadata": chart.metadata, "values": chart.values, "files": files},
            "config": config,
            "manifest": rendered.manifest,
            "hooks": list(rendered.hooks),
        }

    def _secret(self, document: Object) -> Object:
        packed = gzip.compress(json.dumps(document).encode(), mtime=0)
        labels = {
            "owner": "helm",
            "name": self.name,
            "version": str(document["version"]),
            "status": document["info"]["status"],
        }
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "helm.sh/release.v1",
            "metadata": {"name": self._name(document), "namespace": self.namespace, "labels": labels},
            "data": {"release": base64.b64encode(base64.b64encode(packed)).decode()},
        }

    def _name(self, document: Object) -> str:
        return f"sh.helm.release.v1.{self.name}.v{document['version']}"


def unpacked(secret: Object) -> Object:
    document: Object = json.loads(
        gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"])))
    )
    return document
