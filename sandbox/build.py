"""Builds the programs one by one, so that the first are there early and an interrupted build resumes.

Each is built under a temporary name and renamed when whole; what was compiled before stays in Go's own cache.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox import places
from sandbox.failure import SandboxError
from sandbox.go_toolchain import go_command
from sandbox.programs import LINKER_FLAGS, Program

Say = Callable[[str], None]


def missing(programs: Sequence[Program], folder: Path) -> list[Program]:
    """The programs that are not built yet, in their order."""
    return [program for program in programs if not (folder / program.name).exists()]


def build(programs: Sequence[Program], *, say: Say = print, niceness: int = 0) -> Path:
    """Builds what is missing, returns the folder; raises SandboxError with the compiler's last words."""
    folder = places.binaries()
    todo = missing(programs, folder)
    if not todo:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    go = go_command(say)
    started = time.monotonic()
    for number, program in enumerate(todo, 1):
        since = time.monotonic()
        _build_one(go, program, folder, niceness)
        now = time.monotonic()
        say(
            f"  {now - started:4.0f} s  built {program.name} in {now - since:.0f} s ({number} of {len(todo)})"
        )
    return folder


def _build_one(go: str, program: Program, folder: Path, niceness: int) -> None:
    flags = ("-ldflags", LINKER_FLAGS)
    compile_program(go, program.package, folder / program.name, places.SOURCES, flags, niceness=niceness)


def compile_program(
    go: str,
    package: str,
    program: Path,
    module: Path,
    flags: Sequence[str],
    *,
    cgo: bool = False,
    niceness: int = 0,
) -> None:
    """Makes `program` of a Go package of the module in that folder, whole or not at all."""
    partial = program.with_name(f".{program.name}.{os.getpid()}")
    argv = [go, "build", "-trimpath", *flags, "-o", str(partial), package]
    settings = {"CGO_ENABLED": str(int(cgo)), "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"}
    try:
        done = subprocess.run(
            ["nice", "-n", str(niceness), *argv],
            cwd=module,
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            tail = "\n".join(done.stdout.splitlines()[-15:])
            raise SandboxError(
                f"{program.name} did not build:\n{tail}", "run the same command again: it resumes"
            )
        partial.rename(program)
    finally:
        partial.unlink(missing_ok=True)


def say_at_once(line: str) -> None:
    print(line, flush=True, file=sys.stdout)
