"""One sandbox a machine: the user's cache folder notes whose servers run; a second clone is refused."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox import places
from sandbox.failure import SandboxError
from sandbox.processes import Processes


def note() -> Path:
    """The file that holds the path of the clone whose servers run."""
    return places.cache() / "running-clone"


def refusal(clone: Path, noted: str, others_running: bool) -> str | None:
    """One sentence why this clone may not start its servers; None when it may."""
    if not noted or Path(noted) == clone or not others_running:
        return None
    return (
        f"another clone's sandbox runs on this machine: {noted} (one a machine; `make down` there stops it)"
    )


def claim(clone: Path = places.ROOT) -> None:
    """Notes that this clone's servers run; raises SandboxError while another clone's do."""
    check(clone)
    note().parent.mkdir(parents=True, exist_ok=True)
    note().write_text(f"{clone}\n")


def check(clone: Path = places.ROOT) -> None:
    """Raises SandboxError, naming it, while another clone's servers run."""
    noted = note().read_text().strip() if note().exists() else ""
    why = refusal(clone, noted, bool(noted) and _runs(Path(noted)))
    if why:
        raise SandboxError(why)


def release(clone: Path = places.ROOT) -> None:
    """Forgets this clone, and only this one."""
    file = note()
    if file.exists() and file.read_text().strip() == str(clone):
        file.unlink()


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Holds a lock of this machine, so that two `up` (or a build and a build) wait for each other."""
    places.cache().mkdir(parents=True, exist_ok=True)
    with (places.cache() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _runs(clone: Path) -> bool:
    processes = Processes(clone / ".sandbox")
    return any(processes.running(name) for name in processes.names())
