"""Runs a worker of Headway's own type until it is told to end."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from prefect.settings import PREFECT_API_URL

from headway.errors import HeadwayError, NoServer
from headway.worker.worker import FLOWS, HeadwayWorker


def start(
    pool: str, *, name: str | None, limit: int | None, drain_seconds: int, modules: Sequence[str] = ()
) -> None:
    """Returns when it has ended. Raises NoServer without one, Retryable where the flows cannot be imported."""
    if not PREFECT_API_URL.value():
        raise NoServer
    worker = HeadwayWorker(
        pool, name=name, limit=limit, drain=timedelta(seconds=drain_seconds), modules=modules or FLOWS
    )
    try:
        asyncio.run(_work(worker))
    except ExceptionGroup as group:
        ours, others = group.split(HeadwayError)
        if ours and not others:
            raise _first(ours) from None
        raise


async def _work(worker: HeadwayWorker) -> None:
    with suppress(asyncio.CancelledError):
        await worker.start()


def _first(group: BaseExceptionGroup[HeadwayError]) -> HeadwayError:
    error = group.exceptions[0]
    return error if isinstance(error, HeadwayError) else _first(error)
