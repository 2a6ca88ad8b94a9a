"""A GitHub App, which is nobody's account: with its private key it asks for tokens that last an hour.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
"""

import hashlib
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from headway.clients.forge.access import ForgeAccess
from headway.clients.forge.answers import Answers
from headway.errors import BadInput
from headway.model.credentials import ForgeCredentials, GithubApp

USERNAME = "x-access-token"
"""Of git, beside such a token."""
LASTS = timedelta(minutes=9)
"""What an app says of itself; GitHub takes ten minutes at most."""
AHEAD = timedelta(minutes=1)
"""Clocks differ."""
RENEWED_BEFORE = timedelta(minutes=5)
"""A token is not used for so long before it ends: what begins with it may take its time."""
_Key = tuple[str, str, str, str]
_kept: dict[_Key, tuple[str, datetime]] = {}
_asking = Lock()


class ByToken(httpx.Auth):
    """Whatever token is good when a request is sent."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token()}"
        yield request


class Installation:
    """Of an app in an organization or account; `repository` is one of its, `api` the address of the host's API."""

    def __init__(
        self,
        repository: str,
        api: str,
        credentials: ForgeCredentials,
        app: GithubApp,
        header: dict[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Raises BadInput for a key that is none, or a place where it is not good."""
        require_key(app.private_key)
        self._app, self._where, self._said = app, repository, Answers(repository, "GitHub")
        digest = hashlib.sha256(app.private_key.encode()).hexdigest()
        self._key = (api, app.app_id, app.installation_id, digest)
        auth = ByToken(self._said_of_itself)
        self._access = ForgeAccess(repository, api, credentials, header, self._said, transport, auth)

    def token(self) -> str:
        """For the API and for git; asked for once in an hour by a process. Raises BadInput, Unreachable."""
        with _asking:
            kept = _kept.get(self._key)
            if kept is None or datetime.now(UTC) >= kept[1] - RENEWED_BEFORE:
                _kept[self._key] = kept = self._made()
        return kept[0]

    @cached_property
    def login(self) -> str:
        """Whose its comments are."""
        return f"{self._said.field(self._asked('GET', '/app'), 'slug', str)}[bot]"

    def _made(self) -> tuple[str, datetime]:
        said = self._asked("POST", f"/app/installations/{self._app.installation_id}/access_tokens")
        ends = self._said.field(said, "expires_at", str)
        try:
            return self._said.field(said, "token", str), datetime.fromisoformat(ends).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self._said.unknown(f"a token that ends {ends[:50]!r}") from error

    def _asked(self, method: str, path: str) -> Any:
        try:
            return self._said.mapping(self._access.ask(method, path))
        except BadInput as error:
            raise BadInput(
                f"installation {self._app.installation_id} of app {self._app.app_id} is given no token: {error.what}",
                where=self._where,
                next_step="Correct the app's fields in the forge credentials; the worker's clock must be right.",
            ) from error

    def _said_of_itself(self) -> str:
        now = datetime.now(UTC)
        claims = {"iat": now - AHEAD, "exp": now + LASTS, "iss": self._app.app_id}
        return jwt.encode(claims, self._app.private_key, algorithm="RS256")


def require_key(private_key: str) -> None:
    """Raises BadInput, which shows nothing of it, for what is no RSA key in PEM without a passphrase."""
    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise _no_key() from error
    if not isinstance(key, RSAPrivateKey):
        raise _no_key()


def _no_key() -> BadInput:
    return BadInput(
        "it is no private key of a GitHub App: RSA, in PEM, without a passphrase",
        where="Headway forge credentials",
        next_step="Generate one on the app's page, and give the file as it is.",
    )
