"""What helm says when it fails, as one of our errors."""

import re

from headway.clients.command import Completed
from headway.clients.kubernetes.api import GRANT
from headway.decide.release.refusals import without_dumps
from headway.errors import BadInput, Conflict, HeadwayError, Refused, Unreachable
from headway.formats.content_digest import CHART_YAML

_UNREACHABLE = (
    "cluster unreachable",
    "connection refused",
    "i/o timeout",
    "context deadline exceeded",
    "TLS handshake timeout",
    "no such host",
    "Too Many Requests",
    "the server is currently unable",
    "etcdserver:",
)
_FILES = (
    (re.compile(r"^error unpacking subchart (\S+) in "), "charts/{}"),
    (re.compile(r"^cannot load ([^\s:]+):"), "{}"),
    (re.compile(r" in (values\.schema\.json)$"), "{}"),
)
"""How helm names the part of a chart that it cannot read."""

_LACKS_A_RIGHT = re.compile(r"is forbidden: User .* cannot ")
_GONE_JOB = re.compile(r"resource Job/\S+ not ready\. status: NotFound")

_WAS_FIRST = ("release: already exists", "cannot re-use a name that is still in use")
"""Somebody wrote the next revision, or installed the release, after our helm had looked."""


def said_by(completed: Completed) -> str:
    """Helm's own sentence: its last line that begins with Error, else what there is."""
    text = without_dumps(completed.stderr.strip())
    at = text.rfind("Error: ")
    return text[at + len("Error: ") :] if at >= 0 else text or f"helm ended with {completed.returncode}"


def file_of(said: str) -> str:
    """The file of a chart, or the subchart, that helm could not read; Chart.yaml where it names none."""
    found = ((pattern.search(said), place) for pattern, place in _FILES)
    return next((place.format(match[1]) for match, place in found if match), CHART_YAML)


def explained(said: str) -> str:
    """With what to do, where a Job was removed while helm waited for it: helm waits for it till its time is out."""
    if not _GONE_JOB.search(said):
        return said
    return (
        f"{said} (its ttl may have removed it while Helm waited for others: make ttlSecondsAfterFinished longer than the "
        "environment's timeout, or make the Job a hook)"
    )


def is_conflict(completed: Completed) -> bool:
    """Another helm is at work on the release, or was a moment ago: Helm's lock, and its creation of the next revision."""
    said = said_by(completed)
    in_progress = "another operation" in said and "in progress" in said
    return completed.returncode != 0 and (in_progress or any(sign in said for sign in _WAS_FIRST))


def error_of(completed: Completed, where: str) -> HeadwayError:
    """Of a helm that changed nothing."""
    said = said_by(completed)
    if is_conflict(completed):
        return Conflict(said, where=where, next_step="It is looked at again.")
    if any(sign in said for sign in _UNREACHABLE):
        return Unreachable(said, where=where, next_step="It is tried again.")
    if _LACKS_A_RIGHT.search(said):
        return Refused(said, where=where, next_step=GRANT)
    if "invalid ownership metadata" in said:
        return Refused(said, where=where, next_step="Remove the object, or let this release own it.")
    return BadInput(said, where=where, next_step="Change the chart or its values.")
