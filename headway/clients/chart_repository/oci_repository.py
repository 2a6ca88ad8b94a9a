"""A chart repository in an OCI registry: a repository for each chart, in which the tags are the versions.

A registry has no conditions on writes. Whoever publishes looks, writes the tag, waits until everybody who looked before must have
written, and looks again: what the tag names then is what all agree on. Whoever finds what was written just now does so as well,
since somebody may be about to write over it. Taken back is what is tagged as withdrawn, and, where the registry lets tags be
deleted, no longer as the version.
"""

import hashlib
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from headway.clients import side_by_side
from headway.clients.chart_repository.last_manifests import LastManifests
from headway.clients.chart_repository.oci_files import OciFiles
from headway.clients.chart_repository.protocol import (
    DOCUMENT_LIMIT,
    AlreadyThere,
    Published,
    Signature,
    Stored,
)
from headway.clients.chart_repository.publishing import inside, refuse_other_content
from headway.errors import BadInput, Refused
from headway.formats import chart_version, cosign, helm_artifact, pinned_charts
from headway.formats.chart_package import PACKAGE_LIMIT, read_package
from headway.formats.helm_artifact import CHART_TYPE, PROVENANCE_TYPE, WITHDRAWN, Artifact, tag_of
from headway.model.charts import ChartEntry, Package
from headway.model.credentials import RegistryLogins

OFFERED = 100
"""Versions of a chart of which more is known than their numbers: each costs a question, once."""
AT_ONCE = 6
SETTLED = 1.0
"""Seconds from writing a tag until all who looked before it have written theirs. A look and a write lie milliseconds apart."""
JUST_NOW = timedelta(minutes=1)
"""By the clock of who wrote it: one that is behind by more leaves the wait out."""
PINS = "headway-pinned"
"""Repository for the digests of third parties' charts, each under a tag of its address."""
_PINNED = "headway.dev/pinned"
_DIGEST = "headway.dev/pinned-digest"
_EMPTY = ("application/vnd.oci.empty.v1+json", b"{}")
_DOCUMENT_TYPE = "application/json"


class OciRepository:
    """Charts below oci://host/path; see WritableChartRepository."""

    def __init__(self, url: str, logins: RegistryLogins | None) -> None:
        self._files = OciFiles(url, logins)
        self._last = LastManifests(self._files.url)

    @property
    def url(self) -> str:
        return self._files.url

    def versions(self, name: str) -> list[str]:
        tags = self._files.tags(name)
        offered = helm_artifact.versions(tags, withdrawn=False) - helm_artifact.versions(tags, withdrawn=True)
        return sorted(offered, key=chart_version.precedence, reverse=True)

    def entries(self, name: str) -> list[ChartEntry]:
        """Of the newest OFFERED versions. Of the very newest is asked whether it is what it was."""
        versions = {tag_of(version): version for version in self.versions(name)[:OFFERED]}
        found = self._seen(name, versions, again=[*versions][:1])
        return [artifact.entry(name, versions[tag]) for tag, artifact in found.items()]

    def entries_beside(self, name: str, others: Collection[str]) -> dict[str, list[ChartEntry]]:  # noqa: ARG002
        """A registry is asked for each."""
        return {name: self.entries(name)}

    def entry(self, name: str, version: str) -> ChartEntry | None:
        tag = tag_of(version)
        found = self._artifact(name, tag)
        if found is None or self._artifact(name, WITHDRAWN + tag) is not None:
            return None
        return found.entry(name, version)

    def read(self, entry: ChartEntry) -> bytes:
        tag = tag_of(entry.version)
        if entry.url != f"{entry.name}:{tag}":
            raise BadInput(
                f"the address {entry.url!r} of {entry.name} {entry.version} is not one below the repository",
                where=self.url,
            )
        found = self._artifact(entry.name, tag) or self._artifact(entry.name, WITHDRAWN + tag)
        if found is None:
            raise BadInput(
                f"{entry.name} {entry.version} is not there any more",
                where=self.url,
                next_step="Publish it again.",
            )
        if found.layer != entry.digest:
            raise Refused(
                f"{entry.url} has digest {found.layer}, the index says {entry.digest}",
                where=self.url,
                next_step="Find out who changed the package; it is not used.",
            )
        return self._content(entry.name, tag, found, PACKAGE_LIMIT)

    def provenance(self, entry: ChartEntry) -> bytes | None:
        tag = tag_of(entry.version)
        found = self._artifact(entry.name, tag, PROVENANCE_TYPE)
        return None if found is None else self._content(entry.name, tag, found, DOCUMENT_LIMIT)

    def signatures(self, entry: ChartEntry) -> Sequence[Signature]:
        """Of the manifest that names this very package."""
        found = self._artifact(entry.name, tag_of(entry.version))
        if found is None or found.layer != entry.digest:
            return ()
        signed, where = helm_artifact.digest_of(found.manifest), f"{self.url}/{entry.name}"
        tag = cosign.tag_of(signed)
        manifest = self._files.manifest(entry.name, tag)
        layers = cosign.layers(manifest, f"{where}:{tag}") if manifest is not None else ()
        return [
            Signature(each.signature, statement, signed)
            for each in layers
            if (statement := self._files.blob(entry.name, each.digest, cosign.PAYLOAD_LIMIT)) is not None
            and helm_artifact.digest_of(statement) == each.digest
        ]

    def uploaded_versions(self, name: str) -> set[str]:
        tags = self._files.tags(name)
        return helm_artifact.versions(tags, withdrawn=False) | helm_artifact.versions(tags, withdrawn=True)

    def stored(self, name: str, version: str) -> Stored | None:
        tag = tag_of(version)
        withdrawn = self._artifact(name, WITHDRAWN + tag)
        found = withdrawn or self._artifact(name, tag)
        return Stored(self._package(name, tag, found), withdrawn is not None) if found else None

    def publish(self, package: Package, *, created: datetime) -> Published | AlreadyThere:
        tag = tag_of(package.version)
        withdrawn = self._artifact(package.name, WITHDRAWN + tag)
        if withdrawn is not None:
            return self._there(package, tag, withdrawn, withdrawn=True)
        if (present := self._artifact(package.name, tag)) is not None:
            return self._there(package, tag, self._settled(package, tag, present))
        manifest = helm_artifact.manifest(package, created=created)
        for data in (package.data, helm_artifact.configuration(package)):
            self._files.upload(package.name, data)
        self._pin(package)
        if (present := self._artifact(package.name, tag)) is not None:
            return self._there(package, tag, self._settled(package, tag, present))
        written = self._files.put(package.name, tag, manifest)
        settled = self._after(SETTLED if written else 0, package, tag)
        if settled.manifest == manifest:
            return Published(settled.entry(package.name, package.version))
        return self._there(package, tag, settled)

    def _settled(self, package: Package, tag: str, found: Artifact) -> Artifact:
        """What all agree on, where `found` is there."""
        age = datetime.now(UTC) - found.entry(package.name, package.version).created
        return self._after(SETTLED, package, tag) if age < JUST_NOW else found

    def _after(self, seconds: float, package: Package, tag: str) -> Artifact:
        """What the tag names then."""
        time.sleep(seconds)
        if (found := self._artifact(package.name, tag)) is None:
            raise BadInput("it was deleted while it was published", where=f"{self.url}/{package.name}:{tag}")
        return found

    def check_write(self) -> None:
        self._files.check_write(PINS)

    def withdraw(self, name: str, version: str, digest: str) -> bool:
        tag = tag_of(version)
        found = self._artifact(name, tag)
        is_offered = found is not None and found.layer == digest
        if not found or not is_offered or self._artifact(name, WITHDRAWN + tag) is not None:
            return False
        mark = helm_artifact.withdrawn(found, datetime.now(UTC))
        self._files.put(name, WITHDRAWN + tag, mark)
        self._files.untag(name, tag)
        self._last.forget(name, [tag])
        return True

    def pinned_charts(self) -> Mapping[str, str]:
        noted = self._seen(PINS, self._files.tags(PINS), layer_type=_DOCUMENT_TYPE)
        found = (each.annotations for each in noted.values())
        return {each[_PINNED]: each[_DIGEST] for each in found if _PINNED in each and _DIGEST in each}

    def documents(self, folder: str) -> list[str] | None:
        at = inside(folder, self.url).rpartition("/")[0]
        return [f"{at}/{tag}" for tag in self._files.tags(at) if f"{at}/{tag}".startswith(folder)]

    def document(self, name: str) -> bytes | None:
        at, _, tag = inside(name, self.url).rpartition("/")
        found = self._artifact(at, tag, _DOCUMENT_TYPE)
        return None if found is None else self._content(at, tag, found, DOCUMENT_LIMIT)

    def keep(self, name: str, data: bytes) -> bool:
        at, _, tag = inside(name, self.url).rpartition("/")
        if self._files.manifest(at, tag) is not None:
            return False
        return self._put(at, tag, data, {})

    def _put(self, name: str, tag: str, data: bytes, annotations: Mapping[str, str]) -> bool:
        layer = (_DOCUMENT_TYPE, data)
        for each in (_EMPTY[1], data):
            self._files.upload(name, each)
        return self._files.put(name, tag, helm_artifact.artifact(_EMPTY, layer, annotations))

    def _pin(self, package: Package) -> None:
        """What is pinned stays as it is."""
        for address, digest in pinned_charts.read(package.metadata).items():
            tag = hashlib.sha256(address.encode()).hexdigest()
            if self._files.manifest(PINS, tag) is None:
                self._put(PINS, tag, b"{}", {_PINNED: address, _DIGEST: digest})

    def _there(self, package: Package, tag: str, found: Artifact, *, withdrawn: bool = False) -> AlreadyThere:
        """Refused where it has other content."""
        entry = found.entry(package.name, package.version)
        content = entry.content_digest
        if package.digest != entry.digest and not content:
            content = self._package(package.name, tag, found).content_digest
        refuse_other_content(package, entry.digest, content, self.url)
        return AlreadyThere(entry, withdrawn)

    def _package(self, name: str, tag: str, found: Artifact) -> Package:
        return read_package(self._content(name, tag, found, PACKAGE_LIMIT), f"{self.url}/{name}:{tag}")

    def _content(self, name: str, tag: str, found: Artifact, limit: int) -> bytes:
        where = f"{self.url}/{name}:{tag}"
        data = self._files.blob(name, found.layer)
        if data is None:
            raise BadInput(f"its manifest names {found.layer}, which is missing", where=where)
        if len(data) > limit:
            raise BadInput(f"it is larger than {limit} bytes", where=where)
        if helm_artifact.digest_of(data) != found.layer:
            raise Refused(f"the registry gave other bytes than {found.layer}", where=where)
        return data

    def _seen(
        self, name: str, tags: Collection[str], *, again: Collection[str] = (), layer_type: str = CHART_TYPE
    ) -> dict[str, Artifact]:
        """By tag, without what is of something else. Asked for is what this machine has not seen yet; of `again`, whether it has
        changed."""
        known = dict(self._last.of(name))
        for tag in again:
            if tag in known and self._files.digest(name, tag) != helm_artifact.digest_of(known[tag]):
                del known[tag]
        unseen = [tag for tag in tags if tag not in known]
        asked = side_by_side.each(lambda tag: self._files.manifest(name, tag), unseen, AT_ONCE)
        known |= {tag: data for tag, data in zip(unseen, asked, strict=True) if data is not None}
        now = {tag: known[tag] for tag in tags if tag in known}
        read = {
            tag: helm_artifact.read(data, f"{self.url}/{name}:{tag}", layer_type=layer_type)
            for tag, data in now.items()
        }
        self._last.keep(name, now)
        return {tag: artifact for tag, artifact in read.items() if artifact is not None}

    def _artifact(self, name: str, tag: str, layer_type: str = CHART_TYPE) -> Artifact | None:
        """None where no such tag is there, or is of something else."""
        data = self._files.manifest(name, tag)
        if layer_type == CHART_TYPE and self._last.of(name).get(tag, data) != data:
            self._last.forget(name, [tag])
        where = f"{self.url}/{name}:{tag}"
        return None if data is None else helm_artifact.read(data, where, layer_type=layer_type)
