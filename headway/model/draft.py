"""A first headway.yaml before it is text: what is known of it, and what a person must still say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Open:
    """A value that a person must give or look over; `why` says what is wanted."""

    value: str
    why: str


Value = str | Open


@dataclass(frozen=True, slots=True)
class ServiceDraft:
    name: str
    git: Value
    image: Value
    chart: Value = ""
    """Folder of its chart in `git`; empty for the default."""
    paths: Value = ""
    """The folder of its code there; empty where the repository holds no other service."""
    value: str = ""
    """Path of the tag where that is not the usual one."""
    pattern: Value = ""
    """Of its tags; empty for the default."""
    kind: Value = ""
    """Of its policy; empty for the default."""


@dataclass(frozen=True, slots=True)
class EnvironmentDraft:
    name: str
    charts: Value
    charts_url: str = ""
    after: Value = ""
    gate: str = ""
    namespace: str = ""
    release: str = ""
    values: tuple[str, ...] = ()
    """Value files, where they have not the usual name."""


@dataclass(frozen=True, slots=True)
class Draft:
    application: Value
    chart: str
    services: tuple[ServiceDraft, ...]
    environments: tuple[EnvironmentDraft, ...]
    others: tuple[str, ...] = ()
    """Dependencies that are no services."""
