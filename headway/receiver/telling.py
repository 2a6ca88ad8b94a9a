"""Tells Prefect of what has come, one event an application however many hints there were, and again until it is heard."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from headway.decide.hints import gathering
from headway.decide.hints.gathering import Gathered, Patience
from headway.model.events import Event
from headway.receiver.kept import Kept

_LOG = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds after an attempt that failed; twice as long each time."""
Send = Callable[[Sequence[Event]], None]


class Telling:
    """`send` raises where nobody heard it; it is called in a thread."""

    def __init__(self, send: Send, kept: Kept, patience: Callable[[], Patience]) -> None:
        self._send, self._kept, self._patience = send, kept, patience
        self._waiting: dict[str, Gathered] = {}
        self._news = asyncio.Event()
        self._pause = 0.0

    def accept(self, events: Sequence[Event]) -> None:
        """As soon as this returns, the end of the process does not lose them."""
        for event in events:
            if event.application not in self._waiting:
                self._kept.add(event)
        self._waiting = gathering.with_hints(self._waiting, events, time.monotonic())
        self._news.set()

    async def run(self) -> None:
        """Until it is cancelled, and by nothing else: a receiver that hears and never tells looks well from without."""
        try:
            self.accept(self._kept.all())
        except Exception:  # noqa: BLE001 - the poll is for what that was
            _LOG.exception("what an earlier receiver has left is not told")
        while True:
            try:
                await self._round()
            except Exception:  # noqa: BLE001 - whatever it is, what comes after it is told
                _LOG.exception("telling goes on in %.0f s", FIRST_PAUSE)
                await asyncio.sleep(FIRST_PAUSE)

    async def _round(self) -> None:
        await self._wait()
        due = gathering.due(self._waiting, self._patience(), time.monotonic())
        if due:
            await self._tell(due)

    async def _wait(self) -> None:
        self._news.clear()
        seconds = gathering.seconds_to_next(self._waiting, self._patience(), time.monotonic())
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return

    async def _tell(self, due: Sequence[Event]) -> None:
        told = {event.application for event in due}
        self._waiting = {name: each for name, each in self._waiting.items() if name not in told}
        try:
            await asyncio.to_thread(self._send, due)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told again
            self._pause = min(LONGEST_PAUSE, 2 * self._pause or FIRST_PAUSE)
            _LOG.warning("not told, again in %.0f s: %s", self._pause, error)
            self._waiting = gathering.with_hints(self._waiting, due, time.monotonic())
            await asyncio.sleep(self._pause)
            return
        self._pause = 0.0
        for application in told - self._waiting.keys():
            self._kept.remove(application)
        _LOG.info("look: %s", ", ".join(sorted(told)))
