"""The tests that headway.yaml declared when a revision was made, read from what Helm keeps of it: going back needs no more."""

from dataclasses import dataclass

from headway.clients.helm.storage import StoredRevision
from headway.errors import BadInput
from headway.formats import headway_yaml, utf8
from headway.model.application import ClusterTest


@dataclass(frozen=True, slots=True)
class DeclaredTests:
    jobs: tuple[ClusterTest, ...] = ()
    in_turn: bool = False
    unread: str = ""
    """Why it is not known which Jobs there are."""


def of(stored: StoredRevision | None) -> DeclaredTests:
    """Where they cannot be told, there are none, and the report says so."""
    file = stored.files.get(headway_yaml.FILE) if stored else None
    if stored is None or file is None:
        return DeclaredTests(unread=f"Helm's history has no {headway_yaml.FILE} of it")
    where = f"revision {stored.revision} {headway_yaml.FILE}"
    try:
        application = headway_yaml.read_packaged(utf8.text(file, where), where)
    except BadInput as error:
        return DeclaredTests(unread=str(error))
    return DeclaredTests(application.tests, application.test_order == "in-turn")
