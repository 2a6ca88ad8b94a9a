"""Distribution's registry a second time: open, with htpasswd, or with a server of its own that signs tokens."""

import base64
import hashlib
import http.server
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from tests.clients.conftest import free_port
from tests.clients.registry_contract import COMMIT, LABELLED, PASSWORD, TAGS

USER = "shopper"
HTPASSWD = f"{USER}:$2b$04$abcdefghijklmnopqrstuusMPYj7hJXjRxdiBJwd3kv/AvHooyn6O\n"
"""Of PASSWORD, by bcrypt, the one way that the registry takes."""
ISSUER, SERVICE = "tests", "registry-of-tests"
IDENTITY = "identity-t0ken"
"""What the server of tokens takes in place of user and password, in a form."""
Kind = Literal["open", "htpasswd", "token"]


@dataclass
class TokenServer(http.server.ThreadingHTTPServer):
    """https://distribution.github.io/distribution/spec/auth/token/, and its form of OAuth 2."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tokens)

    @property
    def realm(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"

    def keys(self) -> str:
        """JWKS."""
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return json.dumps({"keys": [{**public, "kid": "1", "alg": "ES256", "use": "sig"}]})

    def token(self, scope: str) -> str:
        kind, name, actions = scope.split(":")
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": SERVICE,
            "sub": USER,
            "exp": now + 300,
            "nbf": now - 5,
            "access": [{"type": kind, "name": name, "actions": actions.split(",")}],
        }
        return jwt.encode(claims, self.key, "ES256", {"kid": "1"})


class _Tokens(http.server.BaseHTTPRequestHandler):
    server: TokenServer

    def do_GET(self) -> None:
        basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        self._give(urlsplit(self.path).query, good=self.headers["Authorization"] == basic)

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = parse_qs(form)
        password = said.get("username") == [USER] and said.get("password") == [PASSWORD]
        self._give(form, good=password or said.get("refresh_token") == [IDENTITY])

    def _give(self, query: str, *, good: bool) -> None:
        said = parse_qs(query)
        good = good and said.get("service") == [SERVICE]
        self.server.asked.append(f"{self.command} {said['scope'][0]}")
        body = {"token": self.server.token(said["scope"][0]), "expires_in": 300} if good else {"errors": []}
        data = json.dumps(body).encode()
        self.send_response(200 if good else 401)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Running:
    host: str
    tokens: TokenServer | None = None


@contextmanager
def running(kind: Kind, program: Path, folder: Path) -> Iterator[Running]:
    """On loopback, with its data in `folder`; stopped by its pid."""
    with ExitStack() as stack:
        tokens = stack.enter_context(_serving(TokenServer())) if kind == "token" else None
        host = f"127.0.0.1:{free_port()}"
        config = folder / "registry.json"
        config.write_text(json.dumps(_config(kind, host, folder, tokens)))
        environment = {"PATH": "/usr/bin:/bin", "OTEL_TRACES_EXPORTER": "none"}
        log = stack.enter_context((folder / "registry.log").open("wb"))
        process = subprocess.Popen([program, config], env=environment, stdout=log, stderr=log)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        for _ in range(300):
            try:
                httpx.get(f"http://{host}/v2/")
                break
            except httpx.TransportError:
                assert process.poll() is None, (folder / "registry.log").read_text()
                time.sleep(0.05)
        yield Running(host, tokens)


@contextmanager
def _serving(server: TokenServer) -> Iterator[TokenServer]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _config(kind: Kind, host: str, folder: Path, tokens: TokenServer | None) -> dict[str, object]:
    (folder / "htpasswd").write_text(HTPASSWD)
    auth: dict[str, object] = {}
    if kind == "htpasswd":
        auth = {"htpasswd": {"realm": "registry of tests", "path": str(folder / "htpasswd")}}
    if tokens:
        (folder / "keys.json").write_text(tokens.keys())
        auth = {
            "token": {
                "realm": tokens.realm,
                "service": SERVICE,
                "issuer": ISSUER,
                "jwks": str(folder / "keys.json"),
                "signingalgorithms": ["ES256"],
            }
        }
    return {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
        "http": {"addr": host, "secret": "of-tests"},
        # Pages of two tags, whatever is asked for.
        "tags": {"maxtags": 2},
        **({"auth": auth} if auth else {}),
    }


def push(crane: Path, repository: str, folder: Path) -> str:
    """TAGS, to a registry that is open; the digest of LABELLED, an index of two images."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [crane, *arguments, "--insecure"],
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    empty = f"{repository}:{TAGS[0]}"
    run("append", "--oci-empty-base", "--new_layer", "/dev/null", "--new_tag", empty)
    labels = ["--label", f"org.opencontainers.image.revision={COMMIT}"]
    for number, name in enumerate(("one", "two")):
        run(
            "mutate",
            empty,
            *labels,
            "--label",
            f"number={number}",
            "--tag",
            f"{repository}:{TAGS[number]}-{name}",
        )
    parts = [
        word
        for number, name in enumerate(("one", "two"))
        for word in ("-m", f"{repository}:{TAGS[number]}-{name}")
    ]
    run("index", "append", *parts, "-t", f"{repository}:{LABELLED}")
    run("tag", empty, TAGS[1])
    return run("digest", f"{repository}:{LABELLED}")


def upload(url: str, path: str, login: tuple[str, str]) -> str:
    """TAGS by the distribution API itself, with user and password in each request; the digest of LABELLED. crane goes to no
    server of tokens on loopback."""
    with httpx.Client(base_url=f"{url}/v2/{path}", auth=login) as client:

        def blob(data: bytes) -> dict[str, object]:
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            where = client.post("/blobs/uploads/").raise_for_status().headers["Location"]
            address = httpx.URL(url).join(where).copy_merge_params({"digest": digest})
            client.put(address, content=data).raise_for_status()
            return {"digest": digest, "size": len(data)}

        def manifest(name: str, kind: str, **said: object) -> dict[str, object]:
            media = f"application/vnd.oci.image.{kind}.v1+json"
            data = json.dumps({"schemaVersion": 2, "mediaType": media, **said}).encode()
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            headers = {"Content-Type": media}
            client.put(f"/manifests/{name or digest}", content=data, headers=headers).raise_for_status()
            return {"mediaType": media, "digest": digest, "size": len(data)}

        def image(name: str, architecture: str) -> dict[str, object]:
            labels = {"Labels": {"org.opencontainers.image.revision": COMMIT}}
            said = {
                "architecture": architecture,
                "os": "linux",
                "config": labels,
                "rootfs": {"type": "layers"},
            }
            config = blob(json.dumps(said).encode())
            config["mediaType"] = "application/vnd.oci.image.config.v1+json"
            made = manifest(name, "manifest", config=config, layers=[])
            return {**made, "platform": {"os": "linux", "architecture": architecture}}

        parts = [image(name, each) for name, each in zip(TAGS, ("amd64", "arm64"), strict=False)]
        return str(manifest(LABELLED, "index", manifests=parts)["digest"])
