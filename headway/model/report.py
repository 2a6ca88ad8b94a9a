"""What a stage did and why, in lines a person reads in the delivery's artifact."""

from dataclasses import dataclass
from enum import StrEnum

from headway.errors import HeadwayError, Retryable, WouldChange


class StageName(StrEnum):
    """As reports and the trailer Headway-Stage of commits have it: one word, by which a report is read back."""

    WITHDRAW = "withdraw"
    PUBLISH_CHARTS = "publish_charts"
    UPDATE_APPLICATION = "update_application"
    PROPOSE = "propose"
    PROMOTE = "promote"
    TELL_COMMITS = "tell_commits"
    RELEASE = "release"
    PLAN = "plan"


WOULD = "would "
"""How the outcome of a line begins that says what a dry run has not done."""


@dataclass(frozen=True, slots=True)
class StageResult:
    """One decision: `changed` is True when something was written."""

    stage: str
    subject: str
    """What it is about: a service, an environment, a chart and version."""
    outcome: str
    """In a few words, such as "published 0.1.3" or "nothing to do"."""
    why: str = ""
    changed: bool = False
    failed: bool = False
    retryable: bool = False
    """It failed for what may change by itself: the same look may succeed later."""

    @classmethod
    def of_error(cls, stage: str, subject: str, outcome: str, error: HeadwayError) -> "StageResult":
        """The line of what an error stopped."""
        if isinstance(error, WouldChange):
            return cls(stage, subject, error.what, error.where)
        return cls(stage, subject, outcome, str(error), failed=True, retryable=isinstance(error, Retryable))

    def __str__(self) -> str:
        return f"{self.stage}: {self.subject}: {self.outcome}" + (f" ({self.why})" if self.why else "")
