"""Which pods will never become ready, told from their status, so that nobody waits for a timeout to learn it.

Reasons are those the kubelet writes into `containerStatuses[].state.waiting.reason`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from headway.decide.release.failure_cause import Cause, classify

RESTARTS = 3
"""So many starts that failed are enough: the kubelet's pauses between them come to a minute by then."""
GRACE = timedelta(seconds=30)
"""What others may still bring: a secret from an operator, a node from an autoscaler."""

_AT_ONCE = frozenset({"InvalidImageName", "ErrImageNeverPull"})
_PULLING = frozenset({"ErrImagePull", "ImagePullBackOff", "RegistryUnavailable"})
_CERTAIN = ("not found", "manifest unknown", "name unknown", "invalid reference", "no match for platform")
_CONFIG = frozenset({"CreateContainerConfigError", "CreateContainerError"})


@dataclass(frozen=True, slots=True)
class PodFailure:
    """What is wrong with a pod. `sentence` names pod and container."""

    pod: str
    sentence: str
    cause: Cause = "version"
    container: str = ""


def reason(pod: Mapping[str, Any], *, now: datetime | None = None) -> PodFailure | None:
    """Why waiting for `pod` (an object of the API) is in vain; None where it may still come up.

    Trouble of the surroundings is no reason: the kubelet tries again by itself. With `now`, what others may
    still
    bring gets GRACE; without, a missing secret counts at once.
    """
    return next(
        (found for found, final in _troubles(pod, now) if final and found.cause == "version"),
        None,
    )


def trouble(pod: Mapping[str, Any]) -> PodFailure | None:
    """What is wrong with `pod` at all, whoever is to blame: says why a wait ended in a timeout."""
    return next((found for found, _ in _troubles(pod, None)), None)


def _troubles(pod: Mapping[str, Any], now: datetime | None) -> Iterator[tuple[PodFailure, bool]]:
    """What is wrong, and whether it stays so."""
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    if status.get("reason") in {
        "Evicted",
        "NodeLost",
        "NodeShutdown",
        "Preempting",
        "UnexpectedAdmissionError",
    }:
        told = status.get("message") or status["reason"]
        yield PodFailure(name, f"Pod {name} was taken off its node: {told}", "infrastructure"), False
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(key) or ():
            yield from _container(name, container, _young(status.get("startTime"), now))
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            told = condition.get("message") or "no node takes it"
            yield PodFailure(name, f"Pod {name} finds no node: {told}", "infrastructure"), False


def _container(pod: str, status: Mapping[str, Any], young: bool) -> Iterator[tuple[PodFailure, bool]]:
    name, waiting = status.get("name", ""), (status.get("state") or {}).get("waiting") or {}
    why, message = waiting.get("reason", ""), waiting.get("message", "")
    place = f"Pod {pod}, container {name}"

    def found(sentence: str, cause: Cause = "version") -> PodFailure:
        return PodFailure(pod, sentence, cause, name)

    if why in _AT_ONCE:
        yield found(f"{place}: image {status.get('image', '')} is not usable: {message or why}"), True
    elif why in _PULLING:
        certain = any(sign in message.lower() for sign in _CERTAIN)
        cause: Cause = "version" if certain else classify(message)[0]
        sentence = f"{place}: image {status.get('image', '')} cannot be pulled: {message or why}"
        yield found(sentence, cause), certain or why != "ErrImagePull"
    elif why in _CONFIG:
        yield found(f"{place} cannot be created: {message or why}"), not young
    elif why == "CrashLoopBackOff":
        restarts = int(status.get("restartCount", 0))
        sentence = f"{place} ended {restarts} times{_how(status)}"
        yield found(sentence), restarts >= RESTARTS


def _how(status: Mapping[str, Any]) -> str:
    ended = (status.get("lastState") or {}).get("terminated") or {}
    if not ended:
        return ""
    text = f", last with exit code {ended.get('exitCode')}"
    return f"{text} ({ended['reason']})" if ended.get("reason") not in (None, "", "Error") else text


def _young(start: str | None, now: datetime | None) -> bool:
    if now is None or not start:
        return False
    return now - datetime.fromisoformat(start) < GRACE
