"""How far a rollout is, in a sentence for whoever waits."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_SENTENCE = re.compile(r"([0-9]{1,5}) of ([0-9]{1,5}) new pods ready", re.ASCII)


def read(said: str) -> tuple[int, int] | None:
    """What a `sentence` in a run's log counts: ready, and all. None for any other line."""
    found = _SENTENCE.match(said)
    return (int(found[1]), int(found[2])) if found else None


def sentence(pods: Sequence[Mapping[str, Any]]) -> str:
    """Of the pods that a rollout brought. Empty where there is none yet."""
    if not pods:
        return ""
    ready = sum(map(is_ready, pods))
    waiting = sorted(each["metadata"]["name"] for each in pods if not is_ready(each))
    still = f": {', '.join(waiting[:3])}{' ...' if len(waiting) > 3 else ''} not yet" if waiting else ""
    return f"{ready} of {len(pods)} new pods ready{still}"


def is_ready(pod: Mapping[str, Any]) -> bool:
    """As its conditions say; a pod that has done its work is."""
    status = pod.get("status") or {}
    ready = any(
        each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions") or ()
    )
    return ready or status.get("phase") == "Succeeded"
