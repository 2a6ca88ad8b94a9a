"""The image that every pod starts from: our pause program in the sandbox's own registry."""

import io
import subprocess
import tarfile
from pathlib import Path

from sandbox.containers import PAUSE_IMAGE
from sandbox.failure import SandboxError


def push_pause(programs: Path, state: Path) -> None:
    """Makes the image of one file and pushes it; does nothing when this very program was pushed before."""
    program = programs / "pause"
    note = state / "pause.pushed"
    made_of = f"{program.resolve()} {program.stat().st_mtime_ns}"
    if (
        note.exists()
        and note.read_text() == made_of
        and _crane(programs, "digest", PAUSE_IMAGE).returncode == 0
    ):
        return
    layer = state / "pause.tar"
    with tarfile.open(layer, "w") as archive:
        entry = tarfile.TarInfo("pause")
        content = program.read_bytes()
        entry.size, entry.mode = len(content), 0o755
        archive.addfile(entry, io.BytesIO(content))
    for arguments in (
        ("append", "--oci-empty-base", "--new_layer", str(layer), "--new_tag", PAUSE_IMAGE),
        ("mutate", "--entrypoint", "/pause", "--tag", PAUSE_IMAGE, PAUSE_IMAGE),
    ):
        done = _crane(programs, *arguments)
        if done.returncode != 0:
            raise SandboxError(f"crane {arguments[0]}: {done.stderr.strip()}")
    layer.unlink()
    note.write_text(made_of)


def _crane(programs: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(programs / "crane"), *arguments], capture_output=True, text=True, check=False)
