"""User and password for a chart repository behind a web server: shown to that very host, once it has asked, over TLS."""

import base64
from collections.abc import Generator

import httpx

from headway.clients.registry.logins import Logins, open_logins
from headway.clients.registry.loopback import is_loopback
from headway.errors import BadInput
from headway.formats import www_authenticate
from headway.model.credentials import RegistryLogins, is_for_every_registry


class HttpLogin(httpx.Auth):
    """Basic (RFC 7617), with what is given for this host; what is given for every host that asks is shown to none."""

    def __init__(self, url: str, given: RegistryLogins | None) -> None:
        self._url = httpx.URL(url)
        self._logins: Logins = open_logins(None if is_for_every_registry(given) else given)
        self._header = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._is_ours(request.url) and self._header:
            request.headers["Authorization"] = self._header
        response = yield request
        asked = ", ".join(response.headers.get_list("WWW-Authenticate"))
        if response.status_code != 401 or not self._is_ours(request.url) or not self._is_ours(response.url):
            return
        if not any(each.scheme == "basic" for each in www_authenticate.challenges(asked)):
            return
        login = self._logins.of(_host(self._url), self._url.path.strip("/"))
        if login is None or not (login.username or login.password):
            return
        if self._url.scheme != "https" and not is_loopback(self._url.host):
            raise BadInput(
                "it would have credentials sent in the clear",
                where=str(self._url),
                next_step="Name an address with https.",
            )
        shown = base64.b64encode(f"{login.username}:{login.password}".encode()).decode()
        request.headers["Authorization"] = f"Basic {shown}"
        response = yield request
        if response.status_code != 401:
            self._header = f"Basic {shown}"

    def _is_ours(self, url: httpx.URL) -> bool:
        return (url.scheme, _host(url)) == (self._url.scheme, _host(self._url))


def _host(url: httpx.URL) -> str:
    return url.netloc.decode("ascii").rpartition("@")[2].lower()
