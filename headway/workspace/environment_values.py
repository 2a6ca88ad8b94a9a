"""The values an environment gives to a chart: the application's files, decrypted where a key is here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from headway.clients import sops
from headway.errors import BadInput, MissingKey
from headway.formats import secret_leaves
from headway.formats.secret_placeholders import placeholders
from headway.formats.service_values import service_part
from headway.model.application import Application
from headway.model.credentials import NO_KEYS, SopsKeys
from headway.model.environment import DeclaredFiles


@dataclass(frozen=True, slots=True)
class EnvironmentValues:
    """Value files of one environment in Helm's order, without the chart's own values.yaml; later ones win."""

    environment: str
    namespace: str
    release: str
    layers: tuple[bytes, ...] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What is to be redacted in messages."""
    notes: tuple[str, ...] = ()
    """What the report must say, such as that a key was missing."""


def umbrella_values(
    application: Application, files: Mapping[str, bytes], environment: str, keys: SopsKeys = NO_KEYS
) -> EnvironmentValues:
    """For the umbrella chart itself. `files`: its files by path relative to the chart; `keys`: see sops.

    BadInput for a value file that headway.yaml names and nobody wrote. A secret whose key is not here gives
    placeholders, and a note.
    """
    declared = application.environments[environment]
    plain = chosen(files, declared.value_files(environment))
    secret = chosen(files, declared.secret_files(environment))
    layers = [files[path] for path in plain]
    redacted: list[str] = []
    notes = []
    for path in secret:
        try:
            clear = sops.decrypt(files[path], path, keys)
            redacted += secret_leaves.of_file(clear)
        except MissingKey:
            clear = placeholders(files[path])
            notes.append(f"{path}: its key is not on this machine; rendered with placeholders")
        layers.append(clear)
    return EnvironmentValues(
        environment,
        application.namespace(environment),
        application.release(environment),
        tuple(layers),
        tuple(redacted),
        tuple(notes),
    )


def without_secrets(
    application: Application, files: Mapping[str, bytes], environment: str
) -> EnvironmentValues:
    """As `umbrella_values`, with placeholders for all that sops has encrypted: no key is asked for."""
    declared = application.environments[environment]
    plain = chosen(files, declared.value_files(environment))
    secret = chosen(files, declared.secret_files(environment))
    return EnvironmentValues(
        environment,
        application.namespace(environment),
        application.release(environment),
        (*(files[path] for path in plain), *(placeholders(files[path]) for path in secret)),
    )


def service_values(
    application: Application,
    files: Mapping[str, bytes],
    environment: str,
    service: str,
    keys: SopsKeys = NO_KEYS,
) -> EnvironmentValues:
    """For the chart of a service on its own: `<service>:` and `global:` of what the umbrella would give it.

    `service` is the name under which the umbrella's values hold its part; `files` are the umbrella's.
    """
    whole = umbrella_values(application, files, environment, keys)
    own = files.get("values.yaml", b"")
    parts = [
        service_part(layer, service, f"values of {environment}") for layer in (own, *whole.layers) if layer
    ]
    return EnvironmentValues(
        environment,
        whole.namespace,
        whole.release,
        tuple(part for part in parts if part),
        whole.secrets,
        whole.notes,
    )


def chosen(files: Mapping[str, bytes], declared: DeclaredFiles) -> tuple[str, ...]:
    """Those that are there. BadInput where headway.yaml names one that is not."""
    for path in declared.paths if declared.required else ():
        if path not in files:
            raise BadInput("headway.yaml names it, but it is missing", where=path, next_step="Write it.")
    return tuple(path for path in declared.paths if path in files)
