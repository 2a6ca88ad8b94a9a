"""What a command prints goes out here: what nobody sees, or rules a terminal, as its number, whoever wrote it; and where it
cannot be written (a disk that is full), that is said.
"""

import errno
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from headway.formats.visible import visible

_OWN = re.compile("(\x1b\\[(?:0|1|31|32)m)")
"""Bold, red, green, and their end: what commands colour by."""
_CLEAR = "\x1b[2J\x1b[1;1H"


class Unwritten(OSError):
    """Standard output takes no more."""


class VisibleOutput:
    """A text stream over another one."""

    def __init__(self, under: TextIO) -> None:
        self.under = under

    def write(self, text: str) -> int:
        parts = _OWN.split(text)
        shown = "".join(part if at % 2 else visible(part) for at, part in enumerate(parts))
        with _told():
            return self.under.write(shown)

    def writelines(self, lines: Iterable[str]) -> None:
        for each in lines:
            self.write(each)

    def flush(self) -> None:
        with _told():
            self.under.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.under, name)


@contextmanager
def made_visible() -> Iterator[None]:
    """While it is entered. Raises Unwritten."""
    before = sys.stdout
    if before is None:
        # Closed by whoever called: all is lost, as they wish.
        yield
        return
    stream = cast(TextIO, VisibleOutput(before))
    sys.stdout = stream
    try:
        yield
        stream.flush()
    except BrokenPipeError:
        _give_up(before)
    except Unwritten:
        _give_up(before)
        raise
    finally:
        if sys.stdout is stream:
            sys.stdout = before


def clear() -> None:
    """The terminal."""
    stream = sys.stdout.under if isinstance(sys.stdout, VisibleOutput) else sys.stdout
    stream.write(_CLEAR)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        raise Unwritten(error.errno, error.strerror) from error


def _give_up(stream: TextIO) -> None:
    """What is left in it is not tried again when the interpreter ends, https://docs.python.org/3/library/signal.html#note-on-sigpipe"""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
