"""Files that a person names on the command line."""

from pathlib import Path

from headway.errors import BadInput
from headway.formats import utf8


def text(file: Path) -> str:
    """Raises BadInput where it cannot be read, or is not UTF-8."""
    try:
        return utf8.text(file.read_bytes(), str(file))
    except OSError as error:
        raise BadInput(f"it cannot be read: {error}", where=str(file)) from error
