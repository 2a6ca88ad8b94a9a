"""A single file that is written over what was read of it."""

from headway.clients.forge.protocol import File
from headway.errors import Conflict, Refused


def require_unwritten(now: File | None, over: File | None, where: str, refused: Refused) -> None:
    """Raises Conflict where the forge `refused` since somebody wrote it after it was read."""
    if (now and now.blob) != (over and over.blob):
        raise Conflict("somebody wrote the file meanwhile", where=where, next_step="Look again.") from refused
