"""The fork parent that has imported what is on disk now.

Looked at before each run: where Headway, one of its flows, or anything that is installed with them has changed, or where the fork
parent has ended, another one takes its place. Runs under way finish on the old one.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from headway.errors import Retryable
from headway.worker.fingerprint import fingerprint
from headway.worker.forks import Child, ForkParent
from headway.worker.messages import Order

_PAUSES_SECONDS = (1.0, 3.0, 8.0)
"""Before the next try, where there was a fork parent before: an installation is under way, and will be done."""
_TRIES = 5
"""Files may change while each of them imports."""
_OWN = ("headway", "flows", "tasks", "blocks")


class NewestCode:
    def __init__(
        self,
        modules: Sequence[str],
        environment: Mapping[str, str],
        logger: "logging.Logger | logging.LoggerAdapter[logging.Logger]",
    ) -> None:
        self._modules = tuple(modules)
        self._packages = sorted({*_OWN, *(module.partition(".")[0] for module in modules)})
        self._environment = environment
        self._logger = logger
        self._parent: ForkParent | None = None
        self._imported = ""
        self._old: list[ForkParent] = []
        self._choosing = asyncio.Lock()

    async def fork_parent(self) -> ForkParent:
        """Raises Retryable where the flows cannot be imported."""
        async with self._choosing:
            seen = fingerprint(self._packages)
            if self._parent and not self._parent.gone and seen == self._imported:
                return self._parent
            if self._parent:
                why = "has ended" if self._parent.gone else "has imported what is no longer on disk"
                self._logger.info("Fork parent %s %s; another one takes its place.", self._parent.pid, why)
                self._parent.retire()
                self._old = [each for each in (*self._old, self._parent) if not each.gone]
                self._parent = None
            self._parent = await self._start(_PAUSES_SECONDS if self._imported else ())
            return self._parent

    async def fork(self, order: Order) -> Child:
        """Raises Retryable where no child could be made, nor by whoever takes the place of a fork parent meanwhile."""
        for left in reversed(range(_TRIES)):
            parent = await self.fork_parent()
            try:
                return await parent.fork(order)
            except Retryable:
                if not left or (parent is self._parent and not parent.gone):
                    raise
        raise AssertionError("the last try raises")

    async def close(self) -> None:
        parents = [*self._old, *([self._parent] if self._parent else [])]
        self._parent, self._old = None, []
        await asyncio.gather(*(each.close() for each in parents))

    async def _start(self, pauses: Sequence[float]) -> ForkParent:
        for pause in (*pauses, None):
            self._imported = fingerprint(self._packages)
            parent = ForkParent(self._modules, self._environment)
            try:
                modules = await parent.ready()
            except Retryable:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            else:
                self._logger.info("Fork parent %s has imported %s modules.", parent.pid, modules)
                return parent
        raise AssertionError("the last try raises")
