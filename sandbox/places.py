"""Where the sandbox keeps things: state in the clone, programs in the user's cache."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "sandbox"
STATE = ROOT / ".sandbox"
VENV = ROOT / ".venv"


def cache() -> Path:
    """The user's cache folder of the sandbox, shared by every clone of this user."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "headway" / "sandbox"


def shown(path: Path) -> str:
    """A path as a person is told it: from the clone, or from the home folder, where it lies in one of them."""
    if path.is_relative_to(ROOT):
        return str(path.relative_to(ROOT))
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)


def build_inputs(sources: Path = SOURCES) -> list[Path]:
    """The files that decide what the built programs are: go.mod, go.sum and the mains."""
    return [sources / "go.mod", sources / "go.sum", *sorted((sources / "cmd").rglob("*.go"))]


def build_hash(sources: Path = SOURCES) -> str:
    """Sixteen hex digits that name one set of built programs."""
    digest = hashlib.sha256()
    for file in build_inputs(sources):
        digest.update(f"{file.relative_to(sources)} {file.stat().st_size}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def binaries() -> Path:
    """The folder of the programs built from this clone's sources."""
    return cache() / build_hash()
