"""What is kept on this machine for later, such as mirrors: for the worker's own user alone."""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from headway.errors import Terminal

_NEW = ".new-"
_LEFT = 3600.0
"""Seconds after which nobody writes a file any more that was begun then."""


def write_whole(path: Path, *parts: bytes) -> None:
    """All of it or nothing, whoever is killed; where it fails or is ended by a signal nothing is left. Raises OSError."""
    handle, temporary = tempfile.mkstemp(prefix=_NEW, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for each in parts:
                file.write(each)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def sweep(files: Iterable[os.DirEntry[str]], forgotten: float = float("inf")) -> None:
    """What was begun and left there by whoever was killed, and what nobody has written for so many seconds."""
    now = time.time()
    for each in files:
        with contextlib.suppress(OSError):
            age = now - each.stat().st_mtime
            if age > forgotten or (age > _LEFT and each.name.startswith(_NEW)):
                os.unlink(each.path)


def cache() -> Path:
    """Where this user keeps what can be made anew: `headway` in XDG_CACHE_HOME, else in ~/.cache. Raises Terminal where there is
    neither.

    A relative XDG_CACHE_HOME is none: https://specifications.freedesktop.org/basedir-spec/latest/
    """
    if os.path.isabs(named := os.environ.get("XDG_CACHE_HOME", "")):
        return Path(named) / "headway"
    try:
        return Path.home() / ".cache" / "headway"
    except RuntimeError as error:
        raise Terminal(
            "the user has no home, so that there is no folder for what is kept",
            where=f"user {os.getuid()}",
            next_step="Set XDG_CACHE_HOME to a folder where it can write, or HOME.",
        ) from error


def made_private(path: Path) -> Path:
    """The folder, made with its parents where it is not there; nobody else may enter it (0700)."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path
