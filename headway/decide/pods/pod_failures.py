"""What is wrong with pods, told from their status: whether waiting for them is in vain, and whether it speaks of the version.

A container that started and ended by itself, or never became ready, speaks of the version, but only while nothing else of
the release lacks its surroundings: what crashes may miss a database whose image is still being pulled. About images the
registry is asked, and the kubelet believed only where that cannot be. Reasons are those the kubelet writes into
`containerStatuses[].state.waiting.reason`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from headway.decide.release.failure_phrases import classify
from headway.formats.counted import counted
from headway.model.record import Cause

CRASHES = 3
"""So many ends are enough: the kubelet's pauses between them come to ten seconds by then."""
CRASHES_BESIDE_OTHERS = 4
"""While something else of the release is not ready, which it may need: half a minute."""
CRASHES_WITHOUT_A_PROGRAM = 2
"""What its image lacks it lacks at each start: the second follows the first at once."""
GRACE = timedelta(seconds=30)
"""What others may still bring: a secret from an operator, a node from an autoscaler."""
KILLED, TERMINATED = 128 + 9, 128 + 15
"""Exit codes of containers that were ended from outside."""
_NO_PROGRAM = {126: "what it starts cannot be executed", 127: "what it starts is not there"}
"""Exit codes of shells, env, xargs and the dynamic loader, by POSIX; nothing around a pod makes them."""
_NO_INTERPRETER = re.compile(r"exec /\S+: no such file or directory", re.ASCII)
"""All that runc writes into the log of a container whose program is there, and what should run or load it is not."""
_OF_THE_POD = frozenset({"name", "configMap", "secret", "projected", "downwardAPI"})
"""Keys of volumes that hold no programs which others may bring."""

_OFF_ITS_NODE = frozenset(
    {"Evicted", "NodeLost", "NodeShutdown", "Preempting", "UnexpectedAdmissionError", "Terminated"}
)
_PULLING = frozenset({"ErrImagePull", "ImagePullBackOff", "RegistryUnavailable"})
_NO_SUCH_IMAGE = re.compile(r": not found$|manifest unknown", re.IGNORECASE)
"""As containerd and registries say it of a tag or digest; not of a host that was not found."""
_CONFIG = frozenset({"CreateContainerConfigError", "CreateContainerError"})
_CANNOT_START = frozenset({"RunContainerError", "StartError", "ContainerCannotRun"})
_OF_THE_IMAGE = re.compile(
    r'exec: ".*": (executable file not found|permission denied|stat \S+: no such file|is a directory)'
    r"|no command specified"
    r"|runAsNonRoot and image (will run as root|has non-numeric user)",
    re.DOTALL,
)
"""What runtime and kubelet say where image and pod do not fit: the same at every start, and on every node."""

ImageExists = Callable[[str], bool | None]
"""Whether the registry has an image; None where it cannot be asked."""
Says = Callable[[str, str], str]
"""The log of a pod's container."""
Pod = Mapping[str, Any]
What = Literal["", "pull", "create", "crash", "ended", "ready", "node"]


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
    ended: int = 0
    """How often a container that crashes has ended."""

    @property
    def about(self) -> tuple[str, What]:
        """The same for all pods that complain of the same, so that it is told once."""
        if self.what == "create" and not self.container:
            return self.sentence.partition(": ")[2], self.what
        return self.container, self.what


Lacks = Callable[[Pod], Iterable[PodFailure]]
"""What a pod names and is not there, where that is looked for."""


def says_nothing(_: str, __: str) -> str:
    """Where no log is read."""
    return ""


def not_asked(_: str) -> bool | None:
    """Where no registry is asked."""
    return None


def failures(
    pods: Iterable[Pod],
    *,
    now: datetime | None = None,
    image_exists: ImageExists = not_asked,
    lacks: Lacks = lambda _: (),
    says: Says = says_nothing,
) -> list[PodFailure]:
    """Of the pods of one release (objects of the API), worst first: final ones, then those that speak of the version.

    `says` is asked of what has crashed twice.

    With `now`, what others may still bring gets GRACE; without, it counts at once.
    """
    pods = list(pods)
    every = [
        (pod, [_with_image(each, pod) for each in (*lacks(pod), *_of_pod(pod, now, image_exists, says))])
        for pod in pods
    ]
    lacking = {_name(pod) for pod, found in every if _lacks_surroundings(pod, found)}
    judged = [
        _unless_lacking(_unless_others_start(each, pod, pods), lacking - {_name(pod)})
        for pod, found in every
        for each in found
    ]
    return sorted(judged, key=lambda each: (not each.final, each.cause != "version"))


def said_no(pod: Pod) -> bool:
    """Whether a pod of a test or a hook ran to its end and failed by itself."""
    return _no(pod) is not None


def _no(pod: Pod) -> tuple[str, int] | None:
    """The container that said so, and its exit code."""
    status = pod.get("status") or {}
    if status.get("phase") != "Failed" or status.get("reason") or pod["metadata"].get("deletionTimestamp"):
        return None
    for each in status.get("containerStatuses") or ():
        ended = (each.get("state") or {}).get("terminated") or {}
        code = ended.get("exitCode")
        if code not in (None, 0, KILLED, TERMINATED) and ended.get("reason") in (None, "Error"):
            return str(each.get("name", "")), int(code)
    return None


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


def _unless_others_start(failure: PodFailure, pod: Pod, pods: Iterable[Pod]) -> PodFailure:
    if failure.what != "crash" or failure.certain or failure.ended >= CRASHES_BESIDE_OTHERS:
        return failure
    beside = [each for each in pods if _owner(each) != _owner(pod)]
    containers = [each for each in _containers(pod) if each.get("name") != failure.container]
    are_ready = all(map(_is_ready, beside)) and all(each.get("ready") is not False for each in containers)
    return failure if are_ready else replace(failure, final=False)


def _is_ready(pod: Pod) -> bool:
    if (pod.get("status") or {}).get("phase") == "Succeeded":
        return True
    found = _containers(pod)
    return bool(found) and all(each.get("ready") is True for each in found)


def _containers(pod: Pod) -> list[Mapping[str, Any]]:
    return (pod.get("status") or {}).get("containerStatuses") or []


def _owner(pod: Pod) -> str:
    """Pods of one workload fail alike."""
    owners = pod["metadata"].get("ownerReferences") or [{}]
    return str(owners[0].get("uid") or owners[0].get("name") or _name(pod))


def _lacks_surroundings(pod: Pod, found: list[PodFailure]) -> bool:
    """Something around it keeps it from starting, or it is still being created."""
    if any(each.cause != "version" for each in found):
        return True
    return not found and (pod.get("status") or {}).get("phase") == "Pending"


def _of_pod(pod: Pod, now: datetime | None, image_exists: ImageExists, says: Says) -> Iterator[PodFailure]:
    name, status = _name(pod), pod.get("status") or {}
    if status.get("reason") in _OFF_ITS_NODE:
        told = status.get("message") or status["reason"]
        yield PodFailure(name, f"Pod {name} was taken off its node: {told}", "surroundings", what="node")
        return
    if no := _no(pod):
        container, code = no
        sentence = f"Pod {name}, container {container} ran to its end and failed with exit code {code}"
        yield PodFailure(name, sentence, "version", container, what="ended")
        return
    young = _young(status.get("startTime"), now)
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(key) or ():
            yield from _of_container(
                name,
                container,
                young,
                image_exists,
                restarts=_is_restarted(pod),
                says=says if _mounts_no_programs(pod, str(container.get("name", ""))) else None,
            )
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            told = condition.get("message") or "no node takes it"
            yield PodFailure(name, f"Pod {name} finds no node: {told}", "surroundings", what="node")


def _of_container(
    pod: str,
    status: Mapping[str, Any],
    young: bool,
    image_exists: ImageExists,
    *,
    restarts: bool,
    says: Says | None,
) -> Iterator[PodFailure]:
    """`says`: None where it can start other programs than its image's."""
    name, state = status.get("name", ""), status.get("state") or {}
    waiting, running = state.get("waiting") or {}, state.get("running")
    why, message = waiting.get("reason", ""), waiting.get("message", "")
    place, image = f"Pod {pod}, container {name}", str(status.get("image", ""))
    ended = _ended(status)
    if why == "InvalidImageName":
        sentence = f"{place}: image {image} is not usable: {message or why}"
        yield PodFailure(pod, sentence, "version", name, final=True, certain=True, what="pull")
    elif why in _PULLING or why == "ErrImageNeverPull":
        yield _image_failure(pod, name, image, message or why, image_exists)
    elif (told := _does_not_fit(why, message, ended)) is not None:
        sentence = f"{place} cannot be started: {told}"
        yield PodFailure(pod, sentence, "version", name, final=True, certain=True, what="create")
    elif why in _CONFIG:
        cause = classify(message)[0]
        cause = "unknown" if cause == "version" else cause
        sentence = f"{place} cannot be created: {message or why}"
        final = cause == "unknown" and not young
        yield PodFailure(pod, sentence, cause, name, final=final, what="create")
    elif why == "CrashLoopBackOff" or (restarts and (state.get("terminated") or {}).get("exitCode")):
        count = int(status.get("restartCount", 0)) + 1
        sentence = f"{place} ended {counted(count, 'time')}{_how(ended)}"
        missing = _missing_program(ended, count, lambda: says(pod, name)) if says else None
        lacks = missing is not None
        sentence += f": {missing}" if missing else ""
        final = lacks or count >= CRASHES
        yield PodFailure(pod, sentence, "version", name, final, certain=lacks, what="crash", ended=count)
    elif running is not None and status.get("ready") is False:
        yield PodFailure(pod, f"{place} runs, but is not ready", "version", name, what="ready")


def _ended(status: Mapping[str, Any]) -> Mapping[str, Any]:
    """How the container ended last."""
    state, last = status.get("state") or {}, status.get("lastState") or {}
    return state.get("terminated") or last.get("terminated") or {}


def _does_not_fit(why: str, message: str, ended: Mapping[str, Any]) -> str | None:
    """Why no start of this image by this pod can succeed."""
    if why in _CANNOT_START | _CONFIG:
        return message if _OF_THE_IMAGE.search(message) else None
    told = str(ended.get("message") or "")
    return told if ended.get("reason") in _CANNOT_START and _OF_THE_IMAGE.search(told) else None


def _mounts_no_programs(pod: Pod, container: str) -> bool:
    """A disk, or a folder that another container fills, may lack them for a while."""
    spec = pod.get("spec") or {}
    every = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    mounts = next((each.get("volumeMounts") for each in every if each.get("name") == container), None)
    mounted = {each.get("name") for each in mounts or ()}
    return all(
        each.keys() <= _OF_THE_POD and not _may_be_absent(each)
        for each in spec.get("volumes") or ()
        if each.get("name") in mounted
    )


def _may_be_absent(volume: Mapping[str, Any]) -> bool:
    """The kubelet starts what mounts it without it, if it says `optional`."""
    parts = [volume, *((volume.get("projected") or {}).get("sources") or ())]
    return any((part.get(key) or {}).get("optional") for part in parts for key in ("configMap", "secret"))


def _missing_program(ended: Mapping[str, Any], count: int, said: Callable[[], str]) -> str | None:
    """What the runtime said in the place of a program that its image lacks; empty where its exit code says so, None where nothing
    does."""
    if count < CRASHES_WITHOUT_A_PROGRAM:
        return None
    if ended.get("exitCode") in _NO_PROGRAM:
        return ""
    told = said().strip() if count == CRASHES_WITHOUT_A_PROGRAM else ""
    return told if _NO_INTERPRETER.fullmatch(told) else None


def _is_restarted(pod: Pod) -> bool:
    if (pod.get("status") or {}).get("phase") == "Failed":
        return False
    return bool((pod.get("spec") or {}).get("restartPolicy", "Always") == "Always")


def _image_failure(pod: str, container: str, image: str, told: str, image_exists: ImageExists) -> PodFailure:
    """Only a registry that has no such image speaks of the version."""
    refused = f"Pod {pod}, container {container}: image {image} cannot be pulled: "
    sentence = f"{refused}{told}"
    exists = image_exists(image)
    if exists is False:
        sentence = f"{refused}{_without_its_name(told, image)}; the registry has no such image"
        return PodFailure(pod, sentence, "version", container, final=True, certain=True, what="pull")
    cause = classify(told)[0]
    if exists is None and cause == "unknown" and _NO_SUCH_IMAGE.search(told):
        return PodFailure(pod, sentence, "version", container, final=True, what="pull")
    cause = "surroundings" if exists or cause == "version" else cause
    return PodFailure(pod, sentence, cause, container, what="pull")


def _without_its_name(told: str, image: str) -> str:
    """The last of what kubelet, containerd and registry say, each of which puts the image's name before it."""
    return re.split(rf'{re.escape(image)}"?: ', told)[-1] or told


def _how(ended: Mapping[str, Any]) -> str:
    if not ended:
        return ""
    code = ended.get("exitCode")
    text = f", last with exit code {code}" + (f": {_NO_PROGRAM[code]}" if code in _NO_PROGRAM else "")
    return f"{text} ({ended['reason']})" if ended.get("reason") not in (None, "", "Error") else text


def _young(start: str | None, now: datetime | None) -> bool:
    if now is None or not start:
        return False
    return now - datetime.fromisoformat(start) < GRACE


def _name(pod: Pod) -> str:
    return str(pod["metadata"]["name"])
