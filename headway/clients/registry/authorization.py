"""How a registry lets one in: the challenge of a 401 is answered, with a token fetched for reading where it wants one."""

import re
import threading
from collections.abc import Generator
from dataclasses import dataclass, field

import httpx

from headway.clients.registry.answers import json_object, require_success
from headway.errors import BadInput

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class KnownTokens:
    """What was let in last, by host and repository, so that a challenge is answered once; safe among threads."""

    _headers: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, host: str, repository: str) -> str:
        with self._lock:
            return self._headers.get((host, repository), "")

    def keep(self, host: str, repository: str, header: str) -> None:
        with self._lock:
            self._headers[host, repository] = header


class PullAuthorization(httpx.Auth):
    """Reading of one repository (RFC 7235, and the token protocol of the distribution specification).

    `basic` is the header of the credentials for this very host, empty where there are none. Raises BadInput for a registry
    that wants credentials, and for one that would have them sent in the clear.
    """

    requires_response_body = True

    def __init__(self, host: str, repository: str, basic: str, tokens: KnownTokens) -> None:
        self._host = host
        self._repository = repository
        self._basic = basic
        self._tokens = tokens

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        known = self._tokens.of(self._host, self._repository)
        if known:
            request.headers["Authorization"] = known
        response = yield request
        # Where a redirect leads, somebody else asks: nothing of ours is for them.
        if response.status_code != 401 or response.url.netloc != request.url.netloc:
            return
        kind, _, rest = response.headers.get("WWW-Authenticate", "").partition(" ")
        if kind.lower() == "basic" and self._basic:
            header = self._basic
        else:
            parameters = dict(_PARAMETER.findall(rest)) if kind.lower() == "bearer" else {}
            header = self._bearer((yield self._token_request(parameters, request.url)))
        self._tokens.keep(self._host, self._repository, header)
        request.headers["Authorization"] = header
        yield request

    def _token_request(self, parameters: dict[str, str], asked: httpx.URL) -> httpx.Request:
        realm = parameters.get("realm", "")
        if not realm:
            raise BadInput(
                "the registry wants credentials",
                where=self._where,
                next_step="Configure registry credentials.",
            )
        address = httpx.URL(realm)
        if address.scheme != "https" and asked.scheme == "https":
            raise BadInput(f"the registry sends credentials to {realm}, in the clear", where=self._host)
        query = {"service": parameters.get("service", ""), "scope": f"repository:{self._repository}:pull"}
        return httpx.Request(
            "GET",
            address.copy_merge_params({key: value for key, value in query.items() if value}),
            headers={"Authorization": self._basic} if self._basic else {},
        )

    def _bearer(self, response: httpx.Response) -> str:
        require_success(response, self._where)
        answer = json_object(response)
        token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str):
            raise BadInput("the answer holds no token", where=str(response.url))
        return f"Bearer {token}"

    @property
    def _where(self) -> str:
        return f"{self._host}/{self._repository}"
