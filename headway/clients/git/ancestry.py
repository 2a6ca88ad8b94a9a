"""Which commits hold another one, as a person's own clone knows them: nothing is fetched."""

import re
from collections.abc import Iterable
from pathlib import Path

from headway.clients import command
from headway.errors import HeadwayError

_SECONDS = 10.0
_SHA = re.compile(r"[0-9a-f]{7,64}\Z", re.ASCII)
LIMIT = 200
"""Commits that are asked about: a process each."""


def resolved(folder: Path, name: str) -> str:
    """Full SHA of a commit, branch or tag; empty where the clone does not know it."""
    if name.startswith("-"):
        return ""
    return _said(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}") or ""


def holding(folder: Path, commit: str, candidates: Iterable[str]) -> frozenset[str]:
    """Those of `candidates` (SHAs in full or their start) that are `commit` or came after it."""
    known = [each for each in dict.fromkeys(candidates) if _SHA.match(each)][:LIMIT]
    return frozenset(
        each for each in known if _said(folder, "merge-base", "--is-ancestor", commit, each) is not None
    )


def between(folder: Path, one: str, other: str) -> tuple[str, ...]:
    """Commits that `other` holds and `one` does not, newest first, such as "1a2b3c4 Ada: Count the items"; at most LIMIT."""
    if not (_SHA.match(one) and _SHA.match(other)):
        return ()
    shown = ("--no-show-signature", "--no-color", "--format=%h %an: %s", f"--max-count={LIMIT}")
    return tuple((_said(folder, "log", *shown, f"{one}..{other}", "--") or "").splitlines())


def _said(folder: Path, *arguments: str) -> str | None:
    """None where git fails, or is not there."""
    argv = ["git", "-c", f"safe.directory={folder.resolve()}", "-C", str(folder.resolve()), *arguments]
    try:
        done = command.run(argv, timeout=_SECONDS)
    except HeadwayError:
        return None
    return None if done.returncode else done.stdout.decode("utf-8", "replace").strip()
