"""Which of the releases that one look finds due are made together, by one run for several environments, and how that run ends.

A run costs the same whatever it does: a process, and what Prefect notes of it. A person can neither be asked by a run that has
others to go on with, nor answer for several places at once: what asks has a run of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.formats.counted import counted

FROM = 3
"""Environments. Of two, each in a process of its own is as quick, and shown by itself."""
AT_MOST = 25
"""Environments of one run: they share a process, which has one of Python's locks, and is lost as a whole."""
NOT_ALL = "Not all released"
"""The state of a run in which one went well, and another did not."""


@dataclass(frozen=True, slots=True)
class Due:
    """A release that is to begin. `package`: the start of its digest."""

    environment: str
    package: str
    asks: bool
    """A gate stands before it."""
    replaces: bool
    """Runs that wait end for it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one environment."""

    environment: str
    name: str
    """As the state of a run of its own would be called."""
    message: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """Of the run of them all."""

    name: str
    message: str
    failed: bool


def groups(due: Sequence[Due]) -> list[tuple[str, ...]]:
    """Environments that are released by one run, each about one package; who is in none has a run of its own.

    More than AT_MOST are several of about one size, which processors share."""
    plain = [each for each in due if not (each.asks or each.replaces)]
    found: list[tuple[str, ...]] = []
    for package in dict.fromkeys(each.package for each in plain):
        names = [each.environment for each in plain if each.package == package]
        if len(names) >= FROM:
            found += _parts(names)
    return found


def _parts(names: Sequence[str]) -> list[tuple[str, ...]]:
    count = -(-len(names) // AT_MOST)
    size, larger = divmod(len(names), count)
    parts: list[tuple[str, ...]] = []
    begins = 0
    for place in range(count):
        ends = begins + size + (place < larger)
        parts.append(tuple(names[begins:ends]))
        begins = ends
    return parts


def end(ended: Sequence[Ended]) -> End:
    """`ended`: at least one. What failed is told first, each with its own words; of what went well, where."""
    names = list(dict.fromkeys(each.name for each in ended))
    failed = [each for each in ended if each.failed]
    well = [each for each in ended if not each.failed]
    said = [f"{each.environment}: {each.name}. {each.message}".rstrip() for each in failed]
    for name in dict.fromkeys(each.name for each in well):
        of_it = [each.environment for each in well if each.name == name]
        said.append(f"{name}: {counted(len(of_it), 'environment')}, {', '.join(of_it)}.")
    if len(names) == 1:
        name = names[0]
    elif failed:
        name = NOT_ALL
    else:
        name = next((each.name for each in well if each.name == "Released"), names[0])
    return End(name, " ".join(said), bool(failed))
