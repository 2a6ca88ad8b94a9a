"""Who asks: by the session of their browser, which a token, an OpenID provider or a proxy that is trusted has begun."""

from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response

from headway.errors import Refused
from headway.view.openid import Person
from headway.view.people import ANYBODY, Visitor, visitor, why_no_groups, why_no_name
from headway.view.sessions import OPENID, Session, Sessions
from headway.view.settings import Settings
from headway.view.tokens import Tokens, digest_of

NO_TEXT = "\0"


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who has been identified."""

    visitor: Visitor
    session: Session | None = None
    """None where nobody signs in: then nothing can be done, either."""
    begun: str = ""
    """Id of a session that began with this request."""

    def may_post(self, csrf: str) -> bool:
        return self.session is not None and compare_digest(self.session.csrf.encode(), csrf.encode())


class Access:
    def __init__(self, settings: Settings, sessions: Sessions, tokens: Tokens, *, https: bool) -> None:
        self._settings, self._sessions, self._tokens = settings, sessions, tokens
        self._https = https
        # A browser takes this prefix over https alone, and from no other host (RFC 6265bis).
        self.cookie = "__Host-headway" if https else "headway_session"

    def known(self, request: Request, *, watching: bool = False) -> Known | None:
        """None for somebody who has to sign in first, or again. Raises BadInput for a damaged file of tokens.

        `watching`: it is their page that asks, and not they: no session begins or lasts longer by that.
        """
        if self._settings.sign_in is None:
            return Known(ANYBODY)
        told = self._told_by_proxy(request)
        session = self._sessions.find(request.cookies.get(self.cookie, ""), touch=not watching)
        if session and self._still(session, told):
            return self._as(session)
        if told is None:
            return self._bearer(request)
        session = self._sessions.named(*told, watching=watching)
        return self._as(session) if session else None

    def _bearer(self, request: Request) -> Known | None:
        """A program that reads, such as Prometheus: it has no session, and can do nothing."""
        token = bearer(request)
        owner = self._tokens.owner(token) if token else ""
        return Known(visitor(owner, (), self._settings.roles)) if owner else None

    def sign_in(self, token: str) -> Known | None:
        """Begin a session for the owner of a token; None for a token that is nobody's."""
        owner = self._tokens.owner(token)
        if not owner:
            return None
        key, session = self._sessions.begin(owner, frozenset(), digest_of(token))
        return self._as(session, key)

    def sign_in_by_provider(self, person: Person) -> Known:
        """Raises Refused for somebody who is called as the owner of a token is: whoever may choose a name there would be them."""
        if self._tokens.knows(person.name):
            raise Refused(
                "somebody with a token of this release view is called so",
                where=person.name,
                next_step="Whoever runs it gives that token another name.",
            )
        key, session = self._sessions.begin(person.name, person.groups, OPENID, person.since)
        return self._as(session, key)

    def sign_out(self, request: Request, response: Response) -> None:
        self._sessions.end(request.cookies.get(self.cookie, ""))
        response.delete_cookie(self.cookie, path="/", secure=self._https, httponly=True, samesite="lax")

    def remember(self, known: Known, response: Response) -> None:
        """Have the browser keep the session that has just begun."""
        if known.begun:
            response.set_cookie(
                self.cookie, known.begun, path="/", secure=self._https, httponly=True, samesite="lax"
            )

    def _as(self, session: Session, begun: str = "") -> Known:
        return Known(visitor(session.name, session.groups, self._settings.roles), session, begun)

    def _still(self, session: Session, told: tuple[str, frozenset[str]] | None) -> bool:
        if session.proof == OPENID:
            return not self._tokens.knows(session.name)
        if session.proof:
            return self._tokens.holds(session.name, session.proof)
        return told == (session.name, session.groups)

    def _told_by_proxy(self, request: Request) -> tuple[str, frozenset[str]] | None:
        """Who a trusted proxy says it is. From anybody else, or said twice, the header is not heard; nor is what is no
        name, or could be tidied into another's.
        """
        proxy = self._settings.sign_in.proxy if self._settings.sign_in else None
        if proxy is None or request.client is None:
            return None
        try:
            peer = ip_address(request.client.host)
        except ValueError:
            return None
        names = _texts(request, proxy.header)
        if not any(peer in network for network in proxy.networks) or len(names) != 1:
            return None
        listed = _texts(request, proxy.groups) if proxy.groups else []
        # Blanks around a comma are no part of a value (RFC 9110, 5.6.1); other space may be of a name.
        groups = [each for one in listed for part in one.split(",") if (each := part.strip(" \t"))]
        if why_no_name(names[0]) or len(listed) > 1 or why_no_groups(groups):
            return None
        return names[0], frozenset(groups)


def bearer(request: Request) -> str:
    """The token that a program shows; empty where it shows none. Another scheme is none: a proxy may pass on its own."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def is_program(request: Request) -> bool:
    """It shows a token, and is no person's browser, which asks for HTML: a proxy before the view may add a token of its own to
    all that it passes on."""
    return bool(bearer(request)) and "text/html" not in request.headers.get("accept", "")


def _texts(request: Request, header: str) -> list[str]:
    """Its values, which proxies send in UTF-8; for one that is not, what can be no name."""
    found = []
    for each in request.headers.getlist(header):
        try:
            found.append(each.encode("latin-1").decode())
        except UnicodeDecodeError:
            found.append(NO_TEXT)
    return found
