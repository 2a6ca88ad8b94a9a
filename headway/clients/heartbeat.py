"""A child that ends where its parent stands still.

A worker that is stopped (SIGSTOP, a debugger) renews no lease, and another one takes over; a helm that it has started would go
on beside that one's. So the parent beats, and a shell beside the child kills it after too long a silence. Whoever ends closes the
pipe: that is no silence.
"""

import os
import threading
from typing import IO

TIMEOUT = "timeout"
"""Of coreutils or BusyBox, which share no option: a watch that cannot be kept kills as well."""
_BEATS_PER_SILENCE = 3
_WATCH = """\
while beat=$(timeout "$0" head -c 1); do test -n "$beat" || exit 0; done
kill -s KILL -- "-$1"
"""


def watch(group: int, silence: float) -> list[str]:
    """Kills a process group once nothing came on stdin for `silence` seconds.

    Nobody else can have its number by then: its parent has to wait for it before, and stands still. Not started by what it
    watches over, whose end would leave it to process 1, which may be a worker that waits for no stranger.
    """
    return ["/bin/sh", "-c", _WATCH, f"{silence:g}", str(group)]


class Heart:
    """Beats into `pipe` from now on, as long as this process is not stopped."""

    def __init__(self, pipe: IO[bytes], silence: float) -> None:
        self._pipe = pipe
        self._every = silence / _BEATS_PER_SILENCE
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        self._pipe.close()

    def _beat(self) -> None:
        while not self._over.wait(self._every):
            try:
                os.write(self._pipe.fileno(), b".")
            except BrokenPipeError:
                return
