"""Hosts that could not answer, as all processes of this machine know them, so that those that poll leave them alone.

A file a host, which is there only while it is in trouble: a host that answers costs the look into an empty folder.
"""

import contextlib
import hashlib
import json
import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from headway.clients.private_files import cache, made_private, sweep, write_whole
from headway.decide.hosts import leaving_alone
from headway.decide.hosts.leaving_alone import Trouble
from headway.errors import HeadwayError, LeftAlone, Unreachable

_SCP_LIKE = re.compile(r"^[\w.-]+@([A-Za-z0-9][\w.-]*):(?!//)")
_FILE_LIMIT = 4096
_SAYS_NOTHING = leaving_alone.LONGEST + leaving_alone.FORGOTTEN
_PORTS = {"ssh": ":22", "http": ":80", "git": ":9418"}
"""Of who names none. Another port is another server: ssh may be barred on the way where https is not."""
_polls: ContextVar[bool] = ContextVar("polls", default=False)


@contextmanager
def polling() -> Iterator[None]:
    """What this thread does meanwhile nobody has asked for: hosts in trouble are left alone."""
    before = _polls.set(True)
    try:
        yield
    finally:
        _polls.reset(before)


def of_address(address: str) -> str:
    """Host of a URL or of user@host:path, with its port, but for that of https; empty for a folder of this machine."""
    if scp := _SCP_LIKE.match(address):
        return f"{scp[1].lower()}:22"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2].lower()
    if not host or port:
        return host.removesuffix(":443") if parts.scheme == "https" else host
    return host.removesuffix(":") + _PORTS.get(parts.scheme, "")


class Hosts:
    """Safe among threads and processes. A file that cannot be read or written is as good as none.

    `folder`: None is that of this user, ~/.cache/headway/hosts.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder

    @contextmanager
    def asking(self, host: str, *, account: str = "", waits: bool = False) -> Iterator[None]:
        """Around one question: `require` before it, and `heard` after it."""
        began = self.require(host, account=account, waits=waits)
        try:
            yield
        except HeadwayError as error:
            self.heard(host, error, began=began, account=account)
            raise
        self.heard(host, None, began=began, account=account)

    def require(self, host: str, *, account: str = "", waits: bool = False) -> datetime:
        """Raises LeftAlone where the host is not to be asked now; else now.

        `account`: whose limit it is, where a host counts by account; no secret. `waits`: who asks waits himself for as long as
        the host has asked for (see `pause`). No host at all (empty) is never left alone.
        """
        now = datetime.now(UTC)
        trouble = self._read(host, account) if host else None
        polls = _polls.get()
        if not trouble or not leaving_alone.is_left_alone(trouble, now, polls=polls):
            return now
        if waits and trouble.asked:
            return now
        raise LeftAlone(
            leaving_alone.sentence(trouble),
            where=host,
            next_step=f"It is asked again then; {self._at_once(trouble, host, account)}.",
        )

    def _at_once(self, trouble: Trouble, host: str, account: str) -> str:
        if not leaving_alone.binds_all(trouble):
            return "headway deliver APPLICATION asks at once"
        folder = self._given or Path("~/.cache/headway/hosts")
        return f"who must ask at once deletes {folder / self._file(host, account).name} on the machine that says so"

    def heard(self, host: str, error: HeadwayError | None, *, began: datetime, account: str = "") -> None:
        """What came of a question: Unreachable alone says that the host did not answer, where it says so by its status."""
        if not host or isinstance(error, LeftAlone):
            return
        if not isinstance(error, Unreachable):
            self._forget(host, account)
        elif error.status is not None and leaving_alone.speaks_of_host(error.status):
            self._failed(host, account, error.status, error.retry_after, began)

    def pause(self, host: str, *, account: str = "") -> float:
        """Seconds for which whoever asks now leaves the host alone yet, where it has asked for it."""
        trouble, now, polls = self._read(host, account), datetime.now(UTC), _polls.get()
        if not trouble or not trouble.asked or not leaving_alone.is_left_alone(trouble, now, polls=polls):
            return 0.0
        return (leaving_alone.ends(trouble, polls=polls) - now).total_seconds()

    def _failed(
        self, host: str, account: str, status: int, retry_after: float | None, began: datetime
    ) -> None:
        trouble = leaving_alone.after_failure(
            self._read(host, account),
            status,
            began=began,
            now=datetime.now(UTC),
            asked=None if retry_after is None else timedelta(seconds=min(retry_after, 86400.0)),
            chance=random.random(),
        )
        said = {
            "host": host,
            "times": trouble.times,
            "status": trouble.status,
            "at": trouble.at.timestamp(),
            "until": trouble.until.timestamp(),
            "asked": trouble.asked,
        }
        with contextlib.suppress(OSError):
            file = self._file(host, account)
            write_whole(made_private(file.parent) / file.name, json.dumps(said).encode())
            with os.scandir(file.parent) as entries:
                sweep(entries, _SAYS_NOTHING.total_seconds())

    def _read(self, host: str, account: str) -> Trouble | None:
        try:
            with self._file(host, account).open("rb") as stream:
                said = json.loads(stream.read(_FILE_LIMIT))
            at, until = (datetime.fromtimestamp(float(said[each]), UTC) for each in ("at", "until"))
            until = min(until, at + leaving_alone.LONGEST)
            return Trouble(int(said["times"]), int(said["status"]), at, until, bool(said["asked"]))
        except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
            return None

    def _forget(self, host: str, account: str) -> None:
        with contextlib.suppress(OSError):
            self._file(host, account).unlink(missing_ok=True)

    def _file(self, host: str, account: str) -> Path:
        folder = self._given or cache() / "hosts"
        return folder / hashlib.sha256(f"{host} {account}".encode()).hexdigest()[:32]


class _NoHosts(Hosts):
    """Nobody is remembered: for answers that come from no network."""

    def _read(self, host: str, account: str) -> None:
        pass

    def heard(self, host: str, error: HeadwayError | None, *, began: datetime, account: str = "") -> None:
        pass


OF_THIS_MACHINE = Hosts()
NONE: Hosts = _NoHosts()
