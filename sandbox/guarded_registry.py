"""Builds the registry that asks who comes: distribution with htpasswd and tokens, for the tests of registries alone.

It takes seconds where the sandbox's own registry was built before: neither `make up` nor the demo waits for it.
"""

import hashlib
from pathlib import Path

from sandbox import machine_lock, places
from sandbox.build import compile_program
from sandbox.go_toolchain import go_command

PACKAGE = "./guarded"


def built(*, niceness: int = 0) -> Path:
    """The program, after building it where it is missing; raises SandboxError with the compiler's last words."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum", "guarded/main.go"):
        digest.update((places.SOURCES / name).read_bytes())
    program = places.cache() / f"guarded-{digest.hexdigest()[:16]}" / "registry"
    if program.exists():
        return program
    with machine_lock.one_at_a_time("build"):
        if not program.exists():
            program.parent.mkdir(parents=True, exist_ok=True)
            go = go_command(lambda _: None)
            compile_program(go, PACKAGE, program, places.SOURCES, ("-ldflags", "-s -w"), niceness=niceness)
    return program
