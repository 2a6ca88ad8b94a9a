"""What `headway doctor` says of each thing that it tried, and what of all of them together."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from headway.decide.hosts import leaving_alone
from headway.decide.review import rights
from headway.decide.review.rights import Right
from headway.errors import HeadwayError, Retryable, Unreachable

GRANT = "Grant it: examples/rbac/namespace.yaml."
REACH = "Start it, let it be reached from here, or correct the address."
TITLES = ("RESULT", "WHAT", "WHERE", "SAYS")


class Verdict(StrEnum):
    OK = "ok"
    MISSING = "missing"
    """An application does not work without it."""
    UNKNOWN = "unknown"
    """It cannot be told from here, or not before something else is there."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One line."""

    verdict: Verdict
    what: str
    where: str
    says: str = ""
    remedy: str = ""
    host: str = ""
    """Which one does not answer, where that is what is missing."""


def sound(what: str, where: str, says: str = "") -> Checked:
    return Checked(Verdict.OK, what, where, says)


def unknown(what: str, where: str, says: str, remedy: str = "") -> Checked:
    return Checked(Verdict.UNKNOWN, what, where, says, remedy)


def failed(what: str, where: str, error: HeadwayError, remedy: str, host: str = "") -> Checked:
    """What was tried raised this. `remedy` stands in where the error has none, or only says that it is tried again; `host`: which
    one was asked."""
    elsewhere = f"{error.where}: " if error.where and not _known(error.where, f"{what} {where}") else ""
    next_step = remedy or error.next_step if isinstance(error, Retryable) else error.next_step or remedy
    says = _line(f"{elsewhere}{error.what}")
    if host and isinstance(error, Unreachable) and leaving_alone.speaks_of_host(error.status):
        return Checked(Verdict.MISSING, what, where, says, REACH, host)
    return Checked(Verdict.MISSING, what, where, says, _line(next_step))


def granted(what: str, where: str, lacking: Sequence[Right], *, asked: int) -> list[Checked]:
    """One line where all rights are there, else one for each resource. `asked`: how many rights were asked about."""
    if not lacking:
        return [sound(what, where, f"all {asked} of examples/rbac/namespace.yaml")]
    return [
        Checked(
            Verdict.MISSING if always else Verdict.UNKNOWN,
            what,
            where,
            f"may not {', '.join(verbs)} {resource}{'' if always else ', which charts may bring'}",
            GRANT,
        )
        for (resource, always), verbs in rights.by_resource(lacking).items()
    ]


def is_whole(checked: Iterable[Checked]) -> bool:
    return all(each.verdict is not Verdict.MISSING for each in checked)


def rows(checked: Sequence[Checked]) -> list[tuple[str, ...]]:
    """For people: the remedy behind what is wrong, for it is read there. What is wrong with several is said once."""
    return [TITLES, *((each.verdict, each.what, each.where, _said(each)) for each in _told_once(checked))]


def values(checked: Sequence[Checked]) -> list[dict[str, str]]:
    """For programs, each thing by itself."""
    return [
        {
            "result": str(each.verdict),
            "what": each.what,
            "where": each.where,
            "says": each.says,
            "remedy": each.remedy,
        }
        for each in checked
    ]


def _told_once(checked: Sequence[Checked]) -> list[Checked]:
    """Where it stood first; a host that does not answer is one thing, whatever it was asked for."""
    told: dict[Hashable, list[Checked]] = {}
    for number, each in enumerate(checked):
        same = each.host or (each.verdict, each.what, each.says, each.remedy)
        told.setdefault(number if each.verdict is Verdict.OK else same, []).append(each)
    return [_together(lines) for lines in told.values()]


def _together(lines: Sequence[Checked]) -> Checked:
    first, *others = lines
    if not others:
        return first
    return replace(
        first,
        what=", ".join(dict.fromkeys(each.what for each in lines)),
        where=", ".join(dict.fromkeys(map(_concerned, lines))),
    )


def _concerned(checked: Checked) -> str:
    """Without its address, where what is said names that of the host."""
    return checked.where.partition(": ")[0] if checked.host else checked.where


def _said(checked: Checked) -> str:
    return f"{checked.says.rstrip('.')}. {checked.remedy}" if checked.remedy else checked.says


def _known(place: str, said: str) -> bool:
    return place in said or all(word in said for word in place.split())


def _line(text: str) -> str:
    return "; ".join(line.strip().rstrip(".") if "\n" in text else line for line in text.splitlines())
