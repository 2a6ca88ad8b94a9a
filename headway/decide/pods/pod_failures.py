"""What is wrong with pods, told from their status: whether waiting for them is in vain, and whether it speaks of the version.

A container that started and ended by itself, or never became ready, speaks of the version, but only while nothing else of
the release lacks its surroundings: what crashes may miss a database whose image is still being pulled. About images the
registry is asked, not the kubelet. Reasons are those the kubelet writes into `containerStatuses[].state.waiting.reason`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from headway.decide.release.failure_phrases import classify
from headway.model.record import Cause

RESTARTS = 3
"""So many starts that failed are enough: the kubelet's pauses between them come to a minute by then."""
GRACE = timedelta(seconds=30)
"""What others may still bring: a secret from an operator, a node from an autoscaler."""
KILLED, TERMINATED = 128 + 9, 128 + 15
"""Exit codes of containers that were ended from outside."""

_OFF_ITS_NODE = frozenset(
    {"Evicted", "NodeLost", "NodeShutdown", "Preempting", "UnexpectedAdmissionError", "Terminated"}
)
_PULLING = frozenset({"ErrImagePull", "ImagePullBackOff", "RegistryUnavailable"})
_CONFIG = frozenset({"CreateContainerConfigError", "CreateContainerError"})

ImageExists = Callable[[str], bool | None]
"""Whether the registry has an image; None where it cannot be asked."""
Pod = Mapping[str, Any]
What = Literal["", "pull", "create", "crash", "ready", "node"]


@dataclass(frozen=True, slots=True)
class PodFailure:
    """What is wrong with a pod. `sentence` names pod and container."""

    pod: str
    sentence: str
    cause: Cause = "version"
    container: str = ""
    final: bool = False
    """Waiting for it is in vain."""
    certain: bool = False
    """Whatever else is the matter: the image's name is none, or its registry has no such image."""
    image: str = ""
    """`<repository>:<tag>` of the container, as the manifest names it; empty where it is no container's failure."""
    what: What = ""
    """However the kubelet puts it."""


def not_asked(_: str) -> bool | None:
    """Where no registry is asked."""
    return None


def failures(
    pods: Iterable[Pod], *, now: datetime | None = None, image_exists: ImageExists = not_asked
) -> list[PodFailure]:
    """Of the pods of one release (objects of the API), worst first: final ones, then those that speak of the version.

    With `now`, what others may still bring gets GRACE; without, it counts at once.
    """
    every = [(pod, [_with_image(each, pod) for each in _of_pod(pod, now, image_exists)]) for pod in pods]
    lacking = {_name(pod) for pod, found in every if _lacks_surroundings(pod, found)}
    judged = [_unless_lacking(each, lacking - {_name(pod)}) for pod, found in every for each in found]
    return sorted(judged, key=lambda each: (not each.final, each.cause != "version"))


def said_no(pod: Pod) -> bool:
    """Whether a pod of a test ran to its end and failed by itself."""
    status = pod.get("status") or {}
    if status.get("phase") != "Failed" or status.get("reason") or pod["metadata"].get("deletionTimestamp"):
        return False
    ended = [
        (each.get("state") or {}).get("terminated") or {} for each in status.get("containerStatuses") or ()
    ]
    return any(
        each.get("exitCode") not in (None, 0, KILLED, TERMINATED) and each.get("reason") in (None, "Error")
        for each in ended
    )


def _unless_lacking(failure: PodFailure, others: set[str]) -> PodFailure:
    if failure.cause != "version" or failure.certain or not others:
        return failure
    sentence = f"{failure.sentence}, while Pod {min(others)} is not there yet"
    return PodFailure(failure.pod, sentence, "unknown", failure.container, what=failure.what)


def _with_image(failure: PodFailure, pod: Pod) -> PodFailure:
    spec = pod.get("spec") or {}
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    named = {each.get("name"): str(each.get("image", "")) for each in containers}
    return replace(failure, image=named.get(failure.container, "").partition("@")[0])


def _lacks_surroundings(pod: Pod, found: list[PodFailure]) -> bool:
    """Something around it keeps it from starting, or it is still being created."""
    if any(each.cause == "surroundings" for each in found):
        return True
    return not found and (pod.get("status") or {}).get("phase") == "Pending"


def _of_pod(pod: Pod, now: datetime | None, image_exists: ImageExists) -> Iterator[PodFailure]:
    name, status = _name(pod), pod.get("status") or {}
    if status.get("reason") in _OFF_ITS_NODE:
        told = status.get("message") or status["reason"]
        yield PodFailure(name, f"Pod {name} was taken off its node: {told}", "surroundings", what="node")
        return
    young = _young(status.get("startTime"), now)
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(key) or ():
            yield from _of_container(name, container, young, image_exists)
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            told = condition.get("message") or "no node takes it"
            yield PodFailure(name, f"Pod {name} finds no node: {told}", "surroundings", what="node")


def _of_container(
    pod: str, status: Mapping[str, Any], young: bool, image_exists: ImageExists
) -> Iterator[PodFailure]:
    name, state = status.get("name", ""), status.get("state") or {}
    waiting, running = state.get("waiting") or {}, state.get("running")
    why, message = waiting.get("reason", ""), waiting.get("message", "")
    place, image = f"Pod {pod}, container {name}", str(status.get("image", ""))
    if why == "InvalidImageName":
        sentence = f"{place}: image {image} is not usable: {message or why}"
        yield PodFailure(pod, sentence, "version", name, final=True, certain=True, what="pull")
    elif why in _PULLING or why == "ErrImageNeverPull":
        yield _image_failure(pod, name, image, message or why, image_exists)
    elif why in _CONFIG:
        cause = classify(message)[0]
        cause = "unknown" if cause == "version" else cause
        sentence = f"{place} cannot be created: {message or why}"
        final = cause == "unknown" and not young
        yield PodFailure(pod, sentence, cause, name, final=final, what="create")
    elif why == "CrashLoopBackOff":
        restarts = int(status.get("restartCount", 0))
        sentence = f"{place} ended {restarts} times{_how(status)}"
        yield PodFailure(pod, sentence, "version", name, final=restarts >= RESTARTS, what="crash")
    elif running is not None and status.get("ready") is False:
        yield PodFailure(pod, f"{place} runs, but is not ready", "version", name, what="ready")


def _image_failure(pod: str, container: str, image: str, told: str, image_exists: ImageExists) -> PodFailure:
    """Only a registry that has no such image speaks of the version."""
    sentence = f"Pod {pod}, container {container}: image {image} cannot be pulled: {told}"
    exists = image_exists(image)
    if exists is False:
        sentence = f"{sentence}; the registry has no such image"
        return PodFailure(pod, sentence, "version", container, final=True, certain=True, what="pull")
    cause = classify(told)[0]
    cause = "surroundings" if exists or cause == "version" else cause
    return PodFailure(pod, sentence, cause, container, what="pull")


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


def _name(pod: Pod) -> str:
    return str(pod["metadata"]["name"])
