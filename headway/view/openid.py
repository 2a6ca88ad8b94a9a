"""Signing in at an OpenID provider: the browser is sent there, and comes back with a code for one sign-in of its own.

What is known of a sign-in that has begun stays here, under a cookie of the browser that began it: a code that somebody else's
browser was given, or one that comes twice, leads nowhere (RFC 6749, 10.12; RFC 9700, 2.1).
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from headway.clients.openid import OpenIdProvider
from headway.errors import BadInput, Refused
from headway.formats import id_token
from headway.view.people import why_no_groups, why_no_name
from headway.view.settings import OpenIdSettings

BACK = "/sign-in/openid/back"
"""Where the provider sends people."""
LASTS = timedelta(minutes=10)
AT_ONCE = 10_000
"""More end the oldest."""
_AGAIN = "Sign in anew."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a provider has named."""

    name: str
    groups: frozenset[str]
    since: datetime
    """When they proved to it who they are."""
    after: str
    """The page that they wanted."""


@dataclass(frozen=True, slots=True)
class _Begun:
    nonce: str
    verifier: str
    after: str
    at: datetime


class OpenId:
    def __init__(
        self,
        settings: OpenIdSettings,
        url: str,
        provider: OpenIdProvider,
        longest: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._settings, self._provider = settings, provider
        self._back = f"{url}{BACK}"
        self._longest, self._now = longest, now
        self._begun: dict[tuple[str, str], _Begun] = {}
        """By what the browser keeps, and by the state that comes back: several tabs may sign in at once."""
        self._lock = Lock()

    def begin(self, after: str, key: str = "") -> tuple[str, str]:
        """Where the browser goes, and what it keeps meanwhile: what it has kept already since another tab of it began.

        Raises Unreachable, and BadInput for what is no provider.
        """
        provider = self._provider.described()
        if self.is_over(key):
            key = secrets.token_urlsafe(32)
        state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        begun = _Begun(nonce, secrets.token_urlsafe(64), after, self._now())
        with self._lock:
            ends = self._now() - LASTS
            self._begun = {at: each for at, each in self._begun.items() if each.at > ends}
            while len(self._begun) >= AT_ONCE:
                del self._begun[next(iter(self._begun))]
            self._begun[_digest(key), _digest(state)] = begun
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest())
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._back,
            "scope": " ".join(dict.fromkeys(["openid", *self._settings.scopes])),
            "state": state,
            "nonce": begun.nonce,
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
            "max_age": str(int(self._longest.total_seconds())),
        }
        parts = urlsplit(provider.authorize)
        query = "&".join(filter(None, (parts.query, urlencode(asked))))
        return urlunsplit(parts._replace(query=query)), key

    def is_over(self, key: str) -> bool:
        """Whether nothing that this browser began is under way."""
        kept = _digest(key)
        with self._lock:
            return all(browser != kept for browser, _ in self._begun)

    def finish(self, key: str, said: Sequence[tuple[str, str]]) -> Person:
        """Who has come back. `said`: what the address that they were sent to says.

        Raises Refused, BadInput or Unreachable; the sign-in that began is over in any case.
        """
        answer = dict(said)
        if len(answer) != len(said):
            raise BadInput("what the provider sent says something twice", where="sign-in", next_step=_AGAIN)
        with self._lock:
            begun = self._begun.pop((_digest(key), _digest(answer.get("state", ""))), None)
        if begun is None or begun.at <= self._now() - LASTS:
            raise Refused(
                "this sign-in was not begun in this browser, or is over", where="sign-in", next_step=_AGAIN
            )
        issuer = self._settings.issuer
        named = answer.get("iss", None if self._provider.described().names_itself else issuer)
        if named != issuer:
            raise Refused("another provider answered", where="sign-in", next_step=_AGAIN)
        if "error" in answer or not answer.get("code"):
            raise Refused("the provider signed nobody in", where=self._settings.host, next_step=_AGAIN)
        now = self._now()
        claims = self._provider.claims(answer["code"], begun.verifier, self._back, begun.nonce, now)
        since = id_token.signed_in_at(claims, now)
        if now - since >= self._longest:
            raise Refused(
                "the provider signed them in too long ago",
                where=self._settings.host,
                next_step="Sign out there, and sign in anew.",
            )
        return Person(name_of(claims, self._settings), groups_of(claims, self._settings), since, begun.after)


def name_of(claims: Mapping[str, Any], settings: OpenIdSettings) -> str:
    """Raises Refused for what is none, or a group's."""
    claim = settings.user_claim
    name = claims.get(claim)
    if claim == "email" and claims.get("email_verified") is not True:
        raise _refused("email", "the provider has not made sure of it (email_verified)")
    if why := why_no_name(name):
        raise _refused(claim, why)
    return str(name)


def groups_of(claims: Mapping[str, Any], settings: OpenIdSettings) -> frozenset[str]:
    """None where the provider names none. Raises Refused for what are no groups."""
    claim = settings.groups_claim
    listed = claims.get(claim, []) if claim else []
    if why := why_no_groups(listed):
        raise _refused(str(claim), why)
    return frozenset(listed)


def _refused(claim: str, what: str) -> Refused:
    return Refused(
        what, where=f"claim {claim} of the ID token", next_step="The provider's operator knows why."
    )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
