"""Files that say how a server of Headway is run, and those that they name, read within a limit."""

from pathlib import Path

from headway.errors import BadInput

LIMIT = 2**20
"""Bytes."""


def text_of(file: Path) -> str:
    """Raises BadInput for what cannot be read, or is no such file by its size."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LIMIT + 1)
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"it cannot be read: {error}", where=str(file)) from error
    if len(data) > LIMIT:
        raise BadInput(f"it holds more than {LIMIT} bytes", where=str(file))
    return text
