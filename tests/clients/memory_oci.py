"""An OCI registry in memory, as a transport: what Headway asks of one, and what some answer otherwise."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

HOST = "registry.example.com"
_PATH = re.compile(r"/v2/(?P<name>.+?)/(?P<kind>manifests|blobs|tags)/(?P<what>.*)\Z")


@dataclass
class MemoryOci:
    """By repository: tags and blobs. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md"""

    tags: dict[str, dict[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, dict[str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    upload_at: str = "/v2/{name}/blobs/uploads/one?_state=x"
    is_immutable: bool = False
    """No tag may change."""
    deletes: bool = True
    etags: bool = False
    """It says by what to know a list of tags again."""
    refuses: bool = False
    """Whoever asks."""
    creates: bool = True
    """A repository that is pushed to."""
    meanwhile: Callable[[str, str], None] = lambda *_: None
    """Called with repository and tag before one is written; `afterwards`: once it is."""
    afterwards: Callable[[str, str], None] = lambda *_: None

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.host}{request.url.path}")
        if self.refuses:
            return httpx.Response(403)
        found = _PATH.match(request.url.path)
        if request.url.host != HOST or not found:
            return httpx.Response(404)
        name, kind, what = found["name"], found["kind"], found["what"]
        if kind == "tags":
            return self._list(request, self.tags.get(name))
        if kind == "manifests":
            return self._manifest(request, name, what)
        if what == "uploads/":
            place = self.upload_at.format(name=name)
            return httpx.Response(202, headers={"Location": place}) if self.creates else httpx.Response(404)
        if what.startswith("uploads/"):
            return self._upload(request, name)
        data = self.blobs.get(name, {}).get(what)
        return httpx.Response(404) if data is None else httpx.Response(200, content=data)

    def _list(self, request: httpx.Request, known: dict[str, bytes] | None) -> httpx.Response:
        if known is None:
            return httpx.Response(404)
        tag = f'"{hashlib.sha256(repr([*known]).encode()).hexdigest()}"'
        if self.etags and request.headers.get("If-None-Match") == tag:
            return httpx.Response(304)
        return httpx.Response(200, json={"tags": [*known]}, headers={"ETag": tag} if self.etags else {})

    def _upload(self, request: httpx.Request, name: str) -> httpx.Response:
        if request.method == "DELETE":
            return httpx.Response(204)
        digest = request.url.params["digest"]
        if digest != f"sha256:{hashlib.sha256(request.content).hexdigest()}":
            return httpx.Response(400, json={"errors": [{"code": "DIGEST_INVALID"}]})
        self.blobs.setdefault(name, {})[digest] = request.content
        return httpx.Response(201)

    def _manifest(self, request: httpx.Request, name: str, tag: str) -> httpx.Response:
        known = self.tags.setdefault(name, {}) if request.method == "PUT" else self.tags.get(name, {})
        if request.method == "PUT":
            self.meanwhile(name, tag)
            if self.is_immutable and tag in known:
                return httpx.Response(400, json={"errors": [{"code": "TAG_INVALID"}]})
            known[tag] = request.content
            self.afterwards(name, tag)
            return httpx.Response(201)
        if request.method == "DELETE":
            if not self.deletes:
                return httpx.Response(405, json={"errors": [{"code": "UNSUPPORTED"}]})
            return httpx.Response(404 if known.pop(tag, None) is None else 202)
        if tag not in known:
            return httpx.Response(404)
        digest = f"sha256:{hashlib.sha256(known[tag]).hexdigest()}"
        content = b"" if request.method == "HEAD" else known[tag]
        return httpx.Response(200, content=content, headers={"Docker-Content-Digest": digest})
