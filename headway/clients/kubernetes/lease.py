"""One run at a time acts on a release; one that comes meanwhile leaves a mark, and the holder looks once
more.

So the latest wins and nothing is lost: a mark is either seen by the holder when it lets go, by
compare-and-swap,
or it finds the lease free.
"""

import threading
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from headway.clients.clock import elapsing
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import Conflict, Gone, HeadwayError, LeaseLost, Retryable
from headway.formats import foreign_time

LOOK_AGAIN = "headway/look-again"
_TOKEN = " #"
"""Between the name of a holder and what tells two of one name apart."""
_RENEWALS_PER_DURATION = 3
_DATE_RESOLUTION = timedelta(seconds=2)
"""The Date header has whole seconds, and two API servers' clocks are not one."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The lease is held; its holder was told to look again before it lets go."""

    holder: str


class ReleaseLease:
    """Lease `headway.<release>` (coordination.k8s.io/v1) in the release's namespace."""

    def __init__(self, cluster: Cluster, namespace: str, release: str) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._folder = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._name = f"headway.{release}"
        self._seen: tuple[tuple[str, str], float] | None = None

    @property
    def path(self) -> str:
        return f"{self._folder}/{self._name}"

    def acquire(self, holder: str, duration: timedelta = timedelta(seconds=30)) -> "Held | HandedOver":
        """Take the lease where it is free, given back or expired; otherwise leave the mark.

        `holder` is for people. A run that is started again while its former process lives has the same name, so each call
        gets a token of its own. Raises Unreachable and what else the API says.
        """
        holder = f"{holder}{_TOKEN}{uuid.uuid4().hex[:12]}"
        while True:
            found = self._cluster.api.find(self.path)
            try:
                if found is None:
                    return self._create(holder, duration)
                spec = found.get("spec") or {}
                current = spec.get("holderIdentity") or ""
                if not current or self._expired(spec):
                    return self._take(found, holder, duration)
                self._mark(found)
            except Gone:
                self._cluster.ensure_namespace(self._namespace)
            except Conflict:
                continue
            else:
                return HandedOver(_name(current))

    def is_held(self) -> bool:
        """Whether somebody holds it now and has not stopped renewing; nothing is written. Raises Unreachable."""
        return bool(self.holder())

    def holder(self) -> str:
        """Who that is, as they called themselves; empty where nobody does. Raises Unreachable."""
        spec = (self._cluster.api.find(self.path) or {}).get("spec") or {}
        current = spec.get("holderIdentity") or ""
        return _name(current) if current and not self._expired(spec) else ""

    def _create(self, holder: str, duration: timedelta) -> "Held":
        body: Object = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self._name, "namespace": self._namespace},
            "spec": self._spec(holder, duration, 0),
        }
        begun = elapsing()
        made = self._cluster.api.create(self._folder, body)
        return Held(self._cluster, self.path, made, duration, begun)

    def _take(self, found: Object, holder: str, duration: timedelta) -> "Held":
        """Replace with the resource version that was read. A mark is cleared: whoever takes, looks."""
        found["metadata"].get("annotations", {}).pop(LOOK_AGAIN, None)
        transitions = int((found.get("spec") or {}).get("leaseTransitions") or 0) + 1
        found["spec"] = self._spec(holder, duration, transitions)
        begun = elapsing()
        taken = self._cluster.api.replace(self.path, found)
        return Held(self._cluster, self.path, taken, duration, begun)

    def _mark(self, found: Object) -> None:
        found["metadata"].setdefault("annotations", {})[LOOK_AGAIN] = (
            f"{_rfc3339(self._cluster.api.server_now())} {uuid.uuid4().hex}"
        )
        self._cluster.api.replace(self.path, found)

    def _spec(self, holder: str, duration: timedelta, transitions: int) -> Object:
        now = _rfc3339(self._cluster.api.server_now())
        return {
            "holderIdentity": holder,
            "leaseDurationSeconds": max(1, round(duration.total_seconds())),
            "acquireTime": now,
            "renewTime": now,
            "leaseTransitions": transitions,
        }

    def _expired(self, spec: Object) -> bool:
        """Whether its holder has stopped renewing.

        What this object has seen itself comes first, on its own monotonic clock, as client-go does it: a
        record
        that changed between two looks is alive. A run that looks for the first time has seen nothing yet and
        would have to wait for a whole duration; it compares renewTime with the API server's date instead.
        That is
        safe because holders, too, write renewTime by the server's date and never by their own clock.
        """
        duration = timedelta(seconds=int(spec.get("leaseDurationSeconds") or 0))
        record = (str(spec.get("holderIdentity")), str(spec.get("renewTime")))
        now = elapsing()
        if self._seen is not None:
            if self._seen[0] != record:
                self._seen = (record, now)
                return False
            if now - self._seen[1] > duration.total_seconds():
                return True
        else:
            self._seen = (record, now)
        renewed = foreign_time.read(record[1])
        # Counted so that no time is too far off: one in the year 9999 is that of a holder, as far as anybody can tell.
        return renewed is None or self._cluster.api.server_now() - renewed > duration + _DATE_RESOLUTION


class Held:
    """The lease while it is ours; a thread renews it. As a context manager it lets go on leaving.

    Each write is a compare-and-swap of what it was after the last one: where that succeeds nobody has written since, and where it
    does not, it is read.
    """

    def __init__(
        self, cluster: Cluster, path: str, taken: Object, duration: timedelta, renewed_at: float
    ) -> None:
        """`taken`: as the server has it since it is ours."""
        self._api = cluster.api
        self._path = path
        self._holder = str(taken["spec"]["holderIdentity"])
        self._known: Object | None = taken
        """As it was when it was last written; None where somebody has written since."""
        self._duration = duration.total_seconds()
        self._renewed_at = renewed_at
        self._lost = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_stopped, name=f"renew {path}", daemon=True)
        self._thread.start()

    def ensure_held(self) -> None:
        """Raises LeaseLost where the lease is no longer surely ours: call it before each action."""
        if not self._lost and elapsing() - self._renewed_at > self._duration:
            self._lost = "it could not be renewed in time"
        if self._lost:
            raise LeaseLost(self._lost, where=f"lease {self._path}", next_step="The next look goes on.")

    def release(self) -> bool:
        """Let go, unless there is a mark: then it is cleared, the lease stays ours, and this returns True.

        True means: look again, and release again. Raises LeaseLost where it is not ours any more.
        """
        while True:
            self.ensure_held()
            found = self._ours()
            look_again = LOOK_AGAIN in (found["metadata"].get("annotations") or {})
            try:
                self._write(_without_mark(found) if look_again else _with(found, holderIdentity=""))
            except Conflict:
                continue
            if not look_again:
                self._end()
            return look_again

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """After a failure: give it back, any mark left in place, so that nobody has to wait for expiry."""
        if self._stop.is_set():
            return
        self._end()
        # Whatever was written meanwhile stays in place.
        self._known = None
        try:
            self._write(_with(self._ours(), holderIdentity=""))
        except Retryable:
            # Unreachable, or written meanwhile: then it expires.
            return

    def _ours(self) -> Object:
        """As it was last written, or is. Raises LeaseLost."""
        found = self._known or self._api.find(self._path)
        holder = ((found or {}).get("spec") or {}).get("holderIdentity")
        if found is None or holder != self._holder:
            self._lost = f"it is held by {_name(holder)!r}" if holder else "it was taken away"
            raise LeaseLost(self._lost, where=f"lease {self._path}", next_step="The next look goes on.")
        return found

    def _write(self, lease: Object) -> None:
        """Raises Conflict where it is not any more as it was thought to be: the next look at it reads it."""
        self._known = None
        try:
            self._known = self._api.replace(self._path, lease)
        except Gone as error:
            raise Conflict(
                error.what, where=f"lease {self._path}", next_step="It is looked at again."
            ) from error

    def _end(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _renew_until_stopped(self) -> None:
        pause = self._duration / _RENEWALS_PER_DURATION
        while not self._stop.wait(pause):
            begun = elapsing()
            try:
                self._write(_with(self._ours(), renewTime=_rfc3339(self._api.server_now())))
            except LeaseLost:
                return
            except Retryable:
                # A mark was written in between, or nobody answered: soon again; ensure_held() sees when it is too
                # late.
                pause = min(0.5, self._duration / 10)
                continue
            except HeadwayError as error:
                self._lost = f"it cannot be renewed: {error}"
                return
            self._renewed_at = begun
            pause = self._duration / _RENEWALS_PER_DURATION


def _with(lease: Object, **spec: str) -> Object:
    return {**lease, "spec": {**lease["spec"], **spec}}


def _without_mark(lease: Object) -> Object:
    annotations = {
        name: each for name, each in lease["metadata"]["annotations"].items() if name != LOOK_AGAIN
    }
    return {**lease, "metadata": {**lease["metadata"], "annotations": annotations}}


def _name(identity: str) -> str:
    return identity.partition(_TOKEN)[0]


def _rfc3339(moment: datetime) -> str:
    """A MicroTime, as Leases want it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
