"""Writes files whole or not at all, and only when they differ: servers watch their configuration."""

import os
from pathlib import Path


def write(file: Path, text: str, *, mode: int = 0o644) -> Path:
    """Makes the file hold the text; a file that holds it already is not touched."""
    if file.exists() and file.read_text() == text:
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.touch(mode=mode)
    partial.write_text(text)
    partial.rename(file)
    return file
