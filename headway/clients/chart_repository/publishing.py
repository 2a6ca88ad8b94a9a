"""Publishing and withdrawing, once for all stores that can create a file if absent and compare-and-swap it.

The order makes every interruption harmless: a package without an index entry is finished by the next publish.
"""

import hashlib
import random
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Protocol
from urllib.parse import unquote, urlsplit

from headway.clients.chart_repository.last_indexes import LastIndex
from headway.clients.chart_repository.one_look import seen
from headway.clients.chart_repository.protocol import (
    CHARTMUSEUM_INDEX,
    DOCUMENT_LIMIT,
    INDEX,
    AlreadyThere,
    Published,
    Signature,
    Stored,
)
from headway.errors import BadInput, Conflict, Refused
from headway.formats import chart_index, written_index
from headway.formats.chart_index import Index
from headway.formats.chart_package import PACKAGE_LIMIT, read_package
from headway.formats.written_index import WrittenIndex
from headway.model.charts import ChartEntry, Package

ATTEMPTS = 60
INDEX_LIMIT = 200 * 2**20
"""Bytes. Of documents DOCUMENT_LIMIT, of any other file PACKAGE_LIMIT."""
PACKAGE_TYPE = "application/gzip"
INDEX_TYPE = "application/yaml"
DOCUMENT_TYPE = "application/json"
_Seen = tuple[WrittenIndex, str | None]
"""And its tag; None where there is no index yet."""


class BinaryFile(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Store(Protocol):
    """A place for files with a tag that changes with their content."""

    @property
    def url(self) -> str: ...

    @property
    def place(self) -> str:
        """What no other repository is called that this machine may see."""

    def get(self, name: str) -> bytes | None:
        """None where there is no such file; BadInput where it is larger than what is read: see `within_limit`."""

    def names(self, prefix: str) -> list[str]:
        """Of the files whose name begins so; of those in a folder where `prefix` names one."""

    def create(self, name: str, data: bytes, content_type: str) -> bool:
        """False when a file of that name exists."""

    def get_tagged(self, name: str, known: str | None) -> tuple[bytes | None, str | None]:
        """Content and tag; (None, `known`) where it still has the tag `known`; (None, None) where missing."""

    def check_write(self) -> None:
        """See WritableChartRepository."""

    def swap(self, name: str, data: bytes, content_type: str, tag: str | None) -> str | None:
        """Write if the tag is still `tag` (None: if there is no file); gives the new tag, None when it is not, or not now."""


class StoredRepository:
    """A chart repository in a Store; see WritableChartRepository."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last = LastIndex(store.place)

    @property
    def url(self) -> str:
        return self._store.url

    def entries(self, name: str) -> list[ChartEntry]:
        index, _ = self._look()
        return index.versions(name)

    def entries_beside(self, name: str, others: Collection[str]) -> dict[str, list[ChartEntry]]:
        index, _ = self._look()
        return {each: index.versions(each) for each in {name, *others}}

    def versions(self, name: str) -> list[str]:
        return [each.version for each in self.entries(name)]

    def entry(self, name: str, version: str) -> ChartEntry | None:
        index, _ = self._look()
        return index.find(name, version)

    def uploaded_versions(self, name: str) -> set[str]:
        versions = (
            file.removeprefix(f"{name}-").removesuffix(".tgz")
            for file in self._store.names(f"{name}-")
            if file.endswith(".tgz")
        )
        # "shop-" is also how the packages of a chart "shop-extra" begin.
        return {version for version in versions if version.split(".")[0].removeprefix("v").isdigit()}

    def read(self, entry: ChartEntry) -> bytes:
        for name in package_names(entry, self.url):
            data = self._store.get(name)
            if data is not None:
                return checked(data, entry, self.url)
        raise BadInput(
            f"the index names {entry.name} {entry.version}, but {entry.url} is missing",
            where=self.url,
            next_step="Upload the package again, or remove the entry.",
        )

    def publish(self, package: Package, *, created: datetime) -> Published | AlreadyThere:
        at_first = self._look()
        present = at_first[0].find(package.name, package.version)
        if present:
            refuse_other_content(package, present.digest, present.content_digest, self.url)
            return AlreadyThere(present)
        uploaded = self._upload(package)
        if uploaded is not package:
            # Whoever uploaded it may be publishing it right now.
            at_first = self._asked()
        withdrawn = at_first[0].withdrawn_digest(package.name, package.version)
        if uploaded is not package and withdrawn == uploaded.digest:
            return AlreadyThere(_entry_of(uploaded, created), withdrawn=True)
        index, written = self._change(lambda now: self._inserted(now, uploaded, created), at_first)
        entry = index.find(package.name, package.version)
        assert entry
        return Published(entry) if written else AlreadyThere(entry)

    def check_write(self) -> None:
        self._store.check_write()

    def pinned_charts(self) -> dict[str, str]:
        index, _ = self._look()
        return index.pinned_charts()

    def stored(self, name: str, version: str) -> Stored | None:
        data = self._store.get(file := f"{name}-{version}.tgz")
        if data is None:
            return None
        package = read_package(data, f"{self.url}/{file}")
        index, _ = self._look()
        return Stored(package, index.withdrawn_digest(name, version) == package.digest)

    def withdraw(self, name: str, version: str, digest: str) -> bool:
        return self._change(lambda now: now.withdraw(name, version, digest), self._asked())[1]

    def provenance(self, entry: ChartEntry) -> bytes | None:
        return self._beside(entry, ".prov")

    def signatures(self, entry: ChartEntry) -> Sequence[Signature]:
        return of_file(self._beside(entry, ".sig"))

    def _beside(self, entry: ChartEntry, ending: str) -> bytes | None:
        found = (self._store.get(f"{name}{ending}") for name in package_names(entry, self.url))
        return next((data for data in found if data is not None), None)

    def documents(self, folder: str) -> list[str] | None:
        return self._store.names(inside(folder, self.url))

    def document(self, name: str) -> bytes | None:
        return self._store.get(inside(name, self.url))

    def keep(self, name: str, data: bytes) -> bool:
        return self._store.create(inside(name, self.url), data, DOCUMENT_TYPE)

    def _look(self) -> _Seen:
        found: _Seen | None = seen().get(self)
        return found or self._asked()

    def _asked(self) -> _Seen:
        seen()[self] = found = self._answered()
        return found

    def _answered(self) -> _Seen:
        known = self._last.known()
        data, tag = self._store.get_tagged(INDEX, known[1] if known else None)
        if tag is None:
            return self._taken_over(), None
        if data is not None:
            return self._last.heard(data, tag, f"{self.url}/{INDEX}"), tag
        assert known
        return known[0], tag

    def _taken_over(self) -> WrittenIndex:
        """What ChartMuseum offered there, which the first version that is published makes ours; else an empty index."""
        data = self._store.get(CHARTMUSEUM_INDEX)
        if data is None:
            return WrittenIndex.of(Index())
        return written_index.read(data, f"{self.url}/{CHARTMUSEUM_INDEX}")

    def _change(
        self, change: Callable[[WrittenIndex], WrittenIndex | None], at_first: _Seen
    ) -> tuple[WrittenIndex, bool]:
        """Compare and swap until it is done; False when `change` finds nothing to do in what was seen `at_first`.

        A write whose answer was lost is recognised: the next look finds its own change there.
        """
        tried = False
        for attempt in range(ATTEMPTS):
            index, tag = self._asked() if attempt else at_first
            changed = change(index)
            if changed is None:
                return index, tried
            if written := self._store.swap(INDEX, changed.data, INDEX_TYPE, tag):
                self._last.now(changed, written)
                seen()[self] = changed, written
                return changed, True
            tried = True
            _pause(attempt)
        raise Conflict(
            f"others changed the index {ATTEMPTS} times while Headway tried",
            where=f"{self.url}/{INDEX}",
            next_step="It is tried again.",
        )

    def _inserted(self, index: WrittenIndex, package: Package, created: datetime) -> WrittenIndex | None:
        present = index.find(package.name, package.version)
        if present is None:
            return index.insert(package, created=created)
        refuse_other_content(package, present.digest, present.content_digest, self.url)
        return None

    def _upload(self, package: Package) -> Package:
        """`package`, now uploaded; or what lay there under its name already, with the same content."""
        for attempt in range(ATTEMPTS):
            if self._store.create(package.file_name, package.data, PACKAGE_TYPE):
                return package
            data = self._store.get(package.file_name)
            if data is not None:
                uploaded = read_package(data, f"{self.url}/{package.file_name}")
                refuse_other_content(package, uploaded.digest, uploaded.content_digest, self.url)
                return uploaded
            # Neither created nor there: another upload of the same name was under way.
            _pause(attempt)
        raise Conflict("others keep uploading it", where=f"{self.url}/{package.file_name}")


def refuse_other_content(package: Package, digest: str, content_digest: str, repository: str) -> None:
    """Refused unless what lies under its version has the same bytes, or the same content."""
    if package.digest == digest or (content_digest and package.content_digest == content_digest):
        return
    raise Refused(
        f"{package.name} {package.version} is already there with other content",
        where=repository,
        next_step="Give the chart a new version; a published version is never overwritten.",
    )


def _pause(attempt: int) -> None:
    """Writers that failed together must not come back together."""
    time.sleep(random.uniform(0, min(0.01 * 2**attempt, 0.5)))


def within_limit(file: BinaryFile, name: str, where: str) -> bytes:
    """What an open file holds, to its end. BadInput for more than an index, or a package, may be."""
    limit = DOCUMENT_LIMIT if name.endswith(".json") else PACKAGE_LIMIT
    limit = INDEX_LIMIT if name in (INDEX, CHARTMUSEUM_INDEX) else limit
    # The read past the end is the one by which boto notices that an answer was cut off.
    data = file.read(limit + 1)
    if len(data) > limit or file.read(1):
        raise BadInput(
            f"it is larger than {limit} bytes",
            where=f"{where}/{name}",
            next_step="Take out of the repository what Headway did not publish there.",
        )
    return data


def inside(name: str, repository: str) -> str:
    """Of a file in a folder of the repository. BadInput for what leads out of it."""
    parts = name.split("/")
    if len(parts) < 2 or any(part in ("", ".", "..") for part in parts[:-1]) or parts[-1] in (".", ".."):
        raise BadInput(f"{name!r} is no file in a folder of it", where=repository)
    return name


def of_file(data: bytes | None) -> Sequence[Signature]:
    """What `cosign sign-blob` has written."""
    return () if data is None else (Signature(data[:DOCUMENT_LIMIT].decode(errors="replace")),)


def package_names(entry: ChartEntry, repository: str) -> tuple[str, ...]:
    """Names in the store under which an entry's package may lie; BadInput for an address that leaves the repository.

    helm-s3 writes whole addresses. ChartMuseum, and who puts a web server before a bucket, writes those of the server: then the
    package lies here under its own name, which its digest confirms.
    """
    address = entry.url.removeprefix(f"{repository}/")
    parts = urlsplit(address)
    path = PurePosixPath(unquote(parts.path))
    own = f"{entry.name}-{entry.version}.tgz"
    is_below = not parts.scheme and not parts.netloc and path.parts and not path.is_absolute()
    names = (str(path) if is_below else "", own if path.name == own else "")
    if not any(names) or ".." in path.parts:
        raise BadInput(
            f"the address {entry.url!r} of {entry.name} {entry.version} is not one below the repository",
            where=repository,
        )
    return tuple(dict.fromkeys(filter(None, names)))


def checked(data: bytes, entry: ChartEntry, repository: str) -> bytes:
    """`data`, if it has the digest that the index names; else Refused."""
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    if digest != entry.digest:
        raise Refused(
            f"{entry.url} has digest {digest}, the index says {entry.digest}",
            where=repository,
            next_step="Find out who changed the package; it is not used.",
        )
    return data


def _entry_of(package: Package, created: datetime) -> ChartEntry:
    entry = chart_index.entry(package.name, chart_index.new_entry(package, created=created))
    assert entry
    return entry
