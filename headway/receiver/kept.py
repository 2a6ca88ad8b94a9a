"""What is accepted and not yet told, as a file an application: whatever ends the receiver, the next one goes on."""

import fcntl
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from headway.errors import BadInput
from headway.formats import json_limits
from headway.model.events import HINTS, Event

_LOG = logging.getLogger(__name__)
LIMIT = 64 * 1024
_KINDS: Mapping[str, type[Event]] = {each.name: each for each in HINTS}


class Kept:
    """Without a folder nothing is kept, and the poll finds what is lost. A disk that fails is no reason to refuse a hint."""

    def __init__(self, folder: Path | None) -> None:
        """Raises BadInput where the folder cannot be made, or another receiver has it."""
        self._folder = folder
        self._lock = None if folder is None else _locked(folder)

    def close(self) -> None:
        """Give the folder free for another receiver."""
        if self._lock is not None:
            os.close(self._lock)
        self._lock = None

    def add(self, event: Event) -> None:
        """Whole or not at all. It outlives the process; the poll is for a machine that loses what it wrote."""
        if self._folder is None:
            return
        file = self._folder / f"{event.application}.json"
        partial = file.with_suffix(".partial")
        try:
            partial.write_text(json.dumps({"event": event.name, "payload": event.payload}))
            os.replace(partial, file)
        except OSError as error:
            _LOG.warning("%s is not kept, and told all the same: %s", event.application, error)

    def remove(self, application: str) -> None:
        """What stays there is told once more by the next receiver."""
        if self._folder is None:
            return
        try:
            (self._folder / f"{application}.json").unlink(missing_ok=True)
        except OSError as error:
            _LOG.warning("%s is told, and kept all the same: %s", application, error)

    def all(self) -> list[Event]:
        """What an earlier receiver has left; what reads as none is skipped."""
        files = sorted(self._folder.glob("*.json")) if self._folder else []
        return [event for file in files if (event := _read(file))]


def _locked(folder: Path) -> int:
    """Lock the folder: of two receivers each would remove what the other has accepted and not told yet. The lock ends with the
    process."""
    lock = None
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if lock is not None:
            os.close(lock)
        if isinstance(error, BlockingIOError):
            raise BadInput(
                "another receiver keeps its hints there",
                where=str(folder),
                next_step="End it, or name another folder under kept: for this one.",
            ) from error
        raise BadInput(
            f"hints that are not told yet cannot be kept there: {error.strerror}",
            where=str(folder),
            next_step="Let the receiver write there, or name another folder under kept:.",
        ) from error
    return lock


def _read(file: Path) -> Event | None:
    try:
        with file.open("rb") as opened:
            said = json_limits.load(opened.read(LIMIT))
        kind = _KINDS[said["event"]]
        return kind(file.stem, **{key: str(said["payload"][key]) for key in kind.payload_keys()})
    except (OSError, ValueError, KeyError, TypeError) as error:
        _LOG.warning("%s: no hint: %r", file, error)
        return None
