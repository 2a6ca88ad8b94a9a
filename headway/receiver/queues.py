"""Senders that put their messages into a queue: they are taken from there, heard as if they had been posted, and deleted.

A message is deleted as soon as what it says is accepted; one that says nothing would come again for ever, and is deleted too.
"""

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Generic, Protocol, TypeVar

from headway.errors import HeadwayError

_LOG = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds after an attempt that failed; twice as long each time."""


class Message(Protocol):
    @property
    def body(self) -> str: ...


M = TypeVar("M", bound=Message)


class Queue(Protocol[M]):
    """Calls raise HeadwayError."""

    def receive(self) -> Sequence[M]: ...

    def delete(self, messages: Sequence[M]) -> None: ...


OpenQueue = Callable[[str], Queue[Message]]
"""Of its address."""


class Taking(Generic[M]):
    """From one queue, in a thread of its own: waiting for the next message holds nothing up, nor the end of the process."""

    def __init__(self, name: str, queue: Queue[M], heard: Callable[[str], None]) -> None:
        """`heard` is given a message's text; as soon as it returns, the message may go."""
        self._name, self._queue, self._heard = name, queue, heard
        self._ends = Event()

    def begin(self) -> None:
        Thread(target=self._run, name=f"queue of {self._name}", daemon=True).start()

    def end(self) -> None:
        """After what it is at."""
        self._ends.set()

    def _run(self) -> None:
        pause = 0.0
        while not self._ends.is_set():
            try:
                self.take()
                pause = 0.0
            except Exception as error:  # noqa: BLE001 - whatever it is, the queue is not left alone
                pause = min(LONGEST_PAUSE, 2 * pause or FIRST_PAUSE)
                _LOG.warning(
                    "%s: again in %.0f s: %s",
                    self._name,
                    pause,
                    error,
                    exc_info=not isinstance(error, HeadwayError),
                )
                self._ends.wait(pause)

    def take(self) -> None:
        """What there is, once."""
        messages = self._queue.receive()
        if self._ends.is_set():
            return
        for each in messages:
            self._heard(each.body)
        self._queue.delete(messages)
