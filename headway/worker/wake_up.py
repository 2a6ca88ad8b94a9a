"""Events of Prefect that say that there is something to do now; the poll finds the same, later."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from prefect.events.clients import get_events_subscriber
from prefect.events.filters import EventAnyResourceFilter, EventFilter, EventNameFilter

_RUN = "prefect.flow-run."
_TO_RUN = ("Scheduled", "Resuming", "AwaitingRetry", "Late")
_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """A run may be waiting for a worker: this one, or, None, any."""

    flow_run: UUID | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    flow_run: UUID


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It is called so already."""

    flow_run: UUID


@dataclass(frozen=True, slots=True)
class Suspend:
    flow_run: UUID


Said = Look | Cancel | Cancelled | Suspend
_ABOUT_RUN: dict[str, type[Cancel | Cancelled | Suspend]] = {
    "Cancelling": Cancel,
    "Cancelled": Cancelled,
    "Suspended": Suspend,
}


def heard(event: str, resource: str) -> Said | None:
    """What the event of a flow run asks for: its name, and the id of its resource."""
    state = event.removeprefix(_RUN)
    kind = Look if state in _TO_RUN else _ABOUT_RUN.get(state)
    if kind is None:
        return None
    try:
        return kind(UUID(resource.removeprefix(_RUN)))
    except ValueError:
        return None


async def wake_ups(
    work_pool: UUID, logger: "logging.Logger | logging.LoggerAdapter[logging.Logger]"
) -> AsyncIterator[Said]:
    """For ever: connects again where the server was away, and says `Look` then, for what was not heard."""
    while True:
        wanted = EventFilter(
            event=EventNameFilter(name=[_RUN + state for state in (*_TO_RUN, *_ABOUT_RUN)]),
            any_resource=EventAnyResourceFilter(id=[f"prefect.work-pool.{work_pool}"]),
        )
        try:
            async with get_events_subscriber(filter=wanted) as events:
                yield Look()
                async for event in events:
                    if said := heard(event.event, event.resource.id):
                        yield said
        except Exception as error:  # noqa: BLE001
            logger.debug("No events from the server: %s", error)
        await asyncio.sleep(_PAUSE_SECONDS)
