"""The git remotes of the sandbox: bare repositories in one folder, served and writable over git://."""

import shutil
import socket
from pathlib import Path

from sandbox.ports import Listener
from sandbox.processes import Service

URL = "git://127.0.0.1:9418"


def service(state: Path) -> Service:
    """The server; repositories appear as soon as they are made under `git/` in the state folder."""
    root = state / "git"
    root.mkdir(parents=True, exist_ok=True)
    argv = [
        shutil.which("git") or "git",
        "daemon",
        "--reuseaddr",
        "--listen=127.0.0.1",
        "--port=9418",
        f"--base-path={root}",
        "--export-all",
        "--enable=receive-pack",
        "--informative-errors",
        str(root),
    ]
    return Service("git", argv, ready=lambda _: _ready(), listens=(Listener("127.0.0.1", 9418),))


def _ready() -> bool:
    try:
        with socket.create_connection(("127.0.0.1", 9418), timeout=1):
            return True
    except OSError:
        return False
