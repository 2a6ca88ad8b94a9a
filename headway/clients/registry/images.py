"""Images in OCI registries: their tags, and what manifest and labels say of each.

What has a digest never changes, so it is read once; a tag may move, so it is asked for each time.
"""

import hashlib
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from headway.clients.registry.access import RegistryAccess
from headway.clients.registry.answers import json_object, listed, mapping, parsed
from headway.clients.remembered import IMMUTABLE, Memory, Remembered
from headway.errors import BadInput, HeadwayError, Unreachable
from headway.formats import attached, foreign_time, image_reference
from headway.formats.attached import Attached
from headway.formats.image_reference import DIGEST, INDEX_TYPES, MANIFEST_TYPES, Location
from headway.model.credentials import RegistryLogins
from headway.model.images import Image, ImageFacts, Referrer

PAGE_LIMIT = 1000
PAGES = 1000
LIST_SECONDS = 120.0
"""For all pages of one list of tags; the last one asked for may take its own time on top."""
FACTS_LIMIT = 100
"""Labels, referrers, and annotations of one."""
LAYERS_READ = 3
"""Of one referrer."""
INDEXES = 3
"""That name each other, one in the other; the specification allows it."""
CREATED = "org.opencontainers.image.created"
"""https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md"""
_TAG = re.compile(r"^\w[\w.-]{0,127}\Z", re.ASCII)


class Registry:
    """Reads any registry that an image name points to: loopback hosts over http, all others over https.

    All methods raise Unreachable when the registry does not answer, or answers 429 or 5xx, and BadInput for answers that no
    registry gives.
    """

    def __init__(
        self,
        credentials: RegistryLogins | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        cache: Path | None = None,
        limit: int | None = None,
    ) -> None:
        """`transport`: what answers in place of the network; `cache`: a folder for what registries said last, so that they
        are asked only whether it has changed; `limit`: bytes of an answer."""
        self._access = RegistryAccess(credentials, transport, cache=cache, limit=limit)
        self._read_once = Memory()

    @property
    def access(self) -> RegistryAccess:
        """For what else lies in registries."""
        return self._access

    def tags(self, repository: str) -> list[str]:
        """All tags, in the registry's order. BadInput where it has no such repository."""
        found = self.known_tags(repository)
        if found is None:
            raise BadInput(
                "there is no such repository in the registry",
                where=repository,
                next_step="Push an image first, or correct `image:`.",
            )
        return found

    def known_tags(self, repository: str) -> list[str] | None:
        """The same; None where it has no such repository."""
        location = image_reference.locate(repository)
        path = f"/v2/{location.path}/tags/list?n={PAGE_LIMIT}"
        tags: list[str] = []
        seen: set[str] = set()
        deadline = time.monotonic() + LIST_SECONDS
        while path and path not in seen:
            if time.monotonic() > deadline:
                raise Unreachable(
                    f"its list of tags does not come to its end in {LIST_SECONDS:.0f} s",
                    where=repository,
                    next_step="It is tried again. Fewer tags make it shorter.",
                )
            if len(seen) == PAGES:
                raise BadInput(f"its list of tags has more than {PAGES} pages", where=repository)
            seen.add(path)
            response = self._request("GET", location, path, again=True)
            if response is None:
                return None
            tags += map(str, listed(json_object(response).get("tags"), str(response.url)))
            if len(tags) > PAGE_LIMIT * PAGES:
                raise BadInput(f"its list of tags has more than {PAGE_LIMIT * PAGES} tags", where=repository)
            path = _next_page(path, response.links.get("next", {}).get("url", ""), repository)
        return tags

    def digest(self, repository: str, tag: str) -> str | None:
        """sha256:<hex> of what the tag (or digest) names now; None where the registry has no such image. Unreachable for one that
        answers with something else than the digest that it is asked for."""
        location = image_reference.locate(repository)
        path = _manifest_path(location, tag)
        head = self._request("HEAD", location, path, (*INDEX_TYPES, *MANIFEST_TYPES))
        if head is None:
            return None
        digest = str(head.headers.get("Docker-Content-Digest", ""))
        if not DIGEST.match(digest):
            digest = _digest(self._read(location, path, again=True))
        if DIGEST.match(tag) and digest != tag:
            raise Unreachable(f"the registry gave {digest} for {tag}", where=repository)
        return digest

    def image(self, repository: str, tag: str) -> Image:
        """What the tag names now. BadInput where it is not in the registry."""
        if found := self.found(repository, tag):
            return found
        raise _no_tag(repository, tag)

    def found(self, repository: str, tag: str) -> Image | None:
        """The same; None where it is not there. `tag`: with @<digest> behind it, what has that digest; or a digest alone."""
        described = self._described(repository, tag.rpartition("@")[2])
        if described is None:
            return None
        digest, configuration, labels = described
        return Image(
            repository,
            tag,
            digest,
            image_reference.commit(labels),
            str(configuration.get("created") or ""),
            {str(key): str(value) for key, value in list(labels.items())[:FACTS_LIMIT]},
        )

    def facts(self, repository: str, name: str, *, read: int = 0) -> ImageFacts:
        """Labels and what refers to it; `name`: its tag or digest. BadInput where it is not in the registry.

        `read`: of so many referrers also what they hold, as far as headway.formats.attached knows it, and what cosign keeps by
        tags beside the image.

        https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
        """
        described = self._described(repository, name)
        if described is None:
            raise _no_tag(repository, name)
        digest, configuration, labels = described
        location = image_reference.locate(repository)
        return ImageFacts(
            digest,
            # A label may be that of a base image, and a build that can be repeated leaves 1970 in the configuration.
            foreign_time.latest(configuration.get("created"), labels.get(CREATED)),
            {str(key): str(value) for key, value in list(labels.items())[:FACTS_LIMIT]},
            self._read_referrers(location, digest, read) if read else self._referrers(location, digest),
            image_reference.commit(labels),
        )

    def _referrers(self, location: Location, digest: str) -> tuple[Referrer, ...]:
        """Of registries that do not know the question, by the tag that stands for its answer."""
        asked = (f"referrers/{digest}", f"manifests/{digest.replace(':', '-')}")
        for path in asked:
            response = self._request("GET", location, f"/v2/{location.path}/{path}", INDEX_TYPES, again=True)
            if response is not None:
                where = str(response.url)
                found = listed(json_object(response).get("manifests"), where)[:FACTS_LIMIT]
                return tuple(_referrer(mapping(each, where), where) for each in found)
        return ()

    def _read_referrers(self, location: Location, digest: str, count: int) -> tuple[Referrer, ...]:
        found = self._referrers(location, digest)
        told = [self._told(location, each) for each in found[:count]]
        return (*told, *found[count:], *self._by_tags(location, digest, count))

    def _told(self, location: Location, referrer: Referrer) -> Referrer:
        """With what it holds; as it was where that cannot be read."""
        try:
            manifest = self._document(location, "manifests", referrer.digest)
            layers = _layers(manifest, referrer.digest)
        except HeadwayError:
            return referrer
        kind = referrer.artifact_type or str(manifest.get("artifactType") or "")
        kind = kind or str(_mapping(manifest.get("config")).get("mediaType") or "")
        size = sum(each.size for each in layers)
        referrer = replace(referrer, artifact_type=kind, size=size or referrer.size)
        known = attached.of_type(kind) or next(
            filter(None, (self._content(location, each) for each in layers[:LAYERS_READ])), None
        )
        return replace(referrer, kind=known.kind, says=known.says) if known else referrer

    def _by_tags(self, location: Location, digest: str, count: int) -> tuple[Referrer, ...]:
        """What cosign keeps under tags that are made of the digest, a layer each.

        https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
        """
        found: list[Referrer] = []
        for ending in ("att", "sbom", "sig"):
            try:
                path = f"/v2/{location.path}/manifests/{digest.replace(':', '-')}.{ending}"
                response = self._request("GET", location, path, MANIFEST_TYPES)
                layers = _layers(json_object(response), path) if response else []
            except HeadwayError:
                continue
            for each in layers[:count]:
                known = attached.of_type(each.artifact_type) or self._content(location, each)
                found.append(replace(each, kind=known.kind, says=known.says) if known else each)
        return tuple(found)

    def _content(self, location: Location, layer: Referrer) -> Attached | None:
        """None for what is of no kind that is known, too large, or cannot be read."""
        if not 0 < layer.size <= attached.BYTES_LIMIT:
            return None
        try:
            return attached.read(self._bytes(location, "blobs", layer.digest))
        except HeadwayError:
            return None

    def _described(
        self, repository: str, name: str
    ) -> tuple[str, Mapping[str, Any], Mapping[str, Any]] | None:
        """Digest of what a tag (or digest) names now, its configuration, and the labels in that; None where it is not there."""
        location = image_reference.locate(repository)
        manifest = self._manifest(repository, location, name)
        if manifest is None:
            return None
        digest = _digest(manifest)
        where = f"{location.host}/{location.path}@{digest}"
        configuration = self._configuration(location, parsed(manifest, where), where)
        return digest, configuration, _labels(configuration, where)

    def _manifest(self, repository: str, location: Location, name: str) -> bytes | None:
        """What a tag (or digest) names now. That of a tag which nobody has asked for before is read at once; else it is asked for
        its digest alone, which is no pull where those are counted."""
        path = _manifest_path(location, name)
        before = self._access.kept(location.host, path)
        if before is None and not DIGEST.match(name):
            response = self._request("GET", location, path, (*INDEX_TYPES, *MANIFEST_TYPES))
            if response is None:
                return None
            said = str(response.headers.get("Docker-Content-Digest", ""))
            digest = _digest(response.content)
            if DIGEST.match(said) and said != digest:
                raise Unreachable(f"the registry gave other bytes than {said}", where=location.path)
            # By its digest as well: so it is asked about once it runs.
            for each in (path, _manifest_path(location, digest)):
                self._access.keep(location.host, each, response.content)
            return response.content
        now = self.digest(repository, name)
        if now is None:
            return None
        if before and _digest(before.content) == now:
            return before.content
        return self._bytes(location, "manifests", now, kept=True)

    def _configuration(
        self, location: Location, manifest: Mapping[str, Any], where: str
    ) -> Mapping[str, Any]:
        """Of the first platform of an image index. The registry has just given it, or named its digest."""
        for _ in range(INDEXES):
            if platforms := _platforms(manifest, where):
                first = image_reference.first_platform(platforms)
                manifest = self._document(location, "manifests", first, kept=True)
        blob = str(mapping(manifest.get("config"), where).get("digest", ""))
        return self._document(location, "blobs", blob, kept=True)

    def platforms(self, repository: str, digest: str) -> frozenset[str]:
        """Digests of the images for single platforms that an image index names; empty for an image that is no index.

        BadInput where the registry does not have it. No pull for what was read before.
        """
        location = image_reference.locate(repository)
        where = f"{location.host}/{location.path}@{digest}"
        manifest = self._manifest(repository, location, digest) if DIGEST.match(digest) else None
        if manifest is None:
            raise BadInput("it is not in the registry", where=where)
        return frozenset(str(each.get("digest", "")) for each in _platforms(parsed(manifest, where), where))

    def _document(
        self, location: Location, kind: str, digest: str, *, kept: bool = False
    ) -> Mapping[str, Any]:
        """What has this digest, read once. `kind`: manifests or blobs; `kept`: what an earlier process read is as good."""
        where = f"{location.host}/v2/{location.path}/{kind}/{digest}"
        return parsed(self._bytes(location, kind, digest, kept=kept), where)

    def _bytes(self, location: Location, kind: str, digest: str, *, kept: bool = False) -> bytes:
        if not DIGEST.match(digest):
            raise BadInput(
                f"no registry answers so: {digest!r} is no digest", where=f"{location.host}/{location.path}"
            )
        path = f"/v2/{location.path}/{kind}/{digest}"
        before = self._access.kept(location.host, path) if kept else self._read_once.of(path)
        if before and _digest(before.content) == digest:
            return before.content
        data = self._read(location, path)
        if _digest(data) != digest:
            raise Unreachable(f"the registry gave other bytes than {digest}", where=location.path)
        if kept:
            self._access.keep(location.host, path, data)
        else:
            self._read_once.keep(path, Remembered(IMMUTABLE, data))
        return data

    def _read(self, location: Location, path: str, *, again: bool = False) -> bytes:
        response = self._request("GET", location, path, (*INDEX_TYPES, *MANIFEST_TYPES), again=again)
        if response is None:
            raise BadInput(f"{path} is not in the registry", where=f"{location.host}/{location.path}")
        return response.content

    def _request(
        self,
        method: str,
        location: Location,
        path: str,
        accept: Collection[str] = (),
        *,
        again: bool = False,
    ) -> httpx.Response | None:
        return self._access.request(
            method, location.host, path, repository=location.path, accept=accept, again=again
        )


def _no_tag(repository: str, tag: str) -> BadInput:
    return BadInput(
        "the tag is not in the registry",
        where=f"{repository}:{tag}",
        next_step="Push it, or correct the tag.",
    )


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _labels(configuration: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    return mapping(mapping(configuration.get("config"), where).get("Labels"), where)


def _referrer(manifest: Mapping[str, Any], where: str) -> Referrer:
    annotations = mapping(manifest.get("annotations"), where)
    return Referrer(
        str(manifest.get("artifactType") or ""),
        str(manifest.get("digest") or ""),
        {str(key): str(value) for key, value in list(annotations.items())[:FACTS_LIMIT]},
        _size(manifest),
    )


def _size(descriptor: Mapping[str, Any]) -> int:
    size = descriptor.get("size")
    return size if isinstance(size, int) and size > 0 else 0


def _layers(manifest: Mapping[str, Any], where: str) -> list[Referrer]:
    """Of a manifest, or of the older one for artifacts: each with the type of what it holds."""
    named = manifest.get("layers") or manifest.get("blobs")
    layers = [mapping(each, where) for each in listed(named, where)[:FACTS_LIMIT]]
    return [
        Referrer(str(each.get("mediaType") or ""), str(each.get("digest") or ""), {}, _size(each))
        for each in layers
    ]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _platforms(manifest: Mapping[str, Any], where: str) -> list[Mapping[str, Any]]:
    if manifest.get("mediaType") not in INDEX_TYPES and "manifests" not in manifest:
        return []
    return [mapping(each, where) for each in listed(manifest.get("manifests"), where)]


def _manifest_path(location: Location, tag: str) -> str:
    if not _TAG.match(tag) and not DIGEST.match(tag):
        raise BadInput(f"{tag!r} is not a tag", where=f"{location.host}/{location.path}")
    return f"/v2/{location.path}/manifests/{tag}"


def _next_page(path: str, link: str, where: str) -> str:
    """Path and query of a Link header; its host is not followed. BadInput where it is no address, or no path of a registry:
    what begins otherwise, such as `@host`, would make another host of ours.
    """
    if not link:
        return ""
    try:
        parts = urlsplit(urljoin(f"https://registry{path}", link))
    except ValueError as error:
        raise BadInput(f"the next page has no address: {link[:200]!r}", where=where) from error
    if not parts.path.startswith("/v2/") or not link.isascii():
        raise BadInput(f"the next page is none of a registry: {link[:200]!r}", where=where)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
