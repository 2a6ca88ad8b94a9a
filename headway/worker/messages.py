"""What the worker and its fork parent say to each other: one JSON object a packet.

With `Forked` comes a descriptor of the child (pidfd_open(2)), so that no signal reaches a stranger that was given the number of a
child that has ended.
"""

import json
import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from headway.errors import BadInput

LIMIT = 2**17
"""Bytes of a packet; the kernel takes some 200,000."""
LOOK = signal.SIGURG
"""To a run: look whether you are suspended. The kernel ends nobody by it who does not listen."""
LOOKS_AFTER_SECONDS = (0.0, 0.5, 1.5)
"""A server may tell of a state a moment before it shows it."""


@dataclass(frozen=True, slots=True)
class Order:
    """Worker to fork parent: fork, and do this in the child."""

    flow_run: str
    """Id of the flow run."""
    folder: str
    """The child's working folder."""
    environment: Mapping[str, str | None]
    """What differs from the fork parent's; None: not set."""
    streams: bool = True
    """What the child prints goes where the worker's own output goes."""
    hooks_of: str = ""
    """Run the flow's hooks for this state (JSON) in place of the flow."""
    deployment: Mapping[str, Any] = field(default_factory=dict)
    """Of the run: `id`, `name`, and `tags` as a list. Empty where it has none."""
    number: int = 0
    """By which the answers name it."""


@dataclass(frozen=True, slots=True)
class Ready:
    modules: int
    """How many are imported."""


@dataclass(frozen=True, slots=True)
class Unready:
    why: str


@dataclass(frozen=True, slots=True)
class Forked:
    number: int
    pid: int


@dataclass(frozen=True, slots=True)
class NotForked:
    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Ended:
    number: int
    code: int
    """Exit code; negative: ended by that signal."""


Message = Order | Ready | Unready | Forked | NotForked | Ended
_KINDS: dict[str, type[Message]] = {
    kind.__name__: kind for kind in (Order, Ready, Unready, Forked, NotForked, Ended)
}


def encode(message: Message) -> bytes:
    """BadInput for more than the other side reads, which would end by half a packet, with all that runs have of it."""
    packet = json.dumps({"kind": type(message).__name__, **asdict(message)}).encode()
    if len(packet) > LIMIT:
        raise BadInput(
            f"its variables are {len(packet)} bytes with all that is said beside them, and {LIMIT} are heard",
            where=type(message).__name__,
            next_step="Make the variables of the run's job (`env`) smaller.",
        )
    return packet


def decode(packet: bytes) -> Message:
    said = json.loads(packet)
    return _KINDS[said.pop("kind")](**said)


def send(channel: socket.socket, message: Message, *descriptors: int) -> None:
    """Raises OSError when nobody listens any more."""
    socket.send_fds(channel, [encode(message)], descriptors)


def receive(channel: socket.socket) -> tuple[Message, list[int]] | None:
    """A message and the descriptors that came with it; None when the other side has closed. Raises BlockingIOError."""
    packet, descriptors, _, _ = socket.recv_fds(channel, LIMIT, 1)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return (decode(packet), descriptors) if packet else None


def pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a channel that keeps packets apart, and tells each side when the other has ended."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
