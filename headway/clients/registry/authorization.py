"""How a registry lets one in: the challenge of a 401 is answered, with a token for what is to be done where it wants one."""

import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field

import httpx

from headway.clients.registry import loopback
from headway.clients.registry.answers import asks_to_wait, json_object, require_success
from headway.clients.registry.logins import Logins
from headway.errors import BadInput
from headway.formats import www_authenticate
from headway.formats.docker_config import Login
from headway.formats.known_secrets import kept_out_of_errors
from headway.formats.www_authenticate import Challenge

CLIENT = "headway"
HOLDS = 60.0
"""Seconds for which a token holds that does not say for how long: https://distribution.github.io/distribution/spec/auth/token/"""
MARGIN = 10.0
"""Seconds before its end in which a token is not shown any more."""
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class KnownTokens:
    """What was let in last, by host and scope, so that a challenge is answered once; safe among threads."""

    _headers: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, host: str, scope: str) -> str:
        with self._lock:
            header, until = self._headers.get((host, scope), ("", 0.0))
        return header if header and time.monotonic() < until else ""

    def keep(self, host: str, scope: str, header: str, seconds: float) -> None:
        with self._lock:
            self._headers[host, scope] = header, time.monotonic() + seconds


READING = "pull"
WRITING = "pull,push"
DELETING = "pull,push,delete"
"""https://distribution.github.io/distribution/spec/auth/scope/"""


class Authorization(httpx.Auth):
    """What `actions` says on one repository (RFC 9110, and the token protocol of the distribution specification).

    `logins` is asked for this very host alone, and only where it has asked. Raises BadInput for a registry that wants
    credentials, and for one that would have them sent in the clear. No error shows them.
    """

    requires_response_body = True

    def __init__(
        self, host: str, repository: str, logins: Logins, tokens: KnownTokens, actions: str = READING
    ) -> None:
        self._host = host
        self._actions = actions
        self._repository = repository
        self._logins = logins
        self._tokens = tokens

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        known = self._tokens.of(self._host, self._opens)
        if known:
            request.headers["Authorization"] = known
        response = yield request
        # Where a redirect leads, somebody else asks: nothing of ours is for them.
        if response.status_code != 401 or response.url.netloc != request.url.netloc:
            return
        login = self._logins.of(self._host, self._repository) or Login()
        wanted = self._wanted(response)
        with kept_out_of_errors(login.secrets):
            if login.registry_token:
                header, seconds = f"Bearer {login.registry_token}", _DAY
            elif wanted.scheme == "bearer":
                given = yield self._token_request(wanted, login, request.url)
                if asks_to_wait(given) is not None:
                    # Then that is the answer, for whoever waits.
                    return
                header, seconds = self._bearer(given)
            elif login.username or login.password:
                header, seconds = _basic(login), _DAY
            else:
                raise self._wants_credentials()
        request.headers["Authorization"] = header
        response = yield request
        if response.status_code == 401:
            self._logins.refused(self._host, self._repository)
        else:
            self._tokens.keep(self._host, self._opens, header, seconds)

    def _wanted(self, response: httpx.Response) -> Challenge:
        """A token where that is one of the ways, for it opens this repository alone."""
        asked = www_authenticate.challenges(", ".join(response.headers.get_list("WWW-Authenticate")))
        tokens = [each for each in asked if each.scheme == "bearer" and each.parameters.get("realm")]
        if found := [*tokens, *(each for each in asked if each.scheme == "basic")]:
            return found[0]
        raise self._wants_credentials()

    def _wants_credentials(self) -> BadInput:
        return BadInput(
            "the registry wants credentials",
            where=self._where,
            next_step="Configure registry credentials.",
        )

    def _token_request(self, wanted: Challenge, login: Login, asked: httpx.URL) -> httpx.Request:
        """With an identity token by OAuth 2: https://distribution.github.io/distribution/spec/auth/oauth/"""
        realm = wanted.parameters["realm"]
        address = httpx.URL(realm)
        in_the_clear = address.scheme == "http" and (
            asked.scheme == "https" or not loopback.is_loopback(address.host)
        )
        if in_the_clear:
            raise BadInput(f"the registry sends credentials to {realm}, in the clear", where=self._host)
        query = {
            "service": wanted.parameters.get("service", ""),
            "scope": self._opens,
        }
        given = {key: value for key, value in query.items() if value}
        if login.identity_token:
            form = {"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": login.identity_token}
            return httpx.Request("POST", address, data={**given, **form})
        headers = {"Authorization": _basic(login)} if login.username or login.password else {}
        return httpx.Request("GET", address.copy_merge_params(given), headers=headers)

    def _bearer(self, response: httpx.Response) -> tuple[str, float]:
        """The header, and for how many seconds it holds."""
        require_success(response, self._where, secret=True)
        answer = json_object(response, secret=True)
        token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str):
            raise BadInput("the answer holds no token", where=str(response.url.copy_with(query=None)))
        ends = answer.get("expires_in")
        seconds = float(ends) if isinstance(ends, int | float) and 0 < ends < _DAY else HOLDS
        return f"Bearer {token}", max(seconds - MARGIN, seconds / 2)

    @property
    def _opens(self) -> str:
        return f"repository:{self._repository}:{self._actions}"

    @property
    def _where(self) -> str:
        return f"{self._host}/{self._repository}"


def _basic(login: Login) -> str:
    request = httpx.Request("GET", "https://registry")
    auth = httpx.BasicAuth(login.username, login.password)
    return str(next(auth.sync_auth_flow(request)).headers["Authorization"])
