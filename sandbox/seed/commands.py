"""Runs git, helm, sops and hack/build for the seed, with errors that show what they said."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.failure import SandboxError
from sandbox.go_toolchain import go_command

_AUTHOR = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Shop Team"), ("EMAIL", "team@shop.example.com"))
}


def run(argv: Sequence[str], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """The standard output, without the newline at its end. Raises SandboxError if the command fails."""
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env={**clean_environment(), **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise SandboxError(f"{argv[0]}: there is no such program", "make sandbox") from None
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-3000:]
        raise SandboxError(f"{' '.join(argv)} (in {cwd or Path.cwd()}) failed:\n{said}")
    return done.stdout.rstrip("\n")


def git(*arguments: str, cwd: Path) -> str:
    return run(["git", *arguments], cwd=cwd, environment=_AUTHOR)


def clean_environment() -> dict[str, str]:
    """The caller's, but for git's variables: inside a hook they name another repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }


def go_environment() -> dict[str, str]:
    """PATH with a Go toolchain on it, which builds with what it is.

    What is built and tested is the same in every folder, and without C as an image has it: one build, and one passed test, serve
    every copy of the example.
    """
    go = Path(go_command(lambda _: None)).parent
    path = f"{go}{os.pathsep}{os.environ.get('PATH', '')}"
    return {"PATH": path, "GOTOOLCHAIN": "local", "GOFLAGS": "-trimpath", "CGO_ENABLED": "0"}


def program(bin_folder: Path, name: str) -> str:
    """The sandbox's own program, else the machine's."""
    built = bin_folder / name
    found = str(built) if built.exists() else shutil.which(name)
    if found is None:
        raise SandboxError(f"{name} is neither in {bin_folder} nor on PATH", "make sandbox")
    return found
