"""What a server said last under a name, so that it is asked whether that has changed, and says it again only where it has.

What has a digest never changes. It is kept as well: each time that Docker Hub gives a manifest counts as a pull.
"""

import contextlib
import functools
import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from headway.clients.private_files import made_private, sweep, write_whole
from headway.formats import json_limits

IN_MEMORY = 32 * 2**20
"""Bytes."""
FILES = 5000
FOR = 30 * 86400.0
"""Seconds after which an answer that nobody asked for is deleted."""
LARGEST = 2**20
"""Bytes of an answer that is written to a file."""
ALL = 256 * 2**20
"""Bytes of all files, before and for each process that adds some."""
LITTLE = 2**20
"""Bytes that a process adds without a look at all files where another one has looked lately: reading thousands of names takes
longer than all that a delivery keeps."""
LATELY = 600.0
"""Seconds."""
_SWEPT = ".swept"
"""The end of the name of a file beside the folder, last written when somebody swept it."""
IMMUTABLE = '"digest"'
"""In the place of an ETag, of what has a digest."""
_HEAD = 8192
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,256}"\Z')
"""What a server may call a version of its answer: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3"""


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer, and what the server calls it (ETag)."""

    etag: str
    content: bytes = field(repr=False)
    link: str = ""
    """Its Link header: where the list goes on."""

    @property
    def can_be_said_again(self) -> bool:
        """Its headers are those that a server may send, and can be put into another answer."""
        return bool(_TAG.match(self.etag)) and self.link.isascii()


def key(host: str, path: str, accept: Collection[str]) -> str:
    return hashlib.sha256(json.dumps([host, path, *accept]).encode()).hexdigest()


class Memory:
    """By key; in a folder as well where one is given, for the processes that come after. Safe among threads and processes.

    Whoever has no access gets none by it: a server is asked with what lies here, or has just said that it has what is
    called so. A file that cannot be read or written is as good as none.
    """

    def __init__(
        self, folder: Path | None = None, *, largest: int | None = None, in_memory: int | None = None
    ) -> None:
        """`largest`: bytes of an answer that is written to a file, LARGEST where left out; `in_memory`: of all that this process
        keeps besides, IN_MEMORY where left out."""
        self._folder = folder
        self._largest = LARGEST if largest is None else largest
        self._in_memory = IN_MEMORY if in_memory is None else in_memory
        self._answers: dict[str, Remembered] = {}
        self._size = 0
        self._lock = threading.Lock()
        self._added = 0
        self._swept = False

    def of(self, name: str) -> Remembered | None:
        with self._lock:
            found = self._answers.get(name)
        if found or self._folder is None:
            return found
        with contextlib.suppress(OSError):
            return _read(self._folder / name, self._largest)
        return None

    def keep(self, name: str, answer: Remembered) -> None:
        """Not at all where it cannot be said again."""
        if not answer.can_be_said_again:
            return
        with self._lock:
            if (before := self._answers.pop(name, None)) is not None:
                self._size -= len(before.content)
            self._answers[name] = answer
            self._size += len(answer.content)
            while self._size > self._in_memory:
                self._size -= len(self._answers.pop(next(iter(self._answers))).content)
        if self._folder is None or before == answer or len(answer.content) > self._largest:
            return
        with contextlib.suppress(OSError):
            folder = made_private(self._folder)
            if self._may_write(folder, len(answer.content) - _size(folder / name)):
                _write(folder / name, answer)

    def _may_write(self, folder: Path, size: int) -> bool:
        with self._lock:
            self._added += size
            sweeps = not self._swept and (self._added > LITTLE or not _swept_lately(folder))
            self._swept = self._swept or sweeps
            has_room = self._added <= ALL
        if sweeps:
            _sweep(folder)
        return has_room


def _swept_lately(folder: Path) -> bool:
    try:
        # Where the clock was put back nobody has.
        return 0 <= time.time() - _mark(folder).stat().st_mtime < LATELY
    except OSError:
        return False


def _mark(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_SWEPT}")


def _sweep(folder: Path) -> None:
    """The oldest go where there are too many, or too much."""
    with contextlib.suppress(OSError):
        _mark(folder).touch(mode=0o600)
    with os.scandir(folder) as found:
        entries = list(found)
    sweep(entries)
    size = 0
    for number, (written, bytes_, path) in enumerate(
        sorted(filter(None, map(_found, entries)), reverse=True), 1
    ):
        size += bytes_
        if number > FILES or size > ALL or written < time.time() - FOR:
            # A folder stays: nothing of ours is one.
            with contextlib.suppress(OSError):
                os.unlink(path)


def _found(entry: os.DirEntry[str]) -> tuple[float, int, str] | None:
    """Last written, bytes, path; of a link its own, wherever it leads. None where another process has taken it away."""
    try:
        state = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return state.st_mtime, state.st_size, entry.path


def _size(path: Path) -> int:
    """Of what is replaced."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@functools.cache
def kept_in(folder: Path, largest: int | None = None) -> Memory:
    """This process's one for a folder, which is swept once; nothing of it stays in memory. `largest`: as Memory has it."""
    return Memory(folder, largest=largest, in_memory=0)


def _write(path: Path, answer: Remembered) -> None:
    """A line of JSON, and the answer as it came."""
    head = {"etag": answer.etag, "link": answer.link, "sha256": hashlib.sha256(answer.content).hexdigest()}
    write_whole(path, json.dumps(head).encode(), b"\n", answer.content)


def _read(path: Path, largest: int) -> Remembered | None:
    with path.open("rb") as file:
        head, content = file.readline(_HEAD), file.read(largest + 1)
    try:
        said = json_limits.load(head)
        found, digest = Remembered(str(said["etag"]), content, str(said["link"])), said["sha256"]
    except (ValueError, LookupError, TypeError):
        return None
    is_whole = digest == hashlib.sha256(content).hexdigest()
    return found if is_whole and found.can_be_said_again else None
