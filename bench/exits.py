"""Processor seconds of processes that have ended, as the kernel tells them one by one: most programs of a delivery live for a few
milliseconds, and are gone before anybody could look at them.

Linux's taskstats over netlink, since Linux 5.19, which needs root. https://docs.kernel.org/accounting/taskstats.html
"""

import os
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

_NETLINK_GENERIC, _CONTROL = 16, 0x10
_REQUEST_ACK, _ERROR = 0x1 | 0x4, 2
_GET_FAMILY, _FAMILY_ID, _FAMILY_NAME = 3, 1, 2
_GET, _REGISTER = 1, 3
_STATS, _AGGREGATES = 3, (4, 5)
_NESTED = 0x3FFF
_BUFFER = 16 * 2**20
_WAITS_SECONDS = 0.2
# Offsets in struct taskstats, version 12 and later.
_RAN, _NAME, _PARENT, _GROUP = 72, 80, 132, 368


@dataclass(frozen=True, slots=True)
class Exit:
    """A thread that has ended."""

    process: int
    parent: int
    name: str
    seconds: float


class Exits:
    """A context manager: what ends meanwhile is in `seen`, complete once it is left. Raises OSError without the right to listen,
    and RuntimeError on leaving where the kernel told more than was read."""

    def __init__(self) -> None:
        self.seen: list[Exit] = []
        self._lost = False
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_GENERIC)
        self._socket.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), _BUFFER)
        self._socket.bind((0, 0))
        self._socket.settimeout(_WAITS_SECONDS)
        told = self._ask(_CONTROL, _GET_FAMILY, _attribute(_FAMILY_NAME, b"TASKSTATS\0"))
        family = struct.unpack("=H", dict(_attributes(told))[_FAMILY_ID][:2])[0]
        processors = f"0-{(os.cpu_count() or 1) - 1}\0".encode()
        self._ask(family, _GET, _attribute(_REGISTER, processors))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()
        self._socket.close()
        if self._lost:
            raise RuntimeError("more processes ended than could be read of: measure again")

    def _ask(self, family: int, command: int, attribute: bytes) -> bytes:
        """The attributes of the answer. Raises OSError where it is refused."""
        body = struct.pack("=BBH", command, 1, 0) + attribute
        self._socket.send(struct.pack("=IHHII", 16 + len(body), family, _REQUEST_ACK, 1, 0) + body)
        answer = b""
        while True:
            for kind, said in _messages(self._socket.recv(65536)):
                if kind != _ERROR:
                    answer = said[4:]
                elif number := -struct.unpack("=i", said[:4])[0]:
                    raise OSError(number, os.strerror(number))
                else:
                    return answer

    def _listen(self) -> None:
        while not self._ends.is_set():
            with suppress(TimeoutError):
                try:
                    received = self._socket.recv(65536)
                except OSError as error:
                    if isinstance(error, TimeoutError):
                        raise
                    self._lost = True
                    return
                for _, said in _messages(received):
                    for kind, inner in _attributes(said[4:]):
                        if kind in _AGGREGATES and _STATS in (parts := dict(_attributes(inner))):
                            self._note(parts[_STATS])

    def _note(self, stats: bytes) -> None:
        # As the scheduler counts it: times of user and system are guessed from ticks, which last longer than many a program.
        (nanoseconds,) = struct.unpack_from("=Q", stats, _RAN)
        if len(stats) < _GROUP + 4 or not stats[_NAME]:
            # Of a group of threads as a whole, which has no times.
            return
        name = stats[_NAME : _NAME + 32].partition(b"\0")[0].decode(errors="replace")
        (parent,) = struct.unpack_from("=I", stats, _PARENT)
        (process,) = struct.unpack_from("=I", stats, _GROUP)
        self.seen.append(Exit(process, parent, name, nanoseconds / 1e9))


def _messages(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        found.append((kind, data[at + 16 : at + length]))
        at += (length + 3) & ~3
    return found


def _attributes(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            break
        found.append((kind & _NESTED, data[at + 4 : at + length]))
        at += (length + 3) & ~3
    return found


def _attribute(kind: int, content: bytes) -> bytes:
    length = 4 + len(content)
    return struct.pack("=HH", length, kind) + content + b"\0" * (-length % 4)
