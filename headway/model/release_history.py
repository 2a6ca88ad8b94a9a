"""What became of one release, revision by revision: out of the release record, Helm's own history, and the archive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from headway.model.release_ref import ReleaseRef

HistoryKind = Literal["release", "rollback", "correction", "adoption", "by hand"]
""""correction": what had drifted was applied again. "by hand": somebody's own Helm, and nobody adopted it."""


@dataclass(frozen=True, slots=True)
class ServiceChart:
    """A chart that is part of the application's package."""

    name: str
    version: str
    alias: str = ""
    """As the application's chart calls it, where that is another name."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.alias) if self.alias else (self.name,)


@dataclass(frozen=True, slots=True)
class HistoryImage:
    """An image that a revision runs, not that of a test."""

    repository: str
    tag: str = ""
    digest: str = ""
    """sha256:<hex>, as its registry had it when the package was published; empty where the package records none."""
    commit: str = ""
    """That its tag, or who knows more of it, names, in full or its start; empty where nobody names one."""
    chart: str = ""
    """Name or alias of the service chart whose template uses it; empty for the application's own chart, or where that is not
    known."""
    chart_version: str = ""

    @property
    def reference(self) -> str:
        """As the manifest names it, but for a tag beside a digest."""
        return f"{self.repository}:{self.tag}" if self.tag else f"{self.repository}@{self.digest}"


@dataclass(frozen=True, slots=True)
class HelmRevision:
    """What a history takes of one revision as Helm stored it."""

    revision: int
    status: str
    """deployed | superseded | failed | pending-install | pending-upgrade | pending-rollback | uninstalling | uninstalled"""
    chart: str
    version: str
    deployed_at: datetime
    description: str = ""
    commit: str = ""
    """Of the application's repository; empty for a package that Headway did not make."""
    source: str = ""
    """Address of that repository."""
    committed_at: datetime | None = None
    images: tuple[HistoryImage, ...] = ()
    charts: tuple[ServiceChart, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    """Of its package, those that say how it is configured, by path: a digest of what each holds."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One revision of a release, or one try that never became one. What nobody knows is empty, or None."""

    revision: int
    """0 for a try that left no revision, or whose revision was uninstalled."""
    version: str
    """Of the application's chart."""
    kind: HistoryKind
    chart: str = ""
    status: str = ""
    """As Helm says it, such as deployed or superseded; empty where Helm has forgotten it, and nothing archived it."""
    description: str = ""
    """Of Helm's history."""
    outcome: str = ""
    """As headway.model.record.Attempt.outcome; "passed" for what is known to be good alone; empty where nobody recorded it."""
    cause: str = ""
    """Of a failure: version, surroundings or unknown."""
    reason: str = ""
    """Of a failure: what happened."""
    by: str = ""
    """The person who decided it, "headway" where nobody had to, empty where that is not known."""
    why: str = ""
    started_at: datetime | None = None
    """When it was begun."""
    deployed_at: datetime | None = None
    """When Helm wrote it."""
    upgraded_at: datetime | None = None
    """When Helm had done its work, and tests began; None where nobody wrote it down."""
    ended_at: datetime | None = None
    """When it was judged: after its tests where they passed or failed."""
    tested_at: datetime | None = None
    """When its content first passed its tests here; None where this revision has not passed."""
    committed_at: datetime | None = None
    """When `commit` was made; None where the package does not tell."""
    tries: int = 1
    chart_digest: str = ""
    """sha256:<hex> of the package."""
    commit: str = ""
    """Full SHA in the application's repository."""
    source: str = ""
    """Address of that repository."""
    images: tuple[HistoryImage, ...] = ()
    charts: tuple[ServiceChart, ...] = ()
    inputs: tuple[str, ...] = ()
    """As headway.model.quarantine.Input says each."""
    run: str = ""
    """Id of the flow run in which it was decided."""
    in_helm: bool = False
    """Helm still has it, so that it can be compared and gone back to."""
    archived: bool = False

    @property
    def at(self) -> datetime | None:
        """What it is ordered by."""
        return self.started_at or self.deployed_at or self.tested_at

    @property
    def seconds(self) -> float | None:
        """From its beginning until it was judged; None while it is not, and where clocks contradict each other."""
        if self.started_at is None or self.ended_at is None or self.outcome in _UNDER_WAY:
            return None
        seconds = (self.ended_at - self.started_at).total_seconds()
        return seconds if seconds >= 0 else None

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    @property
    def failed(self) -> bool:
        """It was brought in and did not do, whatever followed."""
        return self.outcome in FAILED or (not self.outcome and self.status == "failed")


_UNDER_WAY = frozenset({"started", "deployed"})
"""Helm is at it, or its tests have not spoken yet."""
FAILED = frozenset({"failed", "tests-failed", "rolled-back", "seen-once", "refused", "excused"})


@dataclass(frozen=True, slots=True)
class ReleaseHistory:
    """All of one release, newest first."""

    ref: ReleaseRef
    namespace: str
    entries: tuple[HistoryEntry, ...]
    trouble: tuple[str, ...] = ()
    """What could not be read, and may therefore be missing here; one sentence each."""
    has_record: bool = True
    """False for a release that nobody but people's own Helm has touched."""
    is_cut: bool = False
    """There is more of it than was asked for."""
    helm_revisions: tuple[int, ...] = ()
    """Numbers of all that Helm still has, whether they were read or not."""

    @property
    def deployed(self) -> HistoryEntry | None:
        """What runs, as Helm says; None where nothing does."""
        return next((each for each in self.entries if each.status == "deployed"), None)
