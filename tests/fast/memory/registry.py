"""An OCI registry in this process, behind httpx's own transport: tags, manifests, configurations, and bad days."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

BadDay = Literal["away", "busy", "broken", "a login page", "refuses"]
_PATH = re.compile(r"^/v2/(?P<repository>.+)/(?P<kind>tags/list|manifests|blobs)(?:/(?P<name>.+))?$")
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass
class MemoryRegistry:
    """Repositories by name, each with digests by tag; documents by digest."""

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    bad_day: BadDay | None = None
    requests: list[str] = field(default_factory=list)

    def push(self, repository: str, tag: str, *, revision: str = "", built: str = "") -> str:
        """An image labelled with its commit; returns its digest. `repository` without the registry's host, `built`: what
        makes it another one than what was pushed under this tag before."""
        labels = {"org.opencontainers.image.revision": revision} if revision else {}
        configuration = self._kept({"config": {"Labels": labels}, "built": f"{repository}:{tag}{built}"})
        manifest = self._kept({"mediaType": MANIFEST, "config": {"digest": configuration}})
        self.tags.setdefault(repository, {})[tag] = manifest
        return manifest

    def push_index(self, repository: str, tag: str, *, revision: str) -> tuple[str, str]:
        """An image for two platforms; the digests of its index and of one platform's image."""
        images = [self.push(repository, tag, revision=revision, built=name) for name in ("amd64", "arm64")]
        manifests = [{"digest": each, "platform": {"os": "linux"}} for each in images]
        index = self._kept({"mediaType": INDEX, "manifests": manifests})
        self.tags[repository][tag] = index
        return index, images[1]

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(f"{request.method} {request.url.path}")
        match self.bad_day:
            case "away":
                raise httpx.ConnectError("connection refused", request=request)
            case "busy":
                return httpx.Response(429, text="slow down")
            case "broken":
                return httpx.Response(502, html="<h1>Bad gateway</h1>")
            case "a login page":
                return httpx.Response(200, html="<h1>Sign in</h1>")
            case "refuses":
                return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="registry"'})
        match = _PATH.match(request.url.path)
        if match is None or match["repository"] not in self.tags:
            return httpx.Response(404)
        return self._of(match["repository"], match["kind"], match["name"] or "")

    def _of(self, repository: str, kind: str, name: str) -> httpx.Response:
        tags = self.tags[repository]
        if kind == "tags/list":
            return httpx.Response(200, json={"name": repository, "tags": list(tags)})
        digest = tags.get(name, name)
        if digest not in self.documents:
            return httpx.Response(404)
        headers = {"Docker-Content-Digest": digest, "Content-Type": MANIFEST}
        return httpx.Response(200, content=self.documents[digest], headers=headers)

    def _kept(self, document: dict[str, Any]) -> str:
        data = json.dumps(document, sort_keys=True).encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.documents[digest] = data
        return digest
