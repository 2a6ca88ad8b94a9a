"""A release that an application has left, for another place or another name. Its record stays, and with it its row on the board,
until a person takes that away.
"""

from headway.clients.kubernetes.lease import ReleaseLease
from headway.errors import Refused
from headway.workspace.known_releases import KnownRelease, place_of
from headway.workspace.workspace import Workspace


def place(found: KnownRelease) -> str:
    return place_of(found.store.cluster, found.store.namespace, found.store.release)


def is_in_use(workspace: Workspace, found: KnownRelease) -> bool:
    """Whether the application is released there today: the very record, by whatever address its cluster is reached. Raises
    Unreachable, Refused, and BadInput where the environment's cluster is not known."""
    application, environment, store = workspace.application, found.ref.environment, found.store
    if environment not in application.environments:
        return False
    here = application.namespace(environment), application.release(environment)
    if here != (store.namespace, store.release):
        return False
    current = workspace.systems.cluster(application.cluster(environment)).api.find(store.path)
    own = store.cluster.api.find(store.path)
    return bool(current and own and current["metadata"]["uid"] == own["metadata"]["uid"])


def remove(found: KnownRelease, *, dry_run: bool) -> None:
    """Its record alone. Raises Refused while a run is at work there, Conflict where its record is written meanwhile."""
    store = found.store
    _, version = store.read()
    if holder := ReleaseLease(store.cluster, store.namespace, store.release).holder():
        raise Refused(
            f"{holder} is at work there",
            where=place(found),
            next_step="Wait for it, or cancel it in the Prefect UI.",
        )
    if not dry_run:
        store.remove(version)
