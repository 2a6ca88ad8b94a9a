"""Events as Prefect has them."""

from uuid import UUID, uuid4, uuid5

from prefect.events import Event as PrefectEvent
from prefect.events import Resource, emit_event

from headway.model.events import Event

_SAID = UUID("5d2b6a0e-7c1f-4c55-9a39-0f1d3f6f2a11")


def emit(event: Event, *, once: str = "") -> None:
    """Say it, from within a run. It is best effort: nothing waits for it, and nothing is lost but time where it is.

    `once`: events under the same text are one event, however often they are said.
    """
    known = uuid5(_SAID, once) if once else uuid4()
    emit_event(event=event.name, resource=_resource(event), payload=event.payload, id=known)


def as_prefect(event: Event) -> PrefectEvent:
    """For whoever sends it by a client of their own."""
    return PrefectEvent(event=event.name, resource=Resource(_resource(event)), payload=event.payload)


def _resource(event: Event) -> dict[str, str]:
    return {"prefect.resource.id": event.resource_id, "prefect.resource.name": event.application}
