"""The release record: what Headway knows of one release that Helm does not.

Kept in ConfigMap `headway.<release>`, key record.json, beside the release; "ours" means that it exists.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from headway.model.audit import AuditEntry, Name
from headway.model.immutable import Immutable
from headway.model.moment import Moment

GOOD_LIMIT = 10
FLAKY_LIMIT = 20
CORRECTS_LIMIT = 50


Cause = Literal["version", "surroundings", "unknown"]


def _former_cause(cause: object) -> object:
    """Records of before called the surroundings the infrastructure."""
    return "surroundings" if cause == "infrastructure" else cause


def _former_corrections(attempt: Any) -> Any:
    """Records of before had one count for all that a correction brought back."""
    if not isinstance(attempt, Mapping) or not {"corrects", "corrections"} & attempt.keys():
        return attempt
    fields, times = attempt.get("corrects"), attempt.get("corrections")
    kept = {name: value for name, value in attempt.items() if name not in ("corrects", "corrections")}
    return {**kept, "corrected": dict.fromkeys(fields, times)} if fields and times else kept


class Good(Immutable):
    """A revision that passed its tests."""

    revision: int
    chart_digest: str
    """sha256:<hex> of the package."""
    values_digest: str
    """Keyed digest of the values it was given, so that a changed secret is seen without being told."""
    version: str
    tested_at: Moment
    inputs: tuple[str, ...] = ()
    """What its package was made of, each as headway.model.quarantine.Input says it; empty where that is not known."""


class Rejection(Immutable):
    """A package barred here and in what this environment feeds. Lifted by a person, never from git."""

    chart_digest: str
    version: str
    reason: str
    at: Moment
    revision: int = 0
    inputs: tuple[str, ...] = ()
    """The set of inputs that is rejected with it: those that differ from last good, or of these the ones that the evidence
    points to. Empty where nothing was good before, or where that is not known."""
    implicated: tuple[str, ...] = ()
    """Images of the workload that failed, as `<repository>:<tag>`; empty where the evidence points to no workload."""
    propagated_to: tuple[str, ...] = Field(default=(), alias="carried")
    """What has been brought in line with the rejection already: "repository", "git"."""

    @property
    def was_withdrawn(self) -> bool:
        """Whether it was withdrawn from the chart repository where it was made: no person can lift such a rejection."""
        return "repository" in self.propagated_to


class Attempt(Immutable):
    """One try to bring a package into the cluster, written before Helm is called."""

    chart_digest: str
    values_digest: str
    version: str
    revision: int
    """The revision Helm will write: the newest one plus one; 0 where it writes none."""
    started_at: Moment
    kind: Literal["release", "rollback", "adoption"] = "release"
    """A rollback brings last good back, an adoption takes over what a person brought: neither is ever to blame."""
    outcome: Literal[
        "started",
        "deployed",
        "passed",
        "failed",
        "tests-failed",
        "interrupted",
        "rolled-back",
        "seen-once",
        "refused",
        "excused",
    ] = "started"
    """"refused": the API server would not take it, and Helm was not called. "seen-once": it failed while last good passed, and
    is tried once more. "excused": it failed, but last good failed then too, so that it may be tried again after the freeze."""
    cause: Annotated[Cause | Literal[""], BeforeValidator(_former_cause)] = ""
    reason: str = ""
    upgraded_at: Moment | None = None
    """When Helm had done its work; None where it has not, or where nobody wrote it down."""
    ended_at: Moment | None = None
    tries: int = 1
    """How often this content was tried, where it was not the cause of the failures."""
    inputs: tuple[str, ...] = ()
    """What the package is made of."""
    implicated: tuple[str, ...] = ()
    """Images of the workload that failed, where the version caused the failure."""
    sightings: int = 0
    """How often this attempt showed a failure that the version caused: failed tests are run again at once."""
    run: str = ""
    """Id of the flow run that has begun it, or whose tests it has passed since; empty where nobody wrote it down."""
    corrected: Mapping[str, int] = {}
    """Of a rollback that corrects drift: the fields that differed, at most CORRECTS_LIMIT of them, and how often each has been
    corrected in a row, each time within a day of the one before. A release that a person starts begins the count anew."""

    _read_former = model_validator(mode="before")(_former_corrections)


class FlakyTest(Immutable):
    """A test that said no, and yes when it was run again at once."""

    name: str
    version: str
    reason: str
    at: Moment


class Hold(Immutable):
    """A person rolled back: nothing up to and including `not_above` is released until it is lifted."""

    by: Name
    why: str
    at: Moment
    version: str
    """The version that is held."""
    not_above: str
    """The version that was left."""
    past_freeze: bool = False
    """A person went back while the environment was frozen: the freeze stands, but does not keep this way back from being made."""


class Freeze(Immutable):
    """Nothing is done to the release. Set by a person, by the cancellation of a run, or because the last good version fails
    its tests too."""

    by: Name
    why: str
    at: Moment
    cancelled_run: str = ""
    """Id of the run whose cancellation set it; empty for any other freeze. A release that is started by hand ends such a one."""


class Approval(Immutable):
    """A person said yes to a plan. It stands until it is carried out, or until somebody says otherwise."""

    by: Name
    why: str
    at: Moment
    version: str
    chart_digest: str
    """sha256:<hex> of the package."""
    plan: str
    """Key of the plan that was shown."""
    run: str = ""
    """Id of the flow run that asked."""
    begun: bool = False
    """A release has begun on this approval: where that is cut off, the next run goes on with it, though its plan is another
    one."""


class Asked(Immutable):
    """A run waits at the gate for a person's answer about a version; until it is answered, or the run has ended."""

    version: str
    chart_digest: str
    """sha256:<hex> of the package."""
    at: Moment
    """Since when it waits."""
    run: str = ""
    """Id of the flow run that asks."""


class ReleaseRecord(Immutable):
    application: str
    environment: str
    release: str
    good: tuple[Good, ...] = ()
    """Newest first, at most GOOD_LIMIT."""
    rejections: tuple[Rejection, ...] = Field(default=(), alias="verdicts")
    attempts: tuple[Attempt, ...] = ()
    """Newest first, at most GOOD_LIMIT."""
    flaky: tuple[FlakyTest, ...] = ()
    """Newest first, at most FLAKY_LIMIT."""
    hold: Hold | None = None
    freeze: Freeze | None = None
    approval: Approval | None = None
    asked: Asked | None = None
    """Written where there is a record already: of a first release that waits, Prefect alone tells."""
    audit: tuple[AuditEntry, ...] = ()
    """Newest first, at most AUDIT_LIMIT."""

    @property
    def last_good(self) -> Good | None:
        return self.good[0] if self.good else None

    @property
    def held(self) -> Good | None:
        """The good entry of the version that a hold names."""
        return next((good for good in self.good if self.hold and good.version == self.hold.version), None)

    @property
    def rollback_target(self) -> Good | None:
        """The only target of an automatic rollback: the held version, since a person left what is newer; else last good."""
        return self.held or self.last_good

    def rejects(self, chart_digest: str) -> bool:
        return any(rejection.chart_digest == chart_digest for rejection in self.rejections)
