"""Commands as people are told them: where advice about a release becomes a command line."""

from typing import Protocol


class Place(Protocol):
    """A release, or its record."""

    @property
    def application(self) -> str: ...

    @property
    def environment(self) -> str: ...


def release(place: Place) -> str:
    return f"headway release {place.application} {place.environment}"


def approve(place: Place) -> str:
    """Also the way to say no."""
    return f"headway approve {place.application} {place.environment} [--reject]"


def adopt(place: Place) -> str:
    return f"{release(place)} --adopt"


def freeze(place: Place) -> str:
    return f"headway freeze {place.application} {place.environment} --reason WHY"


def lift(place: Place, what: str) -> str:
    """`what`: hold, freeze, or a version with a rejection."""
    return f"headway lift {place.application} {place.environment} {what} --reason WHY"


def leave(place: Place, release: str, namespace: str) -> str:
    """Takes a release that the application has left off the board."""
    return (
        f"headway remove {place.application} {place.environment} --release {release} --namespace {namespace}"
    )


def allow_input(application: str, reference: str) -> str:
    """`reference`: IMAGE:TAG or CHART:VERSION."""
    return f"headway allow {application} {reference} --reason WHY"


def quarantine(application: str) -> str:
    """What is barred of it, with the command that lets each come again."""
    return f"headway quarantine {application}"


def audit(place: Place) -> str:
    return f"headway audit {place.application} {place.environment}"


def explain(place: Place) -> str:
    return f"headway explain {place.application} {place.environment}"


def logs(place: Place) -> str:
    """Of its run that is at work, until that has ended."""
    return f"headway logs {place.application} {place.environment} --follow"


def status(place: Place) -> str:
    """Of all environments of the application."""
    return f"headway status {place.application}"
