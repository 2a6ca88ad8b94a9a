"""Files that change while runs begin: each run is forked by whichever fork parent there is in the end."""

import asyncio
import logging
from typing import cast

import pytest

from headway.errors import Retryable
from headway.worker import newest_code
from headway.worker.forks import Child
from headway.worker.messages import Order
from headway.worker.newest_code import NewestCode

ORDER = cast(Order, None)
CHILD = cast(Child, object())


class Replaced:
    """A fork parent with runs under way, in whose place another comes as it is told to fork: `times` of them."""

    times = 0
    code: NewestCode

    def __init__(self, *_: object) -> None:
        self.pid, self.gone = 1, False

    async def ready(self) -> int:
        return 1

    def retire(self) -> None:
        """Its runs go on."""

    async def fork(self, _: Order) -> Child:
        if not type(self).times:
            return CHILD
        type(self).times -= 1
        await self.code.fork_parent()
        raise Retryable("it has ended")


@pytest.mark.parametrize(("times", "begins"), [(0, True), (1, True), (3, True), (99, False)])
def test_a_run_begins_though_its_fork_parent_was_replaced(
    times: int, begins: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter(map(str, range(1000)))
    monkeypatch.setattr(newest_code, "ForkParent", Replaced)
    monkeypatch.setattr(newest_code, "fingerprint", lambda _: next(looks))
    monkeypatch.setattr(Replaced, "times", times)

    async def fork() -> Child:
        code = NewestCode((), {}, logging.getLogger())
        monkeypatch.setattr(Replaced, "code", code, raising=False)
        return await code.fork(ORDER)

    if begins:
        assert asyncio.run(fork()) is CHILD
    else:
        with pytest.raises(Retryable):
            asyncio.run(fork())
