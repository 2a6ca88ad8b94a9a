"""Builds what Headway is held to now and then: other S3s and registries, each of a Go module of its own below peers/.

They take minutes and tests/peers alone needs them: neither `make up` nor the demo nor `make test` waits for them.
"""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox import machine_lock, places
from sandbox.build import Say, compile_program, say_at_once
from sandbox.go_toolchain import go_command

MODULES = places.SOURCES / "peers"


@dataclass(frozen=True, slots=True)
class Peer:
    """The folder of its module, and the Go package of its main."""

    name: str
    package: str


MINIO = Peer("minio", "github.com/minio/minio")
VERSITYGW = Peer("versitygw", "github.com/versity/versitygw/cmd/versitygw")
DISTRIBUTION2 = Peer("distribution2", ".")


def built(peer: Peer, *, say: Say = say_at_once, niceness: int = 0) -> Path:
    """The program, after building it where it is missing; raises SandboxError with the compiler's last words."""
    module, digest = MODULES / peer.name, hashlib.sha256()
    for file in sorted(module.iterdir()):
        digest.update(file.read_bytes())
    program = places.cache() / f"{peer.name}-{digest.hexdigest()[:16]}" / peer.name
    if program.exists():
        return program
    with machine_lock.one_at_a_time("build"):
        if not program.exists():
            say(f"building {peer.name} from Go source into {places.shown(program.parent)}")
            started = time.monotonic()
            program.parent.mkdir(parents=True, exist_ok=True)
            go = go_command(say)
            compile_program(go, peer.package, program, module, ("-ldflags", "-s -w"), niceness=niceness)
            say(f"  {time.monotonic() - started:4.0f} s  built {peer.name}")
    return program
