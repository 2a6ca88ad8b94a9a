"""Events as Prefect has them."""

from prefect.events import Event as PrefectEvent
from prefect.events import Resource, emit_event

from headway.model.events import Event


def emit(event: Event) -> None:
    """Say it, from within a run. It is best effort: nothing waits for it, and nothing is lost but time where it is."""
    emit_event(event=event.name, resource=_resource(event), payload=event.payload)


def as_prefect(event: Event) -> PrefectEvent:
    """For whoever sends it by a client of their own."""
    return PrefectEvent(event=event.name, resource=Resource(_resource(event)), payload=event.payload)


def _resource(event: Event) -> dict[str, str]:
    return {"prefect.resource.id": event.resource_id, "prefect.resource.name": event.application}
