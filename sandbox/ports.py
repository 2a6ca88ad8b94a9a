"""Says which process holds a port that the sandbox needs, before anything is started."""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LISTENING = "0A"
WILDCARDS = {"0.0.0.0", "::"}


@dataclass(frozen=True, slots=True)
class Listener:
    """An address on which a server accepts connections."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Held:
    """A listening socket of this machine, with the inode by which its process is found."""

    listener: Listener
    inode: str


def parse(table: str) -> list[Held]:
    """The listening sockets in the text of /proc/net/tcp or /proc/net/tcp6."""
    held = []
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[3] == LISTENING:
            address, port = fields[1].split(":")
            held.append(Held(Listener(_host(address), int(port, 16)), fields[9]))
    return held


def conflicts(wanted: Iterable[Listener], held: Iterable[Held]) -> list[tuple[Listener, Held]]:
    """The wanted addresses that cannot be bound, each with the socket in the way."""
    there = list(held)
    return [(want, has) for want in wanted for has in there if _collide(want, has.listener)]


def listening() -> list[Held]:
    """Every listening TCP socket of this machine."""
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    return [held for table in tables if table.exists() for held in parse(table.read_text())]


def owner(inode: str) -> tuple[int, str] | None:
    """The pid and name of the process that holds a socket; None when this user may not see it."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(link) == f"socket:[{inode}]":
                process = link.parent.parent
                return int(process.name), (process / "comm").read_text().strip()
    return None


def describe(want: Listener, held: Held) -> str:
    """A taken port as a person reads it: `127.0.0.1:5000 by docker-registry (pid 42)`."""
    who = owner(held.inode)
    return f"{want} by {who[1]} (pid {who[0]})" if who else f"{want} by a process of another user"


def _collide(want: Listener, has: Listener) -> bool:
    return want.port == has.port and (want.host == has.host or has.host in WILDCARDS)


def _host(hexadecimal: str) -> str:
    raw = bytes.fromhex(hexadecimal)
    if len(raw) == 4:
        return ".".join(str(byte) for byte in reversed(raw))
    if not any(raw):
        return "::"
    return raw.hex()
