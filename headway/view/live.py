"""A page that stays as it is: the server sends a part of it again whenever it has changed (server-sent events)."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor

from starlette.responses import StreamingResponse

EVERY_SECONDS = 3.0
LONGEST_SECONDS = 300.0
"""Then the browser asks anew: so a session that has ended ends what it watches as well."""
AT_ONCE = 200
"""Pages that are kept so at the same time; more get none, and stay readable."""
OF_ONE = 12
"""Of these, those of one person; where nobody signs in, of one address."""
RENDERED_AT_ONCE = 16
"""In threads of their own: however many are watched, pages that somebody asks for have theirs."""


class Streams:
    """Counts the open streams of each visitor."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._threads = ThreadPoolExecutor(RENDERED_AT_ONCE, thread_name_prefix="live")

    @property
    def open(self) -> int:
        return self._open.total()

    def response(
        self, render: Callable[[], str], goes_on: Callable[[], bool], who: str
    ) -> StreamingResponse | None:
        """`render`: the part of the page. `goes_on`: whether `who` asked may still see it. None: too many."""
        if self._is_full(who):
            return None
        return StreamingResponse(self._counted(render, goes_on, who), media_type="text/event-stream")

    async def _counted(
        self, render: Callable[[], str], goes_on: Callable[[], bool], who: str
    ) -> AsyncIterator[str]:
        if self._is_full(who):
            # Many asked before the first of them was answered.
            return
        self._open[who] += 1
        try:
            async for each in changes(render, goes_on, threads=self._threads):
                yield each
        finally:
            self._open[who] -= 1
            self._open += Counter()

    async def begun(self, begin: Callable[[], Callable[[], str]]) -> Callable[[], str]:
        """What renders a part, which may take looking at something already."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, begin)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_full(self, who: str) -> bool:
        return self.open >= AT_ONCE or self._open[who] >= OF_ONE


async def changes(
    render: Callable[[], str],
    goes_on: Callable[[], bool],
    *,
    every: float = EVERY_SECONDS,
    longest: float = LONGEST_SECONDS,
    threads: Executor | None = None,
) -> AsyncIterator[str]:
    """Events named "part", each with the whole part; between them, comments that keep proxies from closing."""
    yield "retry: 3000\n\n"
    said = ""
    for _ in range(max(1, round(longest / every))):
        if not goes_on():
            yield "event: ended\ndata: ended\n\n"
            return
        part = await asyncio.get_running_loop().run_in_executor(threads, render)
        digest = hashlib.sha256(part.encode()).hexdigest()
        yield event("part", part) if digest != said else ": still here\n\n"
        said = digest
        await asyncio.sleep(every)


def event(name: str, data: str) -> str:
    lines = "".join(f"data: {line}\n" for line in data.splitlines())
    return f"event: {name}\n{lines}\n"
