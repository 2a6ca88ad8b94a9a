"""Does a failure lie in the version, or in what surrounds it? Only the first may cost a version its place.

The phrases are those of the API server, kubelet, container runtimes and registries. Anything not recognised
counts as the version's: the experiment of decide/blame.py still clears it when last good fails too.
"""

import re
from datetime import timedelta
from typing import Literal

from headway.errors import HeadwayError, Retryable
from headway.model.record import Attempt
from headway.model.tests import TestReport

Cause = Literal["version", "infrastructure"]

LIMIT = 5
"""After so many tries the surroundings no longer get the benefit of the doubt."""
_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(minutes=30)

_INFRASTRUCTURE = tuple(
    (re.compile(pattern, re.IGNORECASE), sentence)
    for pattern, sentence in (
        (r"exceeded quota", "a resource quota is used up"),
        (
            r"toomanyrequests|too many requests|(status|code|http)\S*:? 429\b|pull (rate limit|QPS)",
            "a registry or the API limits requests",
        ),
        (
            r"connection refused|connection reset|no route to host|network is unreachable",
            "a connection was refused or lost",
        ),
        (
            r"i/o timeout|tls handshake timeout|https://.*context deadline exceeded",
            "a server did not answer in time",
        ),
        (
            r"no such host|temporary failure in name resolution|server misbehaving",
            "a name could not be resolved",
        ),
        (
            r"etcdserver|kubernetes cluster unreachable|apiserver.*(shutting down|not ready)",
            "the API server is in trouble",
        ),
        (
            r"http2: client connection lost|unexpected EOF|\b50[0234] (internal|bad|service|gateway)",
            "a server broke off",
        ),
        (
            r"unexpected status.*\b5\d\d\b|\b(500|502|503|504)\b.*(registry|manifests|blobs|token)",
            "a registry is in trouble",
        ),
        (
            r"\bevicted\b|evict(ion|ed)|DiskPressure|MemoryPressure|PIDPressure|ephemeral-storage",
            "a node is short of resources",
        ),
        (
            r"insufficient (cpu|memory|pods|ephemeral)|FailedScheduling|unschedulable|nodes are available",
            "no node has room",
        ),
        (r"node.*(not ready|unreachable|shutdown)|NodeLost|Terminated.*node", "a node is not ready"),
        (
            r"no space left on device|too many open files|cannot allocate memory",
            "a machine is out of resources",
        ),
        (r"failed calling webhook|failed to call webhook", "an admission webhook did not answer"),
        (r"FailedCreatePodSandBox|failed to create pod sandbox|network plugin", "the node cannot start pods"),
    )
)


def classify(text: str) -> tuple[Cause, str]:
    """Cause of a failure from what helm, events or pod statuses say, and a sentence about it.

    Not for what the application itself says: its logs speak of refused connections for reasons of its own.
    """
    for pattern, sentence in _INFRASTRUCTURE:
        if pattern.search(text):
            return "infrastructure", sentence
    return "version", ""


def of_error(error: HeadwayError) -> Cause:
    """Of a failure before Helm wrote a revision: what may go away by itself is not the version's."""
    return "infrastructure" if isinstance(error, Retryable) else classify(str(error))[0]


def of_tests(report: TestReport) -> Cause:
    """A test that ran and said no speaks of the version; one that could not run may lack its surroundings."""
    ran = any(not each.passed and each.log for each in report.results)
    return "version" if ran else classify(report.sentence)[0]


def backoff(tries: int) -> timedelta:
    """Doubles with each try, from 30 seconds to half an hour."""
    return min(_FIRST * (1 << min(max(tries, 1) - 1, 10)), _LONGEST)


def pause_after(attempt: Attempt) -> timedelta:
    """How long to wait after `attempt`. One that was merely cut off goes on at once, the first time."""
    if attempt.outcome in {"started", "interrupted"}:
        return backoff(attempt.tries - 1) if attempt.tries > 1 else timedelta()
    return backoff(attempt.tries)
