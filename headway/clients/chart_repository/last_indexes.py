"""The indexes that chart repositories gave last, on this machine.

A look by another process asks only whether one has changed, and reads nothing of it but the charts that it is about.
"""

import contextlib
from pathlib import Path

from headway.clients import private_files, remembered
from headway.clients.remembered import Memory, Remembered, kept_in
from headway.formats import written_index
from headway.formats.written_index import WrittenIndex

LARGEST = 64 * 2**20
"""Bytes of an index that is kept: some hundred thousand versions."""


class LastIndex:
    """Of one chart repository, as it was last heard or written by this process; by another one before that."""

    def __init__(self, place: str) -> None:
        """`place`: no other repository is called so."""
        self._name = remembered.key(place, "index by charts", ())
        self._is_looked_for = False
        self._index: WrittenIndex | None = None
        self._tag = ""

    def known(self) -> tuple[WrittenIndex, str] | None:
        """And what the server calls it; None where nobody knows one."""
        if not self._is_looked_for:
            self._is_looked_for = True
            found = memory().of(self._name)
            # Another version of Headway may have kept it otherwise.
            with contextlib.suppress(ValueError, LookupError, TypeError):
                if found is not None:
                    self._index, self._tag = WrittenIndex.restored(found.content), found.etag
        return (self._index, self._tag) if self._index is not None else None

    def heard(self, data: bytes, tag: str, where: str) -> WrittenIndex:
        """BadInput naming `where` for what is no index."""
        self.now(written_index.read(data, where, self._index), tag)
        assert self._index
        return self._index

    def now(self, index: WrittenIndex, tag: str) -> None:
        """`tag`: empty where the server calls it nothing."""
        self._is_looked_for, self._index, self._tag = True, index, tag
        if tag:
            memory().keep(self._name, Remembered(tag, index.kept()))


def memory() -> Memory:
    return kept_in(folder(), LARGEST)


def folder() -> Path:
    return private_files.cache() / "charts"
