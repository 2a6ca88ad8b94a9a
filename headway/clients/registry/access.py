"""How a registry is asked: over TLS, with a token where it wants one, and what its refusals mean."""

import re
import threading
import weakref
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from headway.errors import BadInput, Unreachable

TIMEOUT = httpx.Timeout(10, connect=3)
_LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class RegistryCredentials:
    """User and password or token. `host`: the registry they are for; empty: every registry that asks."""

    username: str
    password: str = field(repr=False)
    host: str = ""


def transport() -> httpx.BaseTransport:
    """What carries the requests: the network."""
    return httpx.HTTPTransport(retries=1)


class RegistryAccess:
    """GET and HEAD on registries, authenticated; safe among threads."""

    def __init__(self, credentials: RegistryCredentials | None, insecure: Collection[str]) -> None:
        self._credentials = credentials
        self._insecure = insecure
        self._tokens: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()
        self._client = httpx.Client(timeout=TIMEOUT, follow_redirects=True, transport=transport())
        weakref.finalize(self, self._client.close)

    def request(
        self, method: str, host: str, path: str, *, repository: str, accept: Collection[str] = ()
    ) -> httpx.Response | None:
        """The answer, or None for 404. `path` begins with /v2/.

        Raises Unreachable for no answer, 429 and 5xx, BadInput where access is refused.
        """
        address = f"{self._scheme(host)}://{host}{path}"
        headers = {"Accept": ", ".join(accept)} if accept else {}
        with self._lock:
            known = self._tokens.get((host, repository))
        response = self._send(method, address, {**headers, **({"Authorization": known} if known else {})})
        if response.status_code == 401:
            fresh = self._authorization(host, repository, response.headers.get("WWW-Authenticate", ""))
            with self._lock:
                self._tokens[host, repository] = fresh
            response = self._send(method, address, {**headers, "Authorization": fresh})
        if response.status_code == 404:
            return None
        _check(response, f"{host}/{repository}")
        return response

    def _scheme(self, host: str) -> str:
        name = host.rpartition(":")[0] or host
        return "http" if name in _LOOPBACK or host in _LOOPBACK or host in self._insecure else "https"

    def _send(self, method: str, address: str, headers: dict[str, str]) -> httpx.Response:
        try:
            return self._client.request(method, address, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(
                f"the registry does not answer ({type(error).__name__}: {error})",
                where=address,
                next_step="It is tried again.",
            ) from error

    def _authorization(self, host: str, repository: str, challenge: str) -> str:
        """Answer to a WWW-Authenticate challenge (RFC 7235): Basic, or a Bearer token fetched for reading."""
        kind, _, rest = challenge.partition(" ")
        parameters = dict(_PARAMETER.findall(rest))
        basic = self._basic(host)
        if kind.lower() == "basic" and basic:
            return basic
        realm = parameters.get("realm", "")
        if kind.lower() != "bearer" or not realm:
            raise BadInput(
                "the registry wants credentials",
                where=f"{host}/{repository}",
                next_step="Configure registry credentials.",
            )
        if urlsplit(realm).scheme != "https" and self._scheme(host) == "https":
            raise BadInput(f"the registry sends credentials to {realm}, in the clear", where=host)
        query = {"service": parameters.get("service", ""), "scope": f"repository:{repository}:pull"}
        address = str(httpx.URL(realm).copy_merge_params({k: v for k, v in query.items() if v}))
        response = self._send("GET", address, {"Authorization": basic} if basic else {})
        _check(response, f"{host}/{repository}")
        answer = response.json()
        return f"Bearer {answer.get('token') or answer.get('access_token') or ''}"

    def _basic(self, host: str) -> str:
        credentials = self._credentials
        if credentials is None or credentials.host not in ("", host):
            return ""
        request = httpx.Request("GET", "https://x")
        auth = httpx.BasicAuth(credentials.username, credentials.password)
        return str(next(auth.sync_auth_flow(request)).headers["Authorization"])


def _check(response: httpx.Response, where: str) -> None:
    status = response.status_code
    if status in (401, 403):
        raise BadInput(
            "the registry refuses access",
            where=where,
            next_step="Correct the registry credentials, or their rights.",
        )
    if status == 429 or status >= 500:
        raise Unreachable(f"the registry answered {status}", where=where, next_step="It is tried again.")
    if status >= 400:
        raise BadInput(f"the registry answered {status}: {response.text[:300]}", where=where)
