"""An OpenID provider within the process, with real keys and signatures, that can be told to misbehave."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://id.example.com"
CLIENT, SECRET = "headway-view", "a-secret-of-the-client"
KID = "first"
Claims = dict[str, Any]


def private_key(name: str = KID) -> RSAPrivateKey:
    return _private_key(name)


@cache
def _private_key(_: str) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def jwk(name: str = KID, key: RSAPrivateKey | None = None, **more: Any) -> dict[str, Any]:
    """The public half."""
    public = (key or private_key(name)).public_key()
    return {**json.loads(RSAAlgorithm.to_jwk(public)), "kid": name, "use": "sig", "alg": "RS256", **more}


def pem(name: str = KID) -> bytes:
    return private_key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signed(claims: Claims, name: str = KID, *, key: RSAPrivateKey | None = None) -> str:
    return jwt.encode(claims, key or private_key(name), "RS256", headers={"kid": name})


def unsigned(header: Claims, claims: Claims, signature: bytes = b"") -> str:
    """A token whose signature is what it is."""
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts)


def signed_by_hand(header: Claims, claims: Claims, key: RSAPrivateKey) -> str:
    """What the library refuses to sign."""
    said = unsigned(header, claims).rpartition(".")[0]
    return unsigned(header, claims, key.sign(said.encode(), PKCS1v15(), SHA256()))


@dataclass
class OpenIdServer(httpx.BaseTransport):
    """`spoil`: makes of the claims of whoever signs in the token that is given out."""

    now: Callable[[], datetime]
    spoil: Callable[[Claims], str] = signed
    keys: list[dict[str, Any]] = field(default_factory=lambda: [jwk()])
    description: dict[str, Any] = field(default_factory=dict)
    """In place of what it says of itself."""
    answers: dict[str, Callable[[httpx.Request], httpx.Response]] = field(default_factory=dict)
    """By path, in place of its own."""
    asked: list[str] = field(default_factory=list)
    """Paths."""
    _codes: dict[str, tuple[Claims, dict[str, str]]] = field(default_factory=dict)

    def sends_back(self, url: str, **who: Any) -> str:
        """What the browser of somebody who signs in is led to by the address to which the view led it: a path."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/authorize"
        asked = {name: value for name, (value,) in parse_qs(parts.query, strict_parsing=True).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        at = int(self.now().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": CLIENT,
            "exp": at + 300,
            "iat": at,
            "sub": "1",
            "nonce": asked["nonce"],
        }
        code = secrets.token_urlsafe(16)
        self._codes[code] = (claims | who, asked)
        return f"{urlsplit(asked['redirect_uri']).path}?{urlencode({'code': code, 'state': asked['state']})}"

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path](request)
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self._description())
        if path == "/keys":
            return httpx.Response(200, json={"keys": self.keys})
        assert path == "/token"
        return self._token(request)

    def _description(self) -> dict[str, Any]:
        places = {
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }
        return {"issuer": ISSUER, **places, **self.description}

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        by_form = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if request.headers.get("Authorization") != f"Basic {expected}" and not by_form:
            return httpx.Response(401, json={"error": "invalid_client", "error_description": SECRET})
        found = self._codes.pop(form["code"], None)
        if found is None:
            return httpx.Response(400, json={"error": "invalid_grant"})
        claims, asked = found
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (challenge, form["redirect_uri"]) != (asked["code_challenge"], asked["redirect_uri"]):
            return httpx.Response(400, json={"error": "invalid_grant"})
        token = self.spoil(claims)
        return httpx.Response(200, json={"access_token": "opaque", "token_type": "Bearer", "id_token": token})
