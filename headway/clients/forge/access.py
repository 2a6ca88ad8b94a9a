"""How a forge is asked. Its token goes to the scheme and host that it is for, and follows no redirect."""

import hashlib
import time
import weakref
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from headway.clients import hosts
from headway.clients.bounded import BoundedTransport, as_ours
from headway.clients.forge.answers import Answers
from headway.errors import BadInput, Conflict, Refused, Unreachable
from headway.formats import json_limits, retry_after
from headway.formats.shortened import shortened
from headway.model.credentials import ForgeCredentials

TIMEOUT = httpx.Timeout(15, connect=3)
TOTAL_SECONDS = 60.0
ANSWER_LIMIT = 16 * 2**20
"""Bytes: of fifty pull requests with long texts."""
SAID_LIMIT = 300
PAGE = 50
PAGES = 20
"""No more of a list is read."""
_RIGHTS = (
    "Where it is the token's rights: make one with those of docs/git-hosts.md, The token; "
    "then headway add URL --forge-token-from FILE."
)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ForgeAccess:
    """`repository`: its address, as people open it; `header`: that of a token, or `auth` where that changes."""

    def __init__(
        self,
        repository: str,
        api: str,
        credentials: ForgeCredentials,
        header: Mapping[str, str],
        said: Answers,
        transport: httpx.BaseTransport | None = None,
        auth: httpx.Auth | None = None,
    ) -> None:
        """Raises BadInput where the token is for another place, or would be sent in the clear."""
        self._repository, self._api, self._said = repository, api, said
        self._hosts = hosts.NONE if transport else hosts.OF_THIS_MACHINE
        _check(repository, credentials)
        # A forge counts by token: whose limit is used up keeps no other from asking.
        self._account = repr(credentials.app or hashlib.sha256(credentials.token.encode()).hexdigest())
        self._client = httpx.Client(
            timeout=TIMEOUT,
            follow_redirects=False,
            # No .netrc, which would show another's password.
            trust_env=False,
            headers={"Accept": "application/json", **header},
            auth=auth,
            transport=BoundedTransport(transport, seconds=TOTAL_SECONDS, limit=ANSWER_LIMIT, plain=True),
        )
        weakref.finalize(self, self._client.close)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, str | int] | None = None,
        may_be_absent: bool = False,
    ) -> Any:
        """The JSON of the answer; None for none at all, and for 404 where that `may_be_absent`. Raises what Forge says of all."""
        address = f"{self._api}{path}"
        with self._hosts.asking(hosts.of_address(address), account=self._account):
            with as_ours("the git host", address):
                response = self._client.request(method, address, json=body, params=query)
            if response.status_code != 404 or not may_be_absent:
                self._require_success(response)
        if response.status_code == 404 and may_be_absent:
            return None
        if not response.content:
            return None
        try:
            return json_limits.load(response.content)
        except ValueError as error:
            raise BadInput(
                f"no forge answers so: it is not JSON, it begins {response.content[:40]!r}",
                where=address,
                next_step="Is this the address of a repository?",
            ) from error

    def pages(self, path: str, size: str = "per_page", **query: str) -> Iterator[Mapping[str, Any]]:
        """All that is listed there. `size`: what the forge calls the length of a page. Raises BadInput for more than PAGES."""
        for page in range(1, PAGES + 1):
            asked: dict[str, str | int] = {**query, "page": page, size: PAGE}
            listed = self._said.listed(self.ask("GET", path, query=asked))
            yield from listed
            if not listed:
                return
        raise BadInput(f"the git host lists more than {PAGE * PAGES}", where=f"{self._repository}: {path}")

    def _require_success(self, response: httpx.Response) -> None:
        status, where = response.status_code, self._repository
        if response.is_success:
            return
        said = said_of(response)
        # GitHub says 403 to whom it has answered often enough for now.
        pause = _pause(response)
        is_paced = status == 403 and pause is not None
        if status == 429 or status >= 500 or is_paced:
            raise Unreachable(
                f"the git host answered {status}",
                where=where,
                next_step="It is tried again.",
                status=429 if is_paced else status,
                retry_after=pause,
            )
        if response.has_redirect_location:
            raise BadInput(
                f"it leads to {shortened(response.headers['Location'])}, where no token goes",
                where=where,
                next_step="Write the address that it leads to.",
            )
        if status == 401:
            raise BadInput(
                "the git host does not know the token",
                where=where,
                next_step="Give another: headway add URL --forge-token-from FILE.",
            )
        if status == 404:
            raise BadInput(
                f"it is not there, or the token may not see it{said}",
                where=where,
                next_step="Correct the address, or the token's rights.",
            )
        if status in (409, 412):
            raise Conflict(f"the git host says that somebody was first{said}", where=where)
        raise Refused(
            f"the git host refuses it ({status}){said}",
            where=where,
            next_step=_RIGHTS if status == 403 else "",
        )


def _pause(response: httpx.Response) -> float | None:
    """Seconds for which the forge asks to be left alone: by Retry-After, or by what is left of its limit.

    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    headers = response.headers
    pause = retry_after.of_answer(headers, time.time())
    if pause is None and headers.get("x-ratelimit-remaining") == "0":
        reset = headers.get("x-ratelimit-reset", "")
        known = reset.isascii() and reset.isdigit() and len(reset) < 16
        pause = max(0.0, float(reset) - time.time()) if known else 0.0
    return 0.0 if pause is None and "retry-after" in headers else pause


def said_of(response: httpx.Response) -> str:
    """What the forge says of a refusal, after a colon; empty where it says nothing that can be read."""
    try:
        said = json_limits.load(response.content)
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    errors = said.get("errors")
    details = (
        [each.get("message") for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    )
    message = said.get("message") or said.get("error")
    told = [*(message if isinstance(message, list) else [message]), *details]
    text = " ".join("; ".join(each for each in told if isinstance(each, str)).split())
    return f": {text[:SAID_LIMIT]}" if text else ""


def _check(repository: str, credentials: ForgeCredentials) -> None:
    try:
        parts, allowed = urlsplit(repository), urlsplit(credentials.address)
        origin, good_at = _origin(parts), _origin(allowed)
    except ValueError as error:
        raise BadInput(f"it is no address ({error})", where=shortened(repository)) from error
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username
        or parts.query
        or parts.fragment
    ):
        raise BadInput(
            "it is no address such as https://git.example.com/team/shop", where=shortened(repository)
        )
    if origin != good_at:
        raise BadInput(
            f"the git host's token is for {credentials.address} alone",
            where=repository,
            next_step="Correct the credentials, or the address.",
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise BadInput(
            "the git host's token would be sent in the clear", where=repository, next_step="Use https."
        )


def _origin(parts: Any) -> tuple[str, str, int | None]:
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or standard
