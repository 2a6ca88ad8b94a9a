"""Builds the forge: Gitea, a Go module of its own beside this file, and the folders of its module that it serves from.

It takes minutes and only tests and a receiver need it: neither `make up` nor the demo waits for it.
"""

import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from sandbox import machine_lock, places
from sandbox.build import Say, compile_program, say_at_once
from sandbox.failure import SandboxError
from sandbox.go_toolchain import go_command

MODULE = places.SOURCES / "gitea"
PACKAGE = "code.gitea.io/gitea"
SERVED = ("templates", "options", "public")
"""Folders of Gitea's own module, which the program reads as it runs."""
# Its SQLite is C.
_FLAGS = ("-tags", "sqlite,sqlite_unlock_notify", "-ldflags", "-s -w")


def folder() -> Path:
    """Where it is kept in the user's cache, by what it is built from."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        digest.update((MODULE / name).read_bytes())
    return places.cache() / f"gitea-{digest.hexdigest()[:16]}"


def built(*, say: Say = say_at_once, niceness: int = 0) -> Path:
    """Its folder, after building it where it is missing; raises SandboxError with the compiler's last words."""
    place = folder()
    if (place / "gitea").exists():
        return place
    with machine_lock.one_at_a_time("build"):
        if not (place / "gitea").exists():
            started = time.monotonic()
            say(f"building Gitea from Go source into {places.shown(place)}: some minutes, once")
            _build(place, say, niceness)
            say(f"  {time.monotonic() - started:4.0f} s  built gitea")
    return place


def _build(place: Path, say: Say, niceness: int) -> None:
    if shutil.which("cc") is None:
        raise SandboxError("Gitea's SQLite needs a C compiler", "python -m sandbox packages --forge")
    go = go_command(say)
    place.mkdir(parents=True, exist_ok=True)
    source = _source(go)
    for name in SERVED:
        shutil.copytree(source / name, place / name, dirs_exist_ok=True)
    # Last: where the program is, all of it is.
    compile_program(go, PACKAGE, place / "gitea", MODULE, _FLAGS, cgo=True, niceness=niceness)


def _source(go: str) -> Path:
    """Where Go keeps the module's source."""
    settings = {"GOTOOLCHAIN": "local", "GOFLAGS": ""}
    argv = [go, "mod", "download", PACKAGE]
    where = [go, "list", "-m", "-f", "{{.Dir}}", PACKAGE]
    for command in (argv, where):
        done = subprocess.run(
            command, cwd=MODULE, env=os.environ | settings, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise SandboxError(f"{' '.join(command)} failed:\n{done.stderr[-600:]}")
    return Path(done.stdout.strip())
