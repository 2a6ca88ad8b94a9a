"""Prints what lies between two revisions, two environments, or a release and what lives: it needs neither Prefect nor git."""

from collections.abc import Callable, Sequence
from pathlib import Path

from headway.cli import table
from headway.cli.history import chosen
from headway.cli.output import Found, show_found, tell
from headway.cli.table import print_line, print_rows
from headway.cli.where import Where
from headway.clients.helm.storage import HelmStorage
from headway.decide.review import diff_text
from headway.decide.review.revision_diff import CommitsBetween, RevisionDiff
from headway.errors import BadInput
from headway.formats.visible import visible
from headway.model.release_history import HistoryEntry
from headway.workspace import comparison, known_releases, live_drift
from headway.workspace.known_releases import KnownRelease
from headway.workspace.release_history import ReleaseHistoryReader
from headway.workspace.status import NOT_COMPARED, StatusReader

Chosen = tuple[KnownRelease, HistoryEntry, str]
_COLOURS = {"+": "green", "-": "red"}


def diff(
    application: str,
    places: Sequence[str],
    *,
    live: bool,
    where: Where,
    output: str,
    clones: Sequence[Path] = (),
) -> bool:
    """`places`: an environment and one or two revisions, or two environments. Raises BadInput, Unreachable, Refused."""
    looked_at = where.clusters()

    def find(environment: str) -> KnownRelease:
        return known_releases.find(looked_at, application, environment, where.namespace, where.releases)

    if live:
        return _against_live(application, places, find, output)
    before, after = _sides(application, places, find)
    found = comparison.compare(before, after, commits=_in(clones))
    show_diff(found, output)
    return True


def show_diff(found: RevisionDiff, output: str) -> None:
    """As `headway diff` prints it; lines of objects are wrapped nowhere, as those of any diff."""
    nothing = f"{found.before} and {found.after} are the same"
    rows = diff_text.rows(found)
    told = Found(
        rows, diff_text.values(found), names=diff_text.names(found), nothing=nothing, notes=found.unknown
    )
    if output != "table" or found.is_empty:
        show_found(told, output)
    else:
        if len(rows) > 1:
            print_rows(rows if table.fits(rows) else diff_text.narrow(found))
        _print_lines([*diff_text.lines(found), *found.unknown])


def _in(clones: Sequence[Path]) -> CommitsBetween:
    def between(one: str, other: str) -> Sequence[str]:
        from headway.clients.git import ancestry

        return next(filter(None, (ancestry.between(each, one, other) for each in clones)), ())

    return between


def _sides(
    application: str, places: Sequence[str], find: Callable[[str], KnownRelease]
) -> tuple[Chosen, Chosen]:
    environments = [each for each in places if not each.isdecimal()]
    numbers = [int(each) for each in places if each.isdecimal()]
    if len(environments) == 2 and not numbers:
        found = [_chosen(find(each), None) for each in environments]
        first, second = (
            (release, entry, f"{name} ({entry.version})")
            for (release, entry, _), name in zip(found, environments, strict=True)
        )
        return first, second
    if len(environments) == 1 and numbers and places[0] == environments[0] and len(numbers) < 3:
        wanted: list[int | None] = [*numbers, None]
        known = find(environments[0])
        first = _chosen(known, wanted[0])
        return first, _chosen(known, wanted[1])
    raise BadInput(
        "not two things to compare",
        where=" ".join(("headway diff", application, *places)),
        next_step="Name an environment and one or two revisions, two environments, or an environment and --live.",
    )


def _chosen(known: KnownRelease, revision: int | None) -> Chosen:
    history = ReleaseHistoryReader().look(known.store)
    entry = chosen(history, revision)
    return known, entry, f"revision {entry.revision}"


def _against_live(
    application: str, places: Sequence[str], find: Callable[[str], KnownRelease], output: str
) -> bool:
    if len(places) != 1:
        raise BadInput(
            "--live is about one environment",
            where=" ".join(("headway diff", application, *places)),
            next_step=f"headway diff {application} ENVIRONMENT --live",
        )
    known = find(places[0])
    store = known.store
    status = StatusReader().read(store, drift=False)
    # Whatever its state: also of what is to be replaced it is told.
    drifted = live_drift.of(
        store, HelmStorage(store.cluster, store.namespace, store.release), status.revision
    )
    rows = [["WHAT", "SAYS"], *(["drift", each] for each in drifted)]
    if status.waits:
        rows.append(["waits", f"{status.waits}, and {status.version or 'nothing'} runs"])
    values = {"drift": drifted, "runs": status.version, "offered": status.offered, "waits": status.waits}
    nothing = f"{status.version or 'nothing'} runs as it was released, and nothing newer waits"
    show_found(Found(rows, values, names=list(drifted), nothing=nothing), output)
    tell([status.trouble] if status.trouble not in ("", NOT_COMPARED) else [])
    return True


def _print_lines(lines: Sequence[str]) -> None:
    for line in lines:
        sign = line.strip()[:1] if line.startswith("    ") else line[:1]
        print_line(visible(line), colour=_COLOURS.get(sign))
