"""What caused a failure, by errors and tests, and how often and how long apart it is tried again where that was not the
version."""

from datetime import timedelta

from headway.decide.release.failure_phrases import classify
from headway.errors import HeadwayError, Retryable
from headway.model.record import Attempt, Cause
from headway.model.tests import TestReport

LIMIT = 5
"""After so many tries the environment freezes until a person has looked."""
_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(minutes=30)
_SURROUNDINGS_FIRST: tuple[Cause, ...] = ("surroundings", "version")


def of_error(error: HeadwayError) -> Cause:
    """The cause of a failure before Helm wrote a revision: what may go away by itself is not the version's fault."""
    return "surroundings" if isinstance(error, Retryable) else classify(str(error))[0]


def of_tests(report: TestReport) -> Cause:
    """The cause of failed tests: the version, where one ran to its end and said no; where its pod never ran, what would be the
    cause in a rollout."""
    if any(each.said_no or each.cause == "version" for each in report.results):
        return "version"
    causes = {each.cause or classify(each.sentence)[0] for each in report.failures}
    return next((each for each in _SURROUNDINGS_FIRST if each in causes), "unknown")


def backoff(tries: int) -> timedelta:
    """Doubles with each try, from 30 seconds to half an hour."""
    return min(_FIRST * (1 << min(max(tries, 1) - 1, 10)), _LONGEST)


def pause_after(attempt: Attempt) -> timedelta:
    """How long to wait after `attempt`. One that was merely cut off goes on at once, the first time."""
    if attempt.outcome in {"started", "interrupted"}:
        return backoff(attempt.tries - 1) if attempt.tries > 1 else timedelta()
    return backoff(attempt.tries)
