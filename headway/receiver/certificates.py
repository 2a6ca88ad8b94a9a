"""Certificates of Amazon SNS, each fetched once; and not many at all, whatever messages name."""

import logging
from collections.abc import Callable

from headway.errors import HeadwayError
from headway.receiver.rates import Rates

_LOG = logging.getLogger(__name__)
MOST = 20
"""Kept: a region has a new one about once a year."""
FETCHES, A_SECOND = 5, 0.05
"""At once, and then: whoever may post could otherwise have any number asked for."""
Fetch = Callable[[str], bytes]


class Certificates:
    """`fetch` raises HeadwayError where there is none, or nobody answers."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._known: dict[str, bytes] = {}
        self._rates = Rates()

    def of(self, address: str) -> bytes | None:
        """None for one that is not there, or may not be asked for now."""
        if address not in self._known:
            if not self._rates.take("certificates", FETCHES, A_SECOND):
                return None
            try:
                found = self._fetch(address)
            except HeadwayError as error:
                _LOG.warning("%s", error)
                return None
            if len(self._known) >= MOST:
                self._known.pop(next(iter(self._known)))
            self._known[address] = found
        return self._known[address]
