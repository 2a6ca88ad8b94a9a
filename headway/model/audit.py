"""What people and Headway decided about a release: who, when, why, and about which package.

Kept in the release record, so that it outlives the runs in which it was decided.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator

from headway.model.immutable import Immutable
from headway.model.moment import Moment

AUDIT_LIMIT = 50
WHY_LIMIT = 500
NAME_LIMIT = 100


def _as_name(given: object) -> object:
    return " ".join(given.split())[:NAME_LIMIT] if isinstance(given, str) else given


Name = Annotated[str, BeforeValidator(_as_name)]
"""Who somebody says to be: one line, since it stands in subjects of commits and in Helm's history, and not without an end."""
HEADWAY = "headway"
"""Who decided, where nobody did by hand."""

Decided = Literal[
    "approved",
    "rejected",
    "lapsed",
    "held",
    "hold-lifted",
    "frozen",
    "freeze-lifted",
    "barred",
    "bar-lifted",
    "adopted",
    "started",
    "promoted",
    "tests-started",
]
""""rejected": a person answered no at the gate, which bars no version. "lapsed": what was approved would have been another
change by the time it could be made. "barred": a package is not released again. "started", "promoted", "tests-started": a person
had it released, brought here from the environment before, or tested once more."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says, as it is given to whatever writes it down."""

    by: str
    why: str
    at: Moment
    run: str = ""
    """Id of the flow run in which it was said."""


class AuditEntry(Immutable):
    """One decision."""

    kind: Decided
    by: Name
    """A name as people gave it of themselves, or HEADWAY."""
    at: Moment
    why: str
    version: str = ""
    """What it is about; empty where it is about the whole environment, as `digest`."""
    digest: str = ""
    """sha256:<hex> of the package."""
    run: str = ""
    """Id of the flow run in which it was decided."""
    plan: str = ""
    """Key of the plan that was answered."""
