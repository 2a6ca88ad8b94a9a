"""Runs as another user what refuses to run as root, also where the clone lies in a home folder that is closed to others."""

import os
from pathlib import Path

_READS_EVERYTHING = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")


def as_user(user: str, group: str, *, reads_everything: bool) -> list[str]:
    """How the command begins, of names or numbers. It writes what is the user's, and can be let read whatever there is."""
    identity = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    return [*identity, *(_READS_EVERYTHING if reads_everything else ())]


def is_closed(folder: Path) -> bool:
    """Whether users whom it does not belong to are kept from what is in it by a folder above."""
    return any(not above.stat().st_mode & 0o001 for above in folder.resolve().parents)


def is_root() -> bool:
    return os.geteuid() == 0
