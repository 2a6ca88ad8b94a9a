"""What starts runs, and answers those that wait: the view knows no more of Prefect than this.

They are the runs that the command line starts, of the same deployments and with the same parameters.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from headway.decide.review.look_times import LookTimes


@dataclass(frozen=True, slots=True)
class Started:
    """A run that has just been started. `url`: where Prefect shows it."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A release that waits for a person's answer."""

    id: str
    name: str
    url: str
    key: str
    """Of the plan that it asks about."""
    plan: str
    """The plan, as the form in Prefect shows it: markdown."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run, as it stands."""

    flow: str
    name: str
    application: str
    environment: str
    """Empty where it is about all or several of them."""
    state: str
    kind: str
    """Prefect's type of the state, such as RUNNING, PAUSED, COMPLETED, FAILED."""
    message: str
    began: datetime | None
    seconds: float | None
    """How long it was at work; None where it is not over."""
    url: str
    is_dry_run: bool = False
    """It changes nothing."""
    several: tuple[str, ...] = ()
    """Of one that releases several environments: which ones."""

    @property
    def environments(self) -> tuple[str, ...]:
        """Those that it names; none where it is about all of them."""
        return self.several or tuple(filter(None, (self.environment,)))


@dataclass(frozen=True, slots=True)
class Report:
    """What a run left for people. `text`: markdown."""

    title: str
    at: datetime | None
    text: str
    url: str


class Runs(Protocol):
    """Each raises BadInput for what the server refuses, Unreachable where it is away."""

    def url(self, run: str) -> str:
        """Where Prefect shows the run of that id."""

    def start(self, deployment: str, parameters: Mapping[str, object], *, once: str) -> Started:
        """A run of `<flow>/<deployment>`; the same `once` starts no second one."""

    def waiting(self, application: str, environment: str) -> Waiting | None:
        """The newest release that waits; None where none does."""

    def unanswered(self) -> Sequence[RunLine]:
        """All releases that wait, of all applications."""

    def applications(self) -> Collection[str]:
        """Names of those that are registered."""

    def answer(self, waiting: Waiting, said: Mapping[str, object]) -> None:
        """Fills in its form."""

    def recent(self, application: str, limit: int) -> Sequence[RunLine]:
        """Deliveries and releases of an application, the newest first."""

    def look_times(self, application: str) -> LookTimes:
        """When it was looked at last, and is the next time."""

    def rollout(self, run: str) -> Sequence[tuple[datetime, str]]:
        """What the log of the run of that id says, oldest first, and not all."""

    def plan(self, application: str, environment: str, title: str) -> Report | None:
        """The newest plan of that title that a run has left, without secrets; None where none is kept."""

    def deliveries(self, application: str) -> Sequence[Report]:
        """What its deliveries did and why, as they reported it; the newest first, and not all."""

    def reports(self, application: str, environment: str) -> Sequence[Report]:
        """Evidence of failures and what tests said, of that release; the newest first, and not all."""
