"""What is kept on this machine for later, such as mirrors: for the worker's own user alone."""

from pathlib import Path


def made_private(path: Path) -> Path:
    """The folder, made with its parents where it is not there; nobody else may enter it (0700)."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path
