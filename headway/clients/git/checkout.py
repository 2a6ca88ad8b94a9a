"""Where a person's own clone comes from: what `headway init` and `doctor` need not ask for."""

import re
from pathlib import Path

from headway.clients import command
from headway.errors import HeadwayError

_SECONDS = 10.0
_CREDENTIALS = re.compile(r"^(https?://)[^/@]*@")


def origin(folder: Path) -> str:
    """URL of the remote `origin` of the repository that `folder` lies in, without user and password where it is http; empty where
    there is none."""
    return _CREDENTIALS.sub(r"\1", _said(folder, "remote", "get-url", "--", "origin"))


def branch(folder: Path) -> str:
    """The branch that is checked out; empty where there is none."""
    return _said(folder, "symbolic-ref", "--short", "--quiet", "HEAD")


def top(folder: Path) -> Path | None:
    """The folder of the repository that `folder` lies in; None where it lies in none."""
    said = _said(folder, "rev-parse", "--show-toplevel")
    return Path(said) if said else None


def files(folder: Path, which: str) -> tuple[str, ...]:
    """Paths of the repository's files that the pathspec `which` names, those that are not committed yet included, but none that
    is ignored."""
    said = _said(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", which)
    return tuple(sorted({each for each in said.split("\0") if each}))


def _said(folder: Path, *arguments: str) -> str:
    argv = ["git", "-c", f"safe.directory={folder.resolve()}", "-C", str(folder.resolve()), *arguments]
    try:
        done = command.run(argv, timeout=_SECONDS)
    except HeadwayError:
        return ""
    return "" if done.returncode else done.stdout.decode("utf-8", "replace").strip()
