"""How a registry is asked: over TLS, except on loopback, and with the credentials that are for it."""

import weakref
from collections.abc import Collection

import httpx

from headway.clients.bounded import BoundedTransport, as_ours, refuse_downgrade
from headway.clients.registry.answers import require_success
from headway.clients.registry.authorization import KnownTokens, PullAuthorization
from headway.formats import image_reference
from headway.model.credentials import RegistryCredentials

TIMEOUT = httpx.Timeout(10, connect=3)
TOTAL_SECONDS = 60.0
ANSWER_LIMIT = 16 * 2**20
"""Bytes of a page of tags, a manifest or a configuration."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


class RegistryAccess:
    """GET and HEAD on registries, authenticated; safe among threads."""

    def __init__(
        self, credentials: RegistryCredentials | None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """`transport`: what answers in place of the network."""
        self._credentials = credentials
        self._tokens = KnownTokens()
        self._client = httpx.Client(
            timeout=TIMEOUT,
            follow_redirects=True,
            transport=BoundedTransport(
                transport,
                seconds=TOTAL_SECONDS,
                limit=ANSWER_LIMIT,
                plain=True,
            ),
            event_hooks={"response": [refuse_downgrade]},
        )
        weakref.finalize(self, self._client.close)

    def request(
        self, method: str, host: str, path: str, *, repository: str, accept: Collection[str] = ()
    ) -> httpx.Response | None:
        """The answer, or None for 404. `path` begins with /v2/.

        Raises Unreachable for no answer, 429 and 5xx, BadInput where access is refused, or an address on the way is none.
        """
        address = f"{_scheme(host)}://{host}{path}"
        headers = {"Accept": ", ".join(accept)} if accept else {}
        authorization = PullAuthorization(host, repository, self._basic(host), self._tokens)
        with as_ours("the registry", address):
            response = self._client.request(method, address, headers=headers, auth=authorization)
        if response.status_code == 404:
            return None
        require_success(response, f"{host}/{repository}")
        return response

    def _basic(self, host: str) -> str:
        """The header of our credentials; empty where there are none for this host."""
        credentials = self._credentials
        if credentials is None or (
            credentials.host and image_reference.registry_host(credentials.host) != host.lower()
        ):
            return ""
        request = httpx.Request("GET", f"https://{host}")
        auth = httpx.BasicAuth(credentials.username, credentials.password)
        return str(next(auth.sync_auth_flow(request)).headers["Authorization"])


def _scheme(host: str) -> str:
    name = host.rpartition(":")[0] or host
    return "http" if name in _LOOPBACK or host in _LOOPBACK else "https"
