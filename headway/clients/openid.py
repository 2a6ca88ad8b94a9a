"""An OpenID provider: what it says of itself, its keys, and the ID token that it gives for a code.

What it says of itself and its keys are kept for an hour. A provider that is away is asked again after some seconds, whoever
would sign in meanwhile; a key that is not known yet has its keys read once more, at most once a minute.
"""

import base64
import re
import weakref
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Generic, TypeVar
from urllib.parse import quote_plus

import httpx

from headway.clients.bounded import BoundedTransport, as_ours
from headway.clients.clock import elapsing
from headway.errors import BadInput, HeadwayError, Refused, Unreachable
from headway.formats import id_token, json_limits, openid_discovery
from headway.formats.id_token import Expected, Key, UnknownKey
from headway.formats.openid_discovery import Provider

LIMIT = 512 * 2**10
"""Bytes of an answer."""
TOTAL_SECONDS = 10.0
TIMEOUT = httpx.Timeout(5, connect=3)
KEPT_SECONDS = 3600.0
AWAY_SECONDS = 5.0
KEYS_AGAIN_SECONDS = 60.0
_SYSTEM = "the OpenID provider"
_ERROR = re.compile(r"[a-z_]{1,50}\Z")
T = TypeVar("T")


class OpenIdProvider:
    """`secret`: of this client, read for each code, so that it may change. `inner`: what answers in place of the network."""

    def __init__(
        self, issuer: str, client: str, secret: Callable[[], str], inner: httpx.BaseTransport | None = None
    ) -> None:
        self._issuer, self._client_id, self._secret = issuer, client, secret
        self._http = httpx.Client(
            timeout=TIMEOUT,
            # It is asked where it says it is: neither a code nor a secret goes anywhere else.
            follow_redirects=False,
            # No proxy of the machine's environment, and no .netrc.
            trust_env=False,
            transport=BoundedTransport(inner, seconds=TOTAL_SECONDS, limit=LIMIT),
        )
        weakref.finalize(self, self._http.close)
        self._said = _Kept(self._discover)
        self._keys = _Kept(self._read_keys)

    def described(self) -> Provider:
        """Raises Unreachable, and BadInput for a description that is none of its own."""
        return self._said.get()

    def claims(self, code: str, verifier: str, back: str, nonce: str, now: datetime) -> dict[str, Any]:
        """What it signs of whoever came `back` with that code (RFC 6749, 4.1.3; RFC 7636, 4.5).

        Raises Unreachable; Refused where it gives nothing for the code; BadInput for a token that proves nothing.
        """
        token = self._exchange(code, verifier, back)
        expected = Expected(self._issuer, self._client_id, nonce, now)
        try:
            return id_token.claims(token, self._keys.get(), expected)
        except UnknownKey:
            return id_token.claims(token, self._keys.get(not_older_than=KEYS_AGAIN_SECONDS), expected)

    def _exchange(self, code: str, verifier: str, back: str) -> str:
        provider = self.described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        headers = {"Accept": "application/json"}
        if provider.takes_basic:
            pair = f"{quote_plus(self._client_id)}:{quote_plus(self._secret())}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self._client_id, "client_secret": self._secret()}
        status, data = self._ask("POST", provider.token, data=form, headers=headers)
        try:
            said = json_limits.load(data)
        except ValueError:
            said = None
        answer = said if isinstance(said, dict) else {}
        if status != 200:
            why = answer.get("error")
            told = f" ({why})" if isinstance(why, str) and _ERROR.match(why) else ""
            raise Refused(f"it answered {status} to the code{told}", where=provider.token)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise BadInput("its answer holds no ID token", where=provider.token)
        return token

    def _discover(self) -> Provider:
        address = openid_discovery.address_of(self._issuer)
        return openid_discovery.parse(self._get(address), self._issuer)

    def _read_keys(self) -> Sequence[Key]:
        address = self.described().keys
        return id_token.keys_of(self._get(address), address)

    def _get(self, address: str) -> bytes:
        status, data = self._ask("GET", address, headers={"Accept": "application/json"})
        if status != 200:
            raise BadInput(f"it answered {status}", where=address, next_step="Correct the issuer.")
        return data

    def _ask(self, method: str, address: str, **more: Any) -> tuple[int, bytes]:
        with as_ours(_SYSTEM, address):
            response = self._http.request(method, address, **more)
        status = response.status_code
        if status == 429 or status >= 500:
            raise Unreachable(f"it answered {status}", where=address, next_step="Try again.")
        if response.is_redirect:
            raise BadInput("it leads somewhere else, where nobody follows", where=address)
        return status, response.content


class _Kept(Generic[T]):
    """What is read once for all, by one at a time; that it could not be is kept for a while, too."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._lock = Lock()
        self._found: T | None = None
        self._trouble: HeadwayError | None = None
        self._at = float("-inf")

    def get(self, *, not_older_than: float = KEPT_SECONDS) -> T:
        with self._lock:
            age = elapsing() - self._at
            if self._trouble and age < AWAY_SECONDS:
                raise self._trouble
            if self._found is None or self._trouble or age >= not_older_than:
                self._at = elapsing()
                try:
                    self._found, self._trouble = self._read(), None
                except HeadwayError as error:
                    self._at, self._trouble = elapsing(), error
                    raise
            return self._found
