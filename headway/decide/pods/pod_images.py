"""Which bytes the pods of a rollout run, against what their package recorded.

A node may hold other bytes under a tag than its registry, and a tag may move between the last look and the pull.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from headway.decide.pods.release_pods import Selection

_BY_DIGEST = re.compile(r"@(sha256:[0-9a-f]{64})\Z", re.ASCII)
"""The end of an imageID that names a repository's digest: of the index or of the platform's manifest, as the runtime likes.
What names the configuration of an image alone (sha256:<hex>, as Docker does and containerd of an imported one) says nothing.
"""
Pod = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OtherBytes:
    """A container that runs something else than `recorded` under the name of `image`."""

    pod: str
    image: str
    runs: str
    recorded: str

    def __str__(self) -> str:
        return f"Pod {self.pod} runs {self.runs} as {self.image}, and its package records {self.recorded}"


def of_rollout(pods: Iterable[Pod], selection: Selection, since: str) -> list[Pod]:
    """Pods that came with a rollout begun at `since` (a time of the API server's), and stay.

    What a rollout left as it was runs what it ran before.
    """
    return [
        pod
        for pod in pods
        if selection.holds(pod)
        and not pod["metadata"].get("deletionTimestamp")
        and str(pod["metadata"].get("creationTimestamp", "")) >= since
    ]


def differing(pods: Iterable[Pod], recorded: Mapping[str, str]) -> tuple[OtherBytes, ...]:
    """`recorded`: digests by image, as manifests name it. One for each image and digest."""
    found = {
        (image, runs): OtherBytes(str(pod["metadata"]["name"]), image, runs, recorded[image])
        for pod in pods
        for image, runs in _running(pod)
        if image in recorded and runs != recorded[image]
    }
    return tuple(found.values())


def _running(pod: Pod) -> Iterator[tuple[str, str]]:
    """Image as the pod's spec names it, and digest."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    for containers, statuses in (
        ("containers", "containerStatuses"),
        ("initContainers", "initContainerStatuses"),
    ):
        names = {each.get("name"): str(each.get("image", "")) for each in spec.get(containers) or ()}
        for each in status.get(statuses) or ():
            match = _BY_DIGEST.search(str(each.get("imageID") or ""))
            if match and each.get("name") in names:
                yield names[each["name"]], match[1]
