"""Certificates of Amazon SNS, each fetched once; and not many at all, whatever messages name."""

import asyncio
import logging
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from headway.errors import HeadwayError
from headway.receiver.rates import Rates

_LOG = logging.getLogger(__name__)
MOST = 20
"""Kept: a region has a new one about once a year."""
FETCHES, A_SECOND = 20, 1.0
"""At once, and then: whoever may post could otherwise have any number asked for."""
SECONDS_OF_A_FAILURE = 60.0
Fetch = Callable[[str], bytes]


class Certificates:
    """`fetch` raises HeadwayError where there is none, or nobody answers; it is called in a thread."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._clock = fetch, clock
        self._known: dict[str, bytes] = {}
        self._failed: dict[str, float] = {}
        self._asked: dict[str, asyncio.Task[bytes | None]] = {}
        self._rates = Rates(clock)

    async def of(self, address: str) -> bytes | None:
        """None for one that cannot be had now. Whoever wants one that is being fetched waits for that."""
        if address in self._known:
            return self._known[address]
        if address not in self._asked:
            if self._clock() < self._failed.get(address, 0.0):
                return None
            if not self._rates.take("certificates", FETCHES, A_SECOND):
                _LOG.warning("too many certificates are named: %s is not asked for now", address)
                return None
            self._asked[address] = asyncio.create_task(self._fetched(address))
        return await asyncio.shield(self._asked[address])

    async def _fetched(self, address: str) -> bytes | None:
        try:
            found = await run_in_threadpool(self._fetch, address)
        except HeadwayError as error:
            _LOG.warning("%s", error)
            now = self._clock()
            self._failed = {name: until for name, until in self._failed.items() if now < until}
            self._failed[address] = now + SECONDS_OF_A_FAILURE
            return None
        finally:
            del self._asked[address]
        if len(self._known) >= MOST:
            self._known.pop(next(iter(self._known)))
        self._known[address] = found
        return found
