"""Makes .venv from the locked, hashed requirements, when they changed; with the machine's pip settings."""

import hashlib
import subprocess
import venv as standard_venv

from sandbox import packages, places
from sandbox.failure import SandboxError

_LOCK = places.ROOT / "requirements.lock"
_STAMP = places.VENV / ".made-from"


def renew() -> None:
    """Does nothing when .venv was made from this very lock and project description."""
    wanted = made_from(_LOCK.read_bytes(), (places.ROOT / "pyproject.toml").read_bytes())
    python = places.VENV / "bin" / "python"
    if python.exists() and _STAMP.exists() and _STAMP.read_text() == wanted:
        return
    print(f"installing requirements.lock into {places.shown(places.VENV)}", flush=True)
    if not python.exists():
        if "python3-venv" in packages.missing(with_cluster=False):
            raise SandboxError("this Python cannot make a virtual environment", "install python3-venv")
        standard_venv.create(places.VENV, with_pip=True)
    # The lock is complete, and pip would else ask for hashes of `name[extra]` that it has under `name`.
    _pip("install", "-q", "--no-deps", "--require-hashes", "-r", str(_LOCK))
    _pip("install", "-q", "--no-deps", "--no-build-isolation", "-e", str(places.ROOT))
    _STAMP.write_text(wanted)


def made_from(lock: bytes, project: bytes) -> str:
    """What names one content of .venv: the lock and the project's description."""
    return hashlib.sha256(lock + b"\0" + project).hexdigest() + "\n"


def _pip(*arguments: str) -> None:
    argv = [str(places.VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", *arguments]
    if subprocess.run(argv, check=False).returncode != 0:
        raise SandboxError(f"pip {arguments[0]} failed (its words are above)", "run the same command again")
