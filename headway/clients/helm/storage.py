"""Helm's own records of a release, read straight from its Secrets: one request instead of a helm process a
field.

Format of Helm's secret storage driver: type helm.sh/release.v1, data.release = base64(gzip(JSON)), with
labels
owner, name, version and status. Written only where a dead helm left a revision pending.
"""

import base64
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from headway.clients.clock import elapsing
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.release.observation import Revision
from headway.errors import BadInput, Gone
from headway.formats import helm_secret, json_limits
from headway.model.moment import in_utc

UNPACKED_LIMIT = 100 * 2**20
"""Bytes of a stored release; its Secret holds a hundredth of it at most."""


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """One revision as Helm stored it."""

    revision: int
    document: Object = field(repr=False)
    resource_version: str = ""
    """Of its Secret."""
    created: str = ""
    """When Helm began to write it, RFC 3339, by the API server's clock."""
    uid: str = ""
    """Of its Secret."""

    @property
    def content_digest(self) -> str:
        """sha256:<hex> of chart version, values, manifest and hooks: what `helm rollback` copies from revision to revision."""
        return _content_digest(self.document)

    @property
    def status(self) -> str:
        """deployed | superseded | failed | pending-install | pending-upgrade | pending-rollback |
        uninstalling | ...
        """
        return str(self._info.get("status", "unknown"))

    @property
    def pending(self) -> bool:
        return self.status.startswith("pending-")

    @property
    def description(self) -> str:
        return str(self._info.get("description", ""))

    @property
    def chart_name(self) -> str:
        return str(self.chart_yaml.get("name", ""))

    @property
    def chart_version(self) -> str:
        return str(self.chart_yaml.get("version", ""))

    @property
    def chart_yaml(self) -> Object:
        """Its chart's, with the annotations of the package."""
        return (self.document.get("chart") or {}).get("metadata") or {}

    @property
    def summary(self) -> Revision:
        return Revision(self.revision, self.status, self.chart_version, self.updated, self.content_digest)

    @property
    def updated(self) -> datetime:
        return in_utc(datetime.fromisoformat(self._info["last_deployed"]))

    @property
    def manifest(self) -> str:
        return str(self.document.get("manifest") or "")

    @property
    def hooks(self) -> list[Object]:
        """Dictionaries with name, kind, path, manifest, events, weight, last_run {phase, ...}."""
        return self.document.get("hooks") or []

    @property
    def values(self) -> Object:
        """What was given beside the chart's own values."""
        return self.document.get("config") or {}

    @property
    def files(self) -> dict[str, bytes]:
        """Files of its chart that are neither templates nor values.yaml, by path: secrets encrypted, as in the package.

        Raises BadInput for what is no base64.
        """
        try:
            return self._files
        except ValueError as error:
            raise BadInput(
                f"a file of its chart cannot be read: {error}", where=f"revision {self.revision}"
            ) from error

    @property
    def _files(self) -> dict[str, bytes]:
        return {
            each["name"]: base64.b64decode(each["data"] or "")
            for each in (self.document.get("chart") or {}).get("files") or ()
        }

    @property
    def _info(self) -> Object:
        return self.document.get("info") or {}


@dataclass(frozen=True, slots=True)
class ListedRevision:
    """One revision as the labels of its Secret tell."""

    resource_version: str
    status: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A Secret of a revision that is past, and cannot be read."""

    metadata: Object
    why: str


@dataclass(slots=True)
class HelmStorage:
    """A revision is unpacked once, and again only where its Secret has changed.

    One that is past and cannot be read is passed over, as Helm does: it is as if Helm had forgotten it.
    """

    cluster: Cluster
    namespace: str
    release: str
    _unpacked: dict[int, tuple[str, StoredRevision]] = field(default_factory=dict, repr=False)
    _listed: tuple[tuple[StoredRevision, ...], float] | None = field(default=None, repr=False)
    """For `newest`, and when."""
    passed_over: dict[int, PassedOver] = field(default_factory=dict, repr=False)
    """By number, of what was listed last."""

    @classmethod
    def deployed_in(cls, cluster: Cluster) -> tuple[dict[tuple[str, str], StoredRevision], list[str]]:
        """What is deployed anywhere, by namespace and name of the release; and a sentence for each that cannot be read."""
        found: dict[tuple[str, str], StoredRevision] = {}
        unreadable = []
        for secret in _of_helm(
            cluster.api.items("/api/v1/secrets", labelSelector="owner=helm,status=deployed")
        ):
            namespace = str(secret["metadata"]["namespace"])
            release = str((secret["metadata"].get("labels") or {}).get("name") or "")
            try:
                found[namespace, release] = cls(cluster, namespace, release)._decode(secret)
            except BadInput as error:
                unreadable.append(str(error))
        return found, unreadable

    @classmethod
    def standing_in(cls, cluster: Cluster, namespace: str = "") -> "dict[tuple[str, str], list[Object]]":
        """Secrets of what is deployed, failed or under way anywhere, or in one namespace, by namespace and name of the release,
        newest first: what was superseded or taken away is left on the server. Raises Refused.
        """
        folder = f"/api/v1/namespaces/{namespace}/secrets" if namespace else "/api/v1/secrets"
        found: dict[tuple[str, str], list[Object]] = {}
        selector = "owner=helm,status!=superseded,status!=uninstalled"
        for secret in _of_helm(cluster.api.items(folder, labelSelector=selector)):
            metadata = secret["metadata"]
            release = str((metadata.get("labels") or {}).get("name") or "")
            found.setdefault((str(metadata["namespace"]), release), []).append(secret)
        for each in found.values():
            each.sort(key=_called_after, reverse=True)
        return found

    def read(self, secret: Object, newest: int) -> StoredRevision | None:
        """Of a Secret that was listed. Raises BadInput for what is not Helm's; else as `one`."""
        return next(iter(self._readable([secret], newest)), None)

    def all(self) -> tuple[StoredRevision, ...]:
        """Every revision that Helm still has, newest first; empty where there is no release."""
        found = self.cluster.api.items(self.folder, labelSelector=self._selector)
        secrets = tuple(_of_helm(found))
        self.passed_over = {}
        return self._readable(secrets, _newest(secrets))

    def these(self, revisions: Collection[int], newest: int) -> tuple[StoredRevision, ...]:
        """Those among them that Helm still has, by one request, newest first. `newest`: the highest number there is."""
        wanted = ",".join(map(str, sorted(revisions)))
        found = self.cluster.api.items(self.folder, labelSelector=f"{self._selector},version in ({wanted})")
        return self._readable(_of_helm(found), newest)

    def _readable(self, secrets: Iterable[Object], newest: int) -> tuple[StoredRevision, ...]:
        """Newest first. Raises BadInput for one that is needed, and cannot be read."""
        found = []
        for each in secrets:
            try:
                found.append(self._decode(each))
            except BadInput as error:
                self._pass_over(each, newest, error)
        return tuple(sorted(found, key=lambda each: each.revision, reverse=True))

    def listed(self) -> "dict[int, ListedRevision]":
        """What the labels of each revision's Secret say, without what it holds. BadInput for one that is not Helm's."""
        metadata_alone = self.cluster.api.metadata_of_items(self.folder, labelSelector=self._selector)
        listed = tuple(_of_helm(metadata_alone))
        self.passed_over, found = {}, {}
        for each in listed:
            try:
                metadata = each["metadata"]
                found[_number(each)] = ListedRevision(
                    str(metadata["resourceVersion"]), str(metadata["labels"].get("status") or "")
                )
            except (KeyError, TypeError, ValueError) as error:
                self._pass_over(each, _newest(listed), self._no_release(each, error))
        return found

    def _pass_over(self, secret: Object, newest: int, error: BadInput) -> None:
        """Raises `error` where that revision is needed."""
        metadata = secret["metadata"]
        if not helm_secret.may_be_passed_over(metadata, newest):
            raise error
        number = helm_secret.number(metadata)
        said = f"revision {number} is passed over, as Helm does: {error}"
        self.passed_over[number] = PassedOver(metadata, said)

    def newest(self) -> StoredRevision | None:
        """None where there is no release."""
        revisions = self.all()
        self._listed = revisions, elapsing()
        return next(iter(revisions), None)

    def just_listed(self, within: float) -> tuple[StoredRevision, ...]:
        """What `all` gives; where `newest` has read it within so many seconds, that, and once alone."""
        listed, self._listed = self._listed, None
        return listed[0] if listed and elapsing() - listed[1] <= within else self.all()

    def get(self, revision: int) -> StoredRevision:
        """Raises BadInput where Helm's history has no such revision (any more), and for one that cannot be read."""
        return self._decode(self._secret_of(revision))

    def one(self, revision: int, newest: int) -> StoredRevision | None:
        """As `get`; None where it is passed over. `newest`: the highest number there is."""
        return next(iter(self._readable([self._secret_of(revision)], newest)), None)

    def _secret_of(self, revision: int) -> Object:
        try:
            return self.cluster.api.get(self.path(revision))
        except Gone:
            raise BadInput(
                f"Helm's history has no revision {revision}",
                where=f"release {self.namespace}/{self.release}",
                next_step="Deploy its package again from the chart repository.",
            ) from None

    def rewrite(self, revision: int, change: Callable[[Object], None]) -> None:
        """Change a revision's document in place, by compare-and-swap. Raises Conflict when helm wrote
        meanwhile.
        """
        self._listed = None
        secret = self.cluster.api.get(self.path(revision))
        document = _document(secret["data"]["release"])
        change(document)
        secret["data"]["release"] = _encoded(document)
        secret["metadata"]["labels"]["status"] = document["info"]["status"]
        self.cluster.api.replace(self.path(revision), secret)

    def _decode(self, secret: Object) -> StoredRevision:
        try:
            revision, version = _number(secret), str(secret["metadata"]["resourceVersion"])
            known = self._unpacked.get(revision)
            if known is None or known[0] != version:
                created = str(secret["metadata"].get("creationTimestamp") or "")
                document = _document(secret["data"]["release"])
                _require_shape(document)
                known = (
                    version,
                    StoredRevision(
                        revision, document, version, created, str(secret["metadata"].get("uid") or "")
                    ),
                )
                self._unpacked[revision] = known
        except (
            AttributeError,
            KeyError,
            TypeError,
            ValueError,
            OverflowError,
            OSError,
            EOFError,
            zlib.error,
        ) as error:
            raise self._no_release(secret, error) from error
        return known[1]

    def _no_release(self, secret: Object, error: Exception) -> BadInput:
        return BadInput(
            f"it does not hold a Helm release: {error!r}",
            where=f"Secret {self.namespace}/{secret['metadata']['name']}",
            next_step="Repair or delete it.",
        )

    @property
    def _selector(self) -> str:
        return f"owner=helm,name={self.release}"

    @property
    def folder(self) -> str:
        """Path of all Secrets of its namespace."""
        return f"/api/v1/namespaces/{self.namespace}/secrets"

    def path(self, revision: int) -> str:
        return f"{self.folder}/{self.secret(revision)}"

    def secret(self, revision: int) -> str:
        """Name of the Secret of a revision."""
        return helm_secret.name(self.release, revision)


def _require_shape(document: Any) -> None:
    """Raises what `_decode` catches, for what would be stumbled over later."""
    chart = document.get("chart") or {}
    kinds = [
        (document, dict),
        (document["info"], dict),
        (document.get("manifest") or "", str),
        (document.get("config") or {}, dict),
        (chart.get("metadata") or {}, dict),
        *((each, dict) for each in document.get("hooks") or ()),
        *((each["name"], str) for each in chart.get("files") or ()),
        *((each["data"] or "", str) for each in chart.get("files") or ()),
    ]
    for value, kind in kinds:
        if not isinstance(value, kind):
            raise TypeError(f"{type(value).__name__} where a {kind.__name__} is wanted")
    in_utc(datetime.fromisoformat(document["info"]["last_deployed"]))


def _content_digest(document: Object) -> str:
    chart = (document.get("chart") or {}).get("metadata") or {}
    hooks = [
        (each.get("name"), each.get("manifest"), each.get("events")) for each in document.get("hooks") or []
    ]
    content = [
        chart.get("name"),
        chart.get("version"),
        document.get("config") or {},
        document.get("manifest"),
        hooks,
    ]
    text = json.dumps(content, sort_keys=True, default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _of_helm(secrets: Iterable[Object]) -> Iterator[Object]:
    """Without others that bear Helm's labels: they are no revisions, and what they hold speaks against no release."""
    return (each for each in secrets if helm_secret.is_one(each["metadata"]))


def _newest(secrets: Iterable[Object]) -> int:
    return max(map(_called_after, secrets), default=0)


def _called_after(secret: Object) -> int:
    return helm_secret.number(secret["metadata"])


def _number(secret: Object) -> int:
    return int(secret["metadata"]["labels"]["version"])


def _document(data: str) -> Any:
    packed = base64.b64decode(base64.b64decode(data))
    if packed.startswith(b"\x1f\x8b"):
        packed = gzip.GzipFile(fileobj=io.BytesIO(packed)).read(UNPACKED_LIMIT + 1)
    if len(packed) > UNPACKED_LIMIT:
        raise ValueError(f"it unpacks to more than {UNPACKED_LIMIT} bytes")
    return json_limits.load(packed)


def _encoded(document: Object) -> str:
    packed = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), mtime=0)
    return base64.b64encode(base64.b64encode(packed)).decode()
