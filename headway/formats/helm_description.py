"""What Headway writes into the description of a revision, read back: what a history knows where the record has forgotten it.

Written by headway.clients.helm.changes; Helm keeps it only of what was deployed.
"""

import re
from dataclasses import dataclass

OURS = "Headway: "
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_DECIDED = re.compile(r"(?:approved|held) by (?P<by>[^:]+)(?:: (?P<why>.*))?\Z", re.DOTALL)
_BACK, _CORRECTS, _MARKED = "back to revision ", "corrects drift: ", "marked failed"


@dataclass(frozen=True, slots=True)
class Described:
    """`by` and `why`: of a person's decision, empty where it names none; then `note` says what else there is to say."""

    ours: bool
    goes_back: bool = False
    corrects: bool = False
    digest: str = ""
    """sha256:<hex> of the package."""
    by: str = ""
    why: str = ""
    note: str = ""


def read(description: str) -> Described:
    if not description.startswith(OURS):
        return Described(ours=False, note=description)
    said = description.removeprefix(OURS)
    if said.startswith(_MARKED):
        return Described(ours=True, note=said)
    what, _, note = said.partition(" (")
    note = note.removesuffix(")")
    found = _DIGEST.search(what)
    # Behind the version of what is gone back to.
    decided = _DECIDED.search(note)
    return Described(
        ours=True,
        goes_back=what.startswith(_BACK) or "held by " in note,
        corrects=note.startswith(_CORRECTS),
        digest=found[0] if found else "",
        by=decided["by"].strip() if decided else "",
        why=(decided["why"] or "").strip() if decided else "",
        note=note,
    )
