"""Takes the machine's Helm where it is new enough, so that it need not be built."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

OLDEST = (4, 3)


def adopt_helm(folder: Path, say: Callable[[str], None]) -> None:
    """Links Helm from PATH into the folder of programs when there is none yet and it is 4.3 or newer."""
    link = folder / "helm"
    if link.exists():
        return
    on_path = shutil.which("helm")
    if on_path is None:
        return
    done = subprocess.run(
        [on_path, "version", "--template", "{{.Version}}"], capture_output=True, text=True, check=False
    )
    if helm_version(done.stdout) < OLDEST:
        say(f"  {on_path} is older than {OLDEST[0]}.{OLDEST[1]}: Helm is built")
        return
    folder.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    os.symlink(Path(on_path).resolve(), link)


def helm_version(output: str) -> tuple[int, ...]:
    """(4, 3, 1) of `v4.3.1+g1234`; () for anything else."""
    found = re.match(r"v(\d+)\.(\d+)\.(\d+)", output.strip())
    return tuple(int(part) for part in found.groups()) if found else ()
