"""What runs where, since when, tested or not, and what waits: out of record, Helm's history and chart index alone.

Neither git nor secrets are asked, so that the answer is there when they are not. What only they know is assumed: that the
same package is given the same values, as values travel in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from headway.decide.release import advice, approval, desired, retries, state
from headway.decide.release.observation import Observation, Revision
from headway.decide.release.state import State
from headway.decide.supply.promotion import Soaking
from headway.formats import chart_version
from headway.model.audit import AuditEntry
from headway.model.charts import ChartEntry
from headway.model.record import Approval, Asked, Freeze, Hold, Rejection, ReleaseRecord
from headway.model.release_ref import ReleaseRef

RELEASING = "Releasing"
CALLED = (*(each.value for each in State), RELEASING)
"""What a release's state is called to people and programs."""


_RETRIED = (State.ABSENT, State.FAILED, State.UNTESTED, State.OUT_OF_SYNC)
"""States in which a look comes back to what was tried."""


@dataclass(frozen=True, slots=True)
class Retry:
    """What failed, did not speak against its version, and is tried again."""

    version: str
    of_tests: bool
    """Whether its tests failed, or else its release."""
    reason: str
    due: datetime

    @property
    def in_words(self) -> str:
        what = "the tests" if self.of_tests else "the release"
        return f"{what} of {self.version} failed for what does not speak against it: {self.reason}"

    @property
    def then(self) -> str:
        return f"The first look after {self.due:%H:%M:%S} UTC tries {self._it} again"

    @property
    def brief(self) -> str:
        return f"{self._it} {'are' if self.of_tests else 'is'} tried again"

    @property
    def _it(self) -> str:
        return f"the tests of {self.version}" if self.of_tests else self.version


@dataclass(frozen=True, slots=True)
class ReleaseStatus:
    """One release at one moment."""

    ref: ReleaseRef
    namespace: str
    at: datetime
    """When it was looked at."""
    state: State
    version: str = ""
    """What is deployed; empty where nothing is, as the next three."""
    revision: int | None = None
    since: datetime | None = None
    tested_at: datetime | None = None
    """Of the deployed revision itself; None where it has not passed its tests."""
    offered: str | None = ""
    """The newest version in the chart repository; empty where there is none, None where it is not known."""
    waits: str = ""
    """The version that should run and does not yet."""
    why: str = ""
    """Why this version should run, or why none."""
    hold: Hold | None = None
    freeze: Freeze | None = None
    policy_freeze: str = ""
    gated: bool | None = None
    """Whether a person approves each release here; None where policy is not at hand."""
    corrects: bool | None = None
    """Whether drift is corrected here; None where policy is not at hand."""
    at_work: str = ""
    """The version that Helm is at for a run that goes on; empty where none does, as far as is known."""
    approval: Approval | None = None
    """Of what has not been released yet."""
    asked: Asked | None = None
    """What the gate asks about, by the record; see `asks`."""
    is_asked: bool = False
    """A run waits for approval, though no record says so: that of a first release."""
    answered: str = ""
    """That it was, and by whom, where the run that asks has it and the record does not yet; as a part of a sentence."""
    declined: AuditEntry | None = None
    """The no to what waits."""
    rejected: tuple[Rejection, ...] = ()
    """Versions above what is deployed that are barred here."""
    drift: tuple[str, ...] = ()
    """Live objects that differ from what is deployed."""
    trouble: str = ""
    """What could not be read, and is therefore missing here."""
    blocked: str = ""
    """What the last look could not do, so that nothing comes in; the trouble, where there is no other."""
    declared_in: str = ""
    """Where policy is found, for people; empty: in a headway.yaml."""
    soaking: Soaking | None = None
    """What comes by and by; None where nothing does, or policy or the environment before is not at hand."""
    retry: Retry | None = None
    """What the record says is tried again; see `tried_again`."""
    unnamed_in: str = ""
    """The file that declares the application, where it was read and does not name this environment."""

    @property
    def tried_again(self) -> Retry | None:
        """None too while a run is at work."""
        return None if self.at_work else self.retry

    @property
    def called(self) -> str:
        """Its state, where Helm was not left in the middle but is in it."""
        return RELEASING if self.at_work else self.state.value

    @property
    def asks(self) -> Asked | None:
        """What a person is asked about; it may be another version than the one that is wanted by now. None where that is not
        known, where the next look ends the run that asks, for nothing may come, and where somebody's yes stands."""
        is_moot = self.state is State.FROZEN or self.approval or (not self.waits and self.offered is not None)
        return None if is_moot else self.asked

    @property
    def waiting(self) -> str:
        """What waits, in a few words; empty where nothing does."""
        return self._waiting("")

    @property
    def waiting_since(self) -> str:
        """The same, and since when a person is asked."""
        return self._waiting(f" since {self.asks.at:%Y-%m-%d %H:%M} UTC" if self.asks else "")

    def _waiting(self, since: str) -> str:
        if self.asks and self.answered:
            return f"{self.asks.version} {self.answered}"
        if self.asks:
            return f"{self.asks.version} waits for approval{since}{self._after(self.asks.version)}"
        if self.waits in ("", self.at_work):
            return ""
        if not self.declined:
            is_gated = self.gated and self.state in (State.OUT_OF_SYNC, State.ABSENT) and not self.approval
            asked = "waits for approval" if self.is_asked else "waits: nobody is asked for approval yet"
            return f"{self.waits} {asked if is_gated else 'waits'}"
        return f"{self.waits} waits: {self.declined.by} said no ({advice.release(self.ref)} asks again)"

    def _after(self, asked: str) -> str:
        """What comes after the version that is asked about, as a part of a sentence."""
        if self.waits in ("", self.at_work, asked):
            return ""
        how = "came since" if chart_version.is_above(self.waits, asked) else "is wanted by now"
        return f"; {self.waits} {how} and is asked about next"


def status(
    ref: ReleaseRef,
    namespace: str,
    *,
    now: datetime,
    record: ReleaseRecord | None,
    revisions: tuple[Revision, ...],
    offered: Sequence[ChartEntry] | None,
    constraint: str | None = None,
    policy_freeze: str = "",
    drift: tuple[str, ...] = (),
    trouble: str = "",
    blocked: str = "",
) -> ReleaseStatus:
    """What record, history and index say together; what follows from neither of them is left at its default.

    `revisions`: newest first. `offered`: None where the chart repository could not be read; `trouble` then says why. `blocked`:
    what the last look could not do.
    """
    wanted = desired.desired(offered or (), record, constraint)
    index_trouble = "" if offered is None else wanted.index_trouble
    seen = _with_same_values(
        Observation(
            now,
            wanted.entry,
            record=record,
            revisions=revisions,
            drift=drift,
            policy_freeze=policy_freeze,
            index_trouble=index_trouble,
            ref=ref,
        )
    )
    deployed = seen.deployed
    version = deployed.chart_version if deployed else ""
    asked = approval.asked(record, now)
    no = approval.declined(record, wanted.entry.digest) if record and wanted.entry else None
    is_asked_anew = asked and wanted.entry and asked.chart_digest == wanted.entry.digest
    named = state.name(seen)
    return ReleaseStatus(
        ref=ref,
        namespace=namespace,
        at=now,
        state=State.UNKNOWN if named is State.IN_SYNC and (offered is None or blocked) else named,
        version=version,
        revision=deployed.revision if deployed else None,
        since=deployed.updated if deployed else None,
        tested_at=seen.passed_at(deployed) if deployed else None,
        offered=None if offered is None else _newest(offered),
        waits=wanted.entry.version if wanted.entry and not seen.runs_wanted else "",
        why="" if offered is None else wanted.why,
        hold=seen.hold,
        freeze=record.freeze if record else None,
        approval=record.approval if record else None,
        asked=asked,
        declined=None if is_asked_anew else no,
        policy_freeze=policy_freeze,
        rejected=_rejected_above(version, record),
        drift=drift if named is State.DRIFTED else (),
        trouble=trouble or index_trouble or blocked,
        blocked=blocked,
        retry=_retry(seen) if named in _RETRIED else None,
    )


def _retry(seen: Observation) -> Retry | None:
    attempt = retries.retried(seen)
    if attempt is None or attempt.outcome not in ("failed", "tests-failed") or attempt.kind == "rollback":
        return None
    if attempt.cause in ("version", "") or not (seen.desired and seen.desired.digest == attempt.chart_digest):
        return None
    return Retry(attempt.version, attempt.outcome == "tests-failed", attempt.reason, retries.due(attempt))


def unreadable(ref: ReleaseRef, namespace: str, *, now: datetime, trouble: str) -> ReleaseStatus:
    """Of a release whose record or history cannot be read."""
    return ReleaseStatus(ref, namespace, now, State.UNKNOWN, offered=None, trouble=trouble)


def _newest(offered: Sequence[ChartEntry]) -> str:
    """Whatever a constraint or a rejection says of it; a pre-release as well."""
    return max((each.version for each in offered), key=chart_version.precedence, default="")


def _with_same_values(seen: Observation) -> Observation:
    running = seen.running
    if running and seen.desired and running.chart_digest == seen.desired.digest:
        return replace(seen, values_digest=running.values_digest)
    return seen


def _rejected_above(version: str, record: ReleaseRecord | None) -> tuple[Rejection, ...]:
    rejections = record.rejections if record else ()
    return tuple(each for each in rejections if not version or chart_version.is_above(each.version, version))
