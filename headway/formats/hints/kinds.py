"""Which kinds of senders there are, how each reads, and where it says what happened."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from headway.formats import json_limits
from headway.formats.hints import (
    acr,
    distribution,
    docker_hub,
    ecr,
    generic,
    gitea,
    github,
    gitlab,
    google,
    harbor,
    quay,
    s3,
    seaweedfs,
)
from headway.model.hints import Named

NAMED_LIMIT = 1000
"""Things of one payload; the poll finds what stands behind them."""
Reader = Callable[[Any, str, str], Iterator[Named]]


@dataclass(frozen=True, slots=True)
class Kind:
    read: Reader
    event_header: str = ""
    """The header that says what happened; empty where the payload does."""


KINDS: Mapping[str, Kind] = {
    "acr": Kind(acr.named),
    "distribution": Kind(distribution.named),
    "docker-hub": Kind(docker_hub.named),
    "ecr": Kind(ecr.named),
    "generic": Kind(generic.named),
    "gitea": Kind(gitea.named, "x-gitea-event"),
    "github": Kind(github.named, "x-github-event"),
    "gitlab": Kind(gitlab.named),
    "google": Kind(google.named),
    "harbor": Kind(harbor.named),
    "quay": Kind(quay.named),
    "s3": Kind(s3.named),
    "seaweedfs": Kind(seaweedfs.named),
}


def read(kind: str, body: bytes, event: str = "", registry: str = "") -> tuple[Named, ...]:
    """What a payload names, each once. Raises ValueError for what is no JSON object within limits.

    `event`: what the header of the kind says; `registry`: the name by which images are pulled, where the sender has another.
    """
    payload = json_limits.load(body)
    if not isinstance(payload, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - it is the caller's input, like any other that is no JSON
    return tuple(dict.fromkeys(islice(KINDS[kind].read(payload, event, registry), NAMED_LIMIT)))
