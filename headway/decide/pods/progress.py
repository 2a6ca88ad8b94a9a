"""How far a rollout is, in a sentence for whoever waits."""

from collections.abc import Mapping, Sequence
from typing import Any


def sentence(pods: Sequence[Mapping[str, Any]]) -> str:
    """Of the pods that a rollout brought. Empty where there is none yet."""
    if not pods:
        return ""
    ready = sum(map(_is_ready, pods))
    waiting = sorted(each["metadata"]["name"] for each in pods if not _is_ready(each))
    still = f": {', '.join(waiting[:3])}{' ...' if len(waiting) > 3 else ''} not yet" if waiting else ""
    return f"{ready} of {len(pods)} new pods ready{still}"


def _is_ready(pod: Mapping[str, Any]) -> bool:
    status = pod.get("status") or {}
    ready = any(
        each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions") or ()
    )
    return ready or status.get("phase") == "Succeeded"
