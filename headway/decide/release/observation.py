"""What a look at one release found, and what follows from it by definition, without any decision.

Everything the decisions need comes from three places that survive every crash: the release record, Helm's
history and the live objects. So a run that is killed anywhere is continued by the next one from what it
sees.
"""

from dataclasses import dataclass, field
from datetime import datetime

from headway.decide.release import failure_cause
from headway.model.charts import ChartEntry
from headway.model.record import Attempt, Freeze, Good, Hold, ReleaseRecord
from headway.model.release_ref import ReleaseRef

PENDING = frozenset({"pending-install", "pending-upgrade", "pending-rollback"})
GONE = frozenset({"uninstalled"})
FAILED_OUTCOMES = frozenset({"failed", "tests-failed", "rolled-back"})
INTERRUPTED_OUTCOMES = frozenset({"started", "interrupted"})
ANY = ReleaseRef("APPLICATION", "ENVIRONMENT", "RELEASE")


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of Helm's history."""

    revision: int
    status: str
    """deployed | superseded | failed | pending-install | pending-upgrade | pending-rollback | uninstalling |
    uninstalled | unknown"""
    chart_version: str
    updated: datetime
    content: str = ""
    """Digest of what it holds; equal where Helm was given, and made, the same. Empty where that was not read."""


@dataclass(frozen=True, slots=True)
class ReleaseFingerprint:
    """What a revision holds. Two revisions are the same release when package and values are."""

    chart_digest: str
    values_digest: str
    version: str
    inputs: tuple[str, ...] = field(default=(), compare=False)
    """What the package is made of, where that was read."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at desired, record, history and live objects. Revisions come newest first."""

    now: datetime
    desired: ChartEntry | None
    values_digest: str = ""
    """Keyed digest of the values `desired` would be given here."""
    why_desired: str = ""
    """Why this version, or why none, as `desired` says it."""
    record: ReleaseRecord | None = None
    revisions: tuple[Revision, ...] = ()
    drift: tuple[str, ...] = ()
    """Live objects that differ from the deployed revision, as `Kind/name: what`."""
    drift_by: tuple[str, ...] = ()
    """Field managers that set what differs, where the objects tell."""
    drift_unchangeable: bool = False
    """The API server refuses to apply one of the release's objects again."""
    drift_loses: tuple[str, ...] = ()
    """What a correction would delete for good."""
    corrects_drift: bool = False
    """Policy has drift corrected (`drift: correct`)."""
    policy_freeze: str = ""
    """Why policy (headway.yaml) lets nothing new in; empty where it does."""
    index_trouble: str = ""
    """Why the chart repository is older than what was released out of it; empty where it is not."""
    reachable: bool = True
    trouble: str = ""
    """Why the API server could not be asked; or, where it could, why it is not known what is desired."""
    desired_unknown: bool = False
    """What is desired could not be read (`trouble` says why): nothing new is begun, what failed goes back all the same."""
    may_unlock: bool = True
    """False where the newest revision is pending, and somebody who may be at work on it holds the lease."""
    desired_images_trouble: str = ""
    """Why the images of `desired` are not what was tested: asked only where it would be brought in now. Empty where they
    are, or nobody can say."""
    target_images_trouble: str = ""
    """The same of what would be gone back to."""
    images_unknown: tuple[str, ...] = ()
    """Images of either of which nobody can say what they are now."""
    adopt: bool = False
    """A person asks that the hand-made release found here becomes ours."""
    ref: ReleaseRef = ANY
    """For advice."""

    @property
    def closed(self) -> bool:
        """Nothing new comes in."""
        return bool(self.policy_freeze or self.index_trouble)

    @property
    def finding(self) -> str:
        """What somebody did to a tag or an index, and a person should look at; empty where all is as it was published."""
        return self.target_images_trouble or self.desired_images_trouble or self.index_trouble

    @property
    def living(self) -> tuple[Revision, ...]:
        return tuple(revision for revision in self.revisions if revision.status not in GONE)

    @property
    def newest(self) -> Revision | None:
        return self.living[0] if self.living else None

    @property
    def deployed(self) -> Revision | None:
        return next((revision for revision in self.living if revision.status == "deployed"), None)

    @property
    def rollback_target(self) -> Good | None:
        """Last good, or what is held."""
        return self.record.rollback_target if self.record else None

    @property
    def wanted(self) -> ReleaseFingerprint | None:
        """The content that should run. None where no version is allowed, or a rejection bars it."""
        if self.desired is None:
            return None
        if self.record and self.record.rejects(self.desired.digest):
            return None
        return ReleaseFingerprint(self.desired.digest, self.values_digest, self.desired.version)

    @property
    def hold(self) -> Hold | None:
        """A person's hold, as long as nothing newer than what they left is desired."""
        hold = self.record.hold if self.record else None
        if hold and (self.desired is None or self.desired.version == hold.version):
            return hold
        return None

    @property
    def hold_in_reach(self) -> bool:
        """A hold stands, and what it names can be gone back to."""
        return self.hold is not None and self.record is not None and self.record.held is not None

    @property
    def freeze(self) -> Freeze | None:
        """The record's freeze; None while a way back that a person asked for in spite of it has not arrived."""
        freeze = self.record.freeze if self.record else None
        if freeze and self.hold and self.hold.past_freeze and self.hold_in_reach and not self._has_arrived:
            return None
        return freeze

    @property
    def _has_arrived(self) -> bool:
        return self.runs_wanted and self.tested and self.newest == self.deployed

    def attempt_of(self, revision: Revision) -> Attempt | None:
        """The attempt that made `revision`: same number and chart version."""
        attempts = self.record.attempts if self.record else ()
        for attempt in attempts:
            if (attempt.revision, attempt.version) == (revision.revision, revision.chart_version):
                return attempt
        return None

    def good_of(self, revision: Revision) -> Good | None:
        """The entry that says that this very revision passed its tests."""
        for good in self.record.good if self.record else ():
            if (good.revision, good.version) == (revision.revision, revision.chart_version):
                return good
        return None

    def passed_at(self, revision: Revision) -> datetime | None:
        """When this very revision passed its tests; its content may have passed long before, as that of a way back has."""
        good, attempt = self.good_of(revision), self.attempt_of(revision)
        if good and attempt and attempt.outcome == "passed" and attempt.ended_at:
            return attempt.ended_at
        return good.tested_at if good else None

    def content_of(self, revision: Revision | None) -> ReleaseFingerprint | None:
        """What `revision` holds, as the record tells. None where Headway did not write it."""
        if revision is None:
            return None
        known = self.attempt_of(revision) or self.good_of(revision)
        return ReleaseFingerprint(known.chart_digest, known.values_digest, known.version) if known else None

    @property
    def running(self) -> ReleaseFingerprint | None:
        return self.content_of(self.deployed)

    @property
    def foreign(self) -> bool:
        """The newest revision was made by somebody else (a person's helm upgrade or helm rollback)."""
        return self.newest is not None and self.content_of(self.newest) is None

    @property
    def restored(self) -> Good | None:
        """The good version that somebody brought back by their own Helm, such as `helm rollback`. None where the newest
        revision is something else, or Helm's history does not tell."""
        newest = self.newest
        if newest is None or newest.status != "deployed" or not newest.content or not self.foreign:
            return None
        copies = (self.content_of(each) for each in self.living[1:] if each.content == newest.content)
        goods = self.record.good if self.record else ()
        return next((good for copy in copies if copy for good in goods if same(copy, good)), None)

    @property
    def tested(self) -> bool:
        """The deployed revision itself passed, not merely another one with the same content."""
        return self.deployed is not None and self.good_of(self.deployed) is not None

    @property
    def runs_wanted(self) -> bool:
        if self.running is None:
            return False
        if self.hold:
            return self.running.version == self.hold.version
        return self.running == self.wanted

    @property
    def runs_rollback_target(self) -> bool:
        return (
            self.running is not None
            and self.rollback_target is not None
            and same(self.running, self.rollback_target)
        )

    @property
    def newest_attempt(self) -> Attempt | None:
        """The attempt behind the newest revision."""
        return self.attempt_of(self.newest) if self.newest else None

    @property
    def tried(self) -> Attempt | None:
        """The newest attempt to release what is wanted."""
        return last_attempt(self.record, self.wanted) if self.record and self.wanted else None

    @property
    def was_installed_by_headway(self) -> bool:
        """Or was begun to be: what is left of it may be taken over, and taken away."""
        attempts = self.record.attempts if self.record else ()
        return any(each.kind == "release" and each.outcome != "refused" for each in attempts)

    def was_good(self, content: ReleaseFingerprint) -> bool:
        """Whether that package passed its tests here, with whatever values."""
        return any(
            each.chart_digest == content.chart_digest for each in (self.record.good if self.record else ())
        )

    @property
    def suspect(self) -> Attempt | None:
        return suspect(self.record) if self.record else None


def same(one: ReleaseFingerprint | Good | Attempt, other: ReleaseFingerprint | Good | Attempt) -> bool:
    return (one.chart_digest, one.values_digest) == (other.chart_digest, other.values_digest)


def recorded_values(record: ReleaseRecord, chart_digest: str) -> str:
    """The digest of the values that this package was last given here; empty where it never was."""
    known: list[Attempt | Good] = [*record.attempts, *record.good]
    return next((each.values_digest for each in known if each.chart_digest == chart_digest), "")


def last_attempt(record: ReleaseRecord, content: ReleaseFingerprint | Good | Attempt) -> Attempt | None:
    """The newest attempt with this content; a rollback to it does not count."""
    return next((a for a in record.attempts if a.kind == "release" and same(a, content)), None)


def failed_conclusively(attempt: Attempt) -> bool:
    """Whether what was good before has to come back: the version caused the failure, or it failed LIMIT times for other
    causes."""
    if attempt.outcome in FAILED_OUTCOMES and attempt.cause == "version":
        return True
    ended_badly = attempt.outcome in FAILED_OUTCOMES | INTERRUPTED_OUTCOMES
    return ended_badly and attempt.tries >= failure_cause.LIMIT


def suspect(record: ReleaseRecord) -> Attempt | None:
    """The release that failed since the last one that passed or was adopted, and has not been judged yet."""
    for attempt in record.attempts:
        if attempt.outcome == "passed" or attempt.kind == "adoption":
            return None
        if (
            attempt.kind == "release"
            and failed_conclusively(attempt)
            and not record.rejects(attempt.chart_digest)
        ):
            return attempt
    return None


def sightings(record: ReleaseRecord, content: ReleaseFingerprint | Good | Attempt) -> int:
    """How often a failure was seen that this content caused, since it last passed or was excused."""
    count = 0
    for attempt in record.attempts:
        if same(attempt, content) and attempt.kind == "release":
            if attempt.outcome in {"passed", "excused"}:
                break
            count += attempt.sightings
    return count
