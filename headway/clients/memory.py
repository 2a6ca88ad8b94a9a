"""Folders of a process alone; in memory for what must never reach a disk: decrypted values, kubeconfigs, packages under way.

A process that is killed leaves its folder behind; whoever begins next takes it away. Each process holds a lock on its own,
which the kernel frees with it, so a folder that can be locked belongs to nobody, also among containers that share memory.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

MEMORY = Path("/dev/shm")
HELD = "headway-held-"
_BEING_MADE = "headway-new-"


def private_folder() -> Path:
    """A folder of this process alone (0700), in memory where the system has such storage; gone when it ends."""
    return held_folder(MEMORY if MEMORY.is_dir() else Path(tempfile.gettempdir()))


def held_folder(where: Path) -> Path:
    """The same there: for what may lie on a disk."""
    return _held_folder(where, os.getpid())


def scratch_folder() -> Path:
    """The same among temporary files; in memory where there is no room: a release goes back all the same."""
    try:
        return held_folder(Path(tempfile.gettempdir()))
    except OSError:
        return private_folder()


def private_file(text: str, prefix: str) -> Path:
    """The text as a new file there, of mode 0600; none where it cannot be written. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix=prefix, dir=private_folder())
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except BaseException:
        os.unlink(name)
        raise
    return Path(name)


def sweep(where: Path) -> None:
    """Take away what processes of this user left behind that are gone."""
    for folder in where.glob(f"{HELD}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            lock = _locked(folder)
            try:
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


@cache
def _held_folder(where: Path, process: int) -> Path:
    sweep(where)
    made = Path(tempfile.mkdtemp(prefix=_BEING_MADE, dir=where))
    # Nobody looks at it before it is locked; the lock is never closed, and lives as long as this process.
    _locked(made)
    folder = made.rename(made.with_name(made.name.replace(_BEING_MADE, HELD, 1)))

    def remove() -> None:
        if os.getpid() == process:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def _locked(folder: Path) -> int:
    """The lock's descriptor, which no child inherits. BlockingIOError where somebody holds it."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(lock)
        raise
    return lock
