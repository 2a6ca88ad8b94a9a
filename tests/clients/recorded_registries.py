"""Registries behind httpx's MockTransport, with challenges, tokens, pages and errors as each kind's documentation has them.

None of them was asked: where a kind answers otherwise than it is written here, its line of docs/registries.md is wrong as well.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import httpx

from tests.clients.registry_contract import COMMIT, LABELLED, PASSWORD, TAGS

_PATH = re.compile(r"/v2/(?P<name>.+)/(?P<kind>tags/list|manifests|blobs|referrers)(?:/(?P<what>.+))?")
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True)
class Kind:
    """How one kind differs from the others."""

    name: str
    host: str
    """Where it answers."""
    named: str
    """As an operator names it."""
    path: str
    username: str
    challenge: str
    """{scope} is that of the request."""
    realm: str = ""
    """Where tokens are given; empty: user and password are shown with each request."""
    token: str = "token"
    """How the token is called in the answer."""
    link: str = '</v2/{path}/tags/list?last={last}&n={n}>; rel="next"'
    """Empty: it has no pages."""
    missing: tuple[int, str] = (404, "NAME_UNKNOWN")
    """What it says of a repository that is not there, to somebody with a token."""
    etag: str = '"{digest}"'
    """Of manifests."""
    tags_etag: bool = False
    blobs: str = ""
    """The host to which a request for a blob is led; empty: none."""
    more: dict[str, object] = field(default_factory=dict)
    """What a list of tags holds beside them."""


def _bearer(realm: str, service: str) -> str:
    return f'Bearer realm="{realm}",service="{service}",scope="{{scope}}"'


ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
GOOGLE = "europe-west1-docker.pkg.dev"
KINDS = (
    Kind(
        "Docker Hub",
        "registry-1.docker.io",
        "docker.io",
        "shop/web",
        "shopper",
        _bearer("https://auth.docker.io/token", "registry.docker.io"),
        realm="https://auth.docker.io/token",
        missing=(401, "UNAUTHORIZED"),
        blobs="production.cloudflare.docker.com",
    ),
    Kind(
        "GHCR",
        "ghcr.io",
        "ghcr.io",
        "shop/web",
        "shopper",
        _bearer("https://ghcr.io/token", "ghcr.io"),
        realm="https://ghcr.io/token",
        missing=(403, "DENIED"),
        blobs="pkg-containers.githubusercontent.com",
    ),
    Kind(
        "ECR",
        ECR,
        ECR,
        "shop/web",
        "AWS",
        f'Basic realm="https://{ECR}/",service="ecr.amazonaws.com"',
        link=f'<https://{ECR}/v2/{{path}}/tags/list?last={{last}}&n={{n}}>; rel="next"',
        etag="",
        blobs="prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com",
    ),
    Kind(
        "Google Artifact Registry",
        GOOGLE,
        GOOGLE,
        "shop-project/shop/web",
        "_json_key",
        _bearer(f"https://{GOOGLE}/v2/token", GOOGLE),
        realm=f"https://{GOOGLE}/v2/token",
        link="",
        etag="",
        more={"child": [], "manifest": {f"sha256:{'a' * 64}": {"tag": ["1.0"]}}},
        blobs=GOOGLE,
    ),
    Kind(
        "Azure",
        "shop.azurecr.io",
        "shop.azurecr.io",
        "shop/web",
        "00000000-0000-0000-0000-000000000000",
        _bearer("https://shop.azurecr.io/oauth2/token", "shop.azurecr.io"),
        realm="https://shop.azurecr.io/oauth2/token",
        token="access_token",
        link='</v2/{path}/tags/list?last={last}&n={n}&orderby=>; rel="next"',
        blobs="weumanaged1.blob.core.windows.net",
    ),
    Kind(
        "Harbor",
        "harbor.example.com",
        "harbor.example.com",
        "shop/web",
        "robot$shop+pull",
        _bearer("https://harbor.example.com/service/token", "harbor-registry"),
        realm="https://harbor.example.com/service/token",
        missing=(404, "NOT_FOUND"),
    ),
    Kind(
        "Quay",
        "quay.io",
        "quay.io",
        "shop/web",
        "shop+pull",
        _bearer("https://quay.io/v2/auth", "quay.io"),
        realm="https://quay.io/v2/auth",
        missing=(401, "UNAUTHORIZED"),
        blobs="cdn03.quay.io",
    ),
    Kind(
        "GitLab",
        "registry.gitlab.com",
        "registry.gitlab.com",
        "shop/web",
        "gitlab+deploy-token-1",
        _bearer("https://gitlab.com/jwt/auth", "container_registry"),
        realm="https://gitlab.com/jwt/auth",
        missing=(401, "UNAUTHORIZED"),
        blobs="storage.googleapis.com",
    ),
    Kind(
        "plain",
        "registry.example.com:5000",
        "registry.example.com:5000",
        "shop/web",
        "shopper",
        'Basic realm="Registry"',
    ),
    Kind(
        "behind a proxy that gives ETags",
        "registry.example.com",
        "registry.example.com",
        "shop/web",
        "shopper",
        'Basic realm="Registry", Bearer realm="https://registry.example.com/token",service=registry',
        realm="https://registry.example.com/token",
        tags_etag=True,
    ),
)


def basic(username: str, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


class Recorded:
    """A server of one kind. `refresh_token`: what it takes in place of user and password."""

    def __init__(self, kind: Kind, *, refresh_token: str = "") -> None:
        self._kind = kind
        self._refresh_token = refresh_token
        self._documents: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, str]] = []
        """Address, Authorization and body, as they were then."""
        self.methods: list[tuple[str, str]] = []
        """Address and method."""
        self.not_modified = 0
        labels = {"config": {"Labels": {"org.opencontainers.image.revision": COMMIT}}}
        images = [
            self._keep(
                {"mediaType": MANIFEST, "config": {"digest": self._keep({**labels, "architecture": each})}}
            )
            for each in ("amd64", "arm64")
        ]
        self.digest = self._keep(
            {
                "mediaType": INDEX,
                "manifests": [{"digest": each, "platform": {"os": "linux"}} for each in images],
            }
        )
        self._tags = dict.fromkeys(TAGS, images[0]) | {LABELLED: self.digest}

    def _keep(self, document: object) -> str:
        data = json.dumps(document).encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self._documents[digest] = data
        return digest

    def __call__(self, request: httpx.Request) -> httpx.Response:
        shown = request.headers.get("Authorization", "")
        self.requests.append((str(request.url), shown, request.content.decode()))
        self.methods.append((str(request.url), request.method))
        kind, url = self._kind, request.url
        if kind.realm and str(url.copy_with(query=None)) == kind.realm:
            return self._token(request)
        if url.host == kind.blobs and url.path.startswith("/layers/"):
            if url.host != httpx.URL(f"https://{kind.host}").host:
                assert "Authorization" not in request.headers, "credentials follow no redirect"
            return httpx.Response(200, content=self._documents[url.path.rpartition("/")[2]])
        assert url.netloc.decode() == kind.host
        match = _PATH.fullmatch(url.path)
        assert match
        if request.headers.get("Authorization") != self._wanted(match["name"]):
            challenge = kind.challenge.replace("{scope}", self._scope(match["name"]))
            return _error(401, "UNAUTHORIZED", {"WWW-Authenticate": challenge})
        if match["name"] != kind.path:
            return _error(*kind.missing)
        return self._of(match["kind"], match["what"] or "", request)

    def _scope(self, name: str) -> str:
        return f"repository:{name}:pull"

    def _wanted(self, name: str) -> str:
        kind = self._kind
        return f"Bearer for-{name}" if kind.realm else basic(kind.username)

    def _token(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            form = {key: value[0] for key, value in parse_qs(request.content.decode()).items()}
            good = form["grant_type"] == "refresh_token" and form["refresh_token"] == self._refresh_token
            scope = form["scope"]
        else:
            good = request.headers.get("Authorization") == basic(self._kind.username)
            scope = request.url.params["scope"]
        name = scope.removeprefix("repository:").removesuffix(":pull")
        if not good or self._scope(name) != scope:
            return _error(401, "UNAUTHORIZED")
        return httpx.Response(200, json={self._kind.token: f"for-{name}", "expires_in": 300})

    def _of(self, what: str, name: str, request: httpx.Request) -> httpx.Response:
        kind = self._kind
        if what == "tags/list":
            return self._list(request)
        digest = self._tags.get(name, name)
        if digest not in self._documents:
            return _error(404, "MANIFEST_UNKNOWN")
        if what == "blobs" and kind.blobs:
            location = f"https://{kind.blobs}/layers/{digest}?signature=0"
            return httpx.Response(307, headers={"Location": location})
        headers = {"Docker-Content-Digest": digest}
        if kind.etag:
            headers["ETag"] = kind.etag.format(digest=digest)
        return self._conditional(request, headers, self._documents[digest])

    def _list(self, request: httpx.Request) -> httpx.Response:
        kind, query = self._kind, request.url.params
        rest = [tag for tag in TAGS if tag > query.get("last", "")]
        page = rest[:2] if kind.link else rest
        headers = {}
        if len(rest) > len(page):
            headers["Link"] = kind.link.format(path=kind.path, last=page[-1], n=2)
        if kind.tags_etag:
            headers["ETag"] = f'W/"{"-".join(page)}"'
        body = json.dumps({"name": kind.path, "tags": page, **kind.more}).encode()
        return self._conditional(request, headers, body)

    def _conditional(self, request: httpx.Request, headers: dict[str, str], body: bytes) -> httpx.Response:
        if headers.get("ETag") and request.headers.get("If-None-Match") == headers["ETag"]:
            self.not_modified += 1
            return httpx.Response(304, headers={"ETag": headers["ETag"]})
        return httpx.Response(200, headers=headers, content=b"" if request.method == "HEAD" else body)


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, headers=headers, json={"errors": [{"code": code, "message": code.lower()}]})
