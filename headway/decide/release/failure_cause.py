"""How long a failure that does not speak of the version is borne, and what errors and tests speak of."""

from datetime import timedelta

from headway.decide.release.failure_phrases import classify
from headway.errors import HeadwayError, Retryable
from headway.model.record import Attempt, Cause
from headway.model.tests import TestReport

LIMIT = 5
"""After so many tries the environment freezes until a person has looked."""
_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(minutes=30)


def of_error(error: HeadwayError) -> Cause:
    """Of a failure before Helm wrote a revision: what may go away by itself is not the version's."""
    return "surroundings" if isinstance(error, Retryable) else classify(str(error))[0]


def of_tests(report: TestReport) -> Cause:
    """Only a test that ran to its end and said no speaks of the version."""
    return "version" if any(each.said_no for each in report.results) else classify(report.sentence)[0]


def backoff(tries: int) -> timedelta:
    """Doubles with each try, from 30 seconds to half an hour."""
    return min(_FIRST * (1 << min(max(tries, 1) - 1, 10)), _LONGEST)


def pause_after(attempt: Attempt) -> timedelta:
    """How long to wait after `attempt`. One that was merely cut off goes on at once, the first time."""
    if attempt.outcome in {"started", "interrupted"}:
        return backoff(attempt.tries - 1) if attempt.tries > 1 else timedelta()
    return backoff(attempt.tries)
