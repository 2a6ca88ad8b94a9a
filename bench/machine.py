"""What the machine and its processes have used: processor seconds and memory, as the kernel counts them."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def busy_seconds() -> float:
    """Processor seconds of all processes and the kernel since the machine started."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq) / _TICKS


def processor_seconds(pid: int) -> float:
    """Of a process and of those of its children that it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes."""

    own: int
    """What would be free again without the process (USS)."""
    share: int
    """That, and its share of what several processes have (PSS)."""

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.own + other.own, self.share + other.share)


def memory(pid: int) -> Memory:
    """Raises OSError where the process has ended."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = {name: int(kib) * 1024 for name, kib in re.findall(r"(\w+): +(\d+) kB", text)}
    return Memory(found["Private_Clean"] + found["Private_Dirty"], found["Pss"])


def children(pid: int) -> list[int]:
    """Those that live now."""
    found: list[int] = []
    for task in _tasks(pid):
        found += map(int, (task / "children").read_text().split())
    return found


def _tasks(pid: int) -> Iterator[Path]:
    try:
        yield from Path(f"/proc/{pid}/task").iterdir()
    except OSError:
        return


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
