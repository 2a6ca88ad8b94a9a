"""Sessions: random ids whose other half stays here, so that they end when they should, and with this process.

What a browser holds is worth nothing to whoever reads this memory's copy: of an id only its digest is kept.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

AT_ONCE = 10_000
"""More end the oldest."""

OPENID = "openid"
"""By an OpenID provider, which is not asked again."""


@dataclass
class Session:
    name: str
    groups: frozenset[str]
    proof: str
    """How they signed in: the digest of their token, or OPENID; empty where a proxy says who they are, anew with each request."""
    began: datetime
    seen: datetime
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """What each form of the session carries, and no other site knows."""


class Sessions:
    def __init__(self, idle: timedelta, longest: timedelta, now: Callable[[], datetime]) -> None:
        self._idle, self._longest, self._now = idle, longest, now
        self._salt = secrets.token_urlsafe(32)
        self._kept: dict[str, Session] = {}
        self._lock = Lock()

    def begin(
        self, name: str, groups: frozenset[str], proof: str = "", since: datetime | None = None
    ) -> tuple[str, Session]:
        """Its id, which is told to the browser alone, and the session. `since`: when they proved who they are, if not now."""
        key, now = secrets.token_urlsafe(32), self._now()
        return key, self._keep(key, Session(name, groups, proof, since or now, now))

    def _keep(self, key: str, session: Session) -> Session:
        now = self._now()
        with self._lock:
            self._kept = {at: each for at, each in self._kept.items() if self._lives(each, now)}
            while len(self._kept) >= AT_ONCE:
                del self._kept[next(iter(self._kept))]
            self._kept[_digest(key)] = session
        return session

    def named(self, name: str, groups: frozenset[str], *, watching: bool) -> Session | None:
        """The one session of somebody whom a proxy names with each request, so that no browser has to keep any: however often
        they ask, there is one. `watching`: as with `find`, and none begins.
        """
        key = "\n".join((self._salt, name, *sorted(groups)))
        session = self.find(key, touch=not watching)
        if session is None and not watching:
            session = self._keep(key, Session(name, groups, "", self._now(), self._now()))
        return session

    def find(self, key: str, *, touch: bool = True) -> Session | None:
        """None where there is none, or it has ended. `touch`: a person did something, so that it is not idle."""
        with self._lock:
            session, now = self._kept.get(_digest(key)), self._now()
            if session is None or not self._lives(session, now):
                self._kept.pop(_digest(key), None)
                return None
            if touch:
                session.seen = now
            return session

    def end(self, key: str) -> None:
        with self._lock:
            self._kept.pop(_digest(key), None)

    def _lives(self, session: Session, now: datetime) -> bool:
        return now < session.seen + self._idle and now < session.began + self._longest


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
