"""What was said to whom, so that a look at what has not changed asks nobody: in the cache, where it may get lost."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from headway.clients.private_files import made_private, write_whole
from headway.formats import json_limits

_LARGEST = 16 * 2**20
"""Bytes: thousands of commits."""


def read(file: Path) -> dict[str, str]:
    """Empty where nothing is remembered, or nothing that can be read."""
    try:
        with file.open("rb") as stream:
            found = json_limits.load(stream.read(_LARGEST))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def write(file: Path, said: Mapping[str, str]) -> None:
    """In the place of what is there; a disk that is full only costs questions."""
    with contextlib.suppress(OSError):
        write_whole(made_private(file.parent) / file.name, json.dumps(said).encode())
