"""What lies in an OCI registry, as small files by repository and tag: a manifest, and the one blob that it is about.

https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
"""

from urllib.parse import urljoin, urlsplit

import httpx

from headway.clients.chart_repository import last_indexes
from headway.clients.registry import Registry
from headway.clients.registry.answers import require_success
from headway.clients.registry.authorization import DELETING
from headway.errors import BadInput
from headway.formats import helm_artifact, image_reference
from headway.formats.chart_package import PACKAGE_LIMIT
from headway.formats.helm_artifact import MANIFEST_TYPE
from headway.formats.image_reference import MANIFEST_TYPES, Location
from headway.model.credentials import RegistryLogins

_MORE = 2**20
"""Bytes that an answer may have beyond a package, so that one that is too large is told from one that is cut off."""


class OciFiles:
    """Below oci://host/path. Methods raise Unreachable, and BadInput where access is refused: see headway.clients.registry."""

    def __init__(self, url: str, logins: RegistryLogins | None) -> None:
        scheme, _, self._base = url.rstrip("/").partition("://")
        host = self._base.partition("/")[0]
        if scheme.lower() != "oci" or not ("." in host or ":" in host or host == "localhost"):
            raise BadInput("not an address such as oci://registry.example.com/charts", where=url)
        self._registry = Registry(logins, limit=PACKAGE_LIMIT + _MORE, cache=last_indexes.folder())
        self._access = self._registry.access
        self.location("chart")

    @property
    def url(self) -> str:
        return f"oci://{self._base}"

    def location(self, name: str) -> Location:
        """Of what is called so below the address. BadInput for what no registry takes as a name."""
        return image_reference.locate(f"{self._base}/{name}")

    def tags(self, name: str) -> list[str]:
        """Empty also where there is no such repository yet."""
        self.location(name)
        return self._registry.known_tags(f"{self._base}/{name}") or []

    def manifest(self, name: str, tag: str) -> bytes | None:
        """None where no such tag is there."""
        found = self._read(name, f"manifests/{tag}", MANIFEST_TYPES)
        return None if found is None else found.content

    def digest(self, name: str, tag: str) -> str:
        """sha256:<hex> of the manifest that the tag names now; empty where there is none, or the registry does not say."""
        at = self.location(name)
        path = f"/v2/{at.path}/manifests/{tag}"
        head = self._access.request("HEAD", at.host, path, repository=at.path, accept=MANIFEST_TYPES)
        return "" if head is None else str(head.headers.get("Docker-Content-Digest", ""))

    def blob(self, name: str, digest: str, limit: int = PACKAGE_LIMIT + _MORE) -> bytes | None:
        """None where it is not there, or larger than `limit` bytes."""
        found = self._read(name, f"blobs/{digest}")
        return None if found is None or len(found.content) > limit else found.content

    def _read(self, name: str, path: str, accept: tuple[str, ...] = ()) -> httpx.Response | None:
        at = self.location(name)
        return self._access.request(
            "GET", at.host, f"/v2/{at.path}/{path}", repository=at.path, accept=accept
        )

    def upload(self, name: str, data: bytes) -> None:
        """A blob, which nobody sees before a manifest names it."""
        at = self.location(name)
        digest = helm_artifact.digest_of(data)
        head = self._access.request("HEAD", at.host, f"/v2/{at.path}/blobs/{digest}", repository=at.path)
        if head is not None:
            return
        place = self._begin_upload(at)
        path = f"{place}{'&' if '?' in place else '?'}digest={digest}"
        answer = self._access.send(
            "PUT",
            at.host,
            path,
            repository=at.path,
            content=data,
            content_type="application/octet-stream",
        )
        self._require(answer, at, 201)

    def put(self, name: str, tag: str, manifest: bytes) -> bool:
        """False where the registry does not let this tag be written: whose tags cannot change says so of one that is there."""
        at = self.location(name)
        answer = self._access.send(
            "PUT",
            at.host,
            f"/v2/{at.path}/manifests/{tag}",
            repository=at.path,
            content=manifest,
            content_type=MANIFEST_TYPE,
        )
        if answer.status_code in (400, 405, 409, 412) and self.manifest(name, tag) is not None:
            return False
        self._require(answer, at, 201)
        return True

    def untag(self, name: str, tag: str) -> bool:
        """False where the registry deletes nothing, or not for us."""
        at = self.location(name)
        return self._delete(at, f"/v2/{at.path}/manifests/{tag}")

    def _delete(self, at: Location, path: str) -> bool:
        try:
            answer = self._access.send("DELETE", at.host, path, repository=at.path, actions=DELETING)
        except BadInput:
            return False
        return answer.status_code in (202, 204, 404)

    def check_write(self, name: str) -> None:
        """Begins an upload, and gives it up."""
        at = self.location(name)
        self._delete(at, self._begin_upload(at))

    def _begin_upload(self, at: Location) -> str:
        """Path and query of where it goes on."""
        path = f"/v2/{at.path}/blobs/uploads/"
        answer = self._access.send("POST", at.host, path, repository=at.path)
        self._require(answer, at, 202)
        parts = urlsplit(
            urljoin(f"{answer.url.scheme}://{at.host}{path}", answer.headers.get("Location", ""))
        )
        if parts.netloc != at.host or not parts.path.startswith("/"):
            raise BadInput(
                f"it would have the upload go to {parts.netloc[:200]}, which is another host",
                where=f"{at.host}/{at.path}",
            )
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _require(self, answer: httpx.Response, at: Location, status: int) -> None:
        if answer.status_code == status:
            return
        where = f"{at.host}/{at.path}"
        if answer.status_code == 404:
            raise BadInput(
                "there is no such repository in the registry",
                where=where,
                next_step="Create it, or have the registry create what is pushed to.",
            )
        require_success(answer, where)
        raise BadInput(f"no registry answers so: {answer.status_code} to what was sent to it", where=where)
