"""Pages of what became of a release: one revision, what lies between two, and what its runs left behind."""

from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.review import diff_text, revision_page
from headway.errors import NoServer
from headway.formats import markdown
from headway.model.release_history import HistoryEntry, ReleaseHistory
from headway.view import pages
from headway.view.access import Known
from headway.view.base import View, about, release_of
from headway.view.looks import Seen
from headway.view.told import CannotBeDone
from headway.workspace import comparison, revision_content
from headway.workspace.known_releases import KnownRelease

DIFF_LINES_LIMIT = 5_000
"""Of a comparison; `headway diff` shows the rest."""
_DIGITS = 9


def store_of(view: View, found: Seen) -> ReleaseRecordStore:
    """The record of a release, with the address of its chart repository, where its archive lies."""
    cluster, status = view.looks.opened(found.cluster), found.status
    kept = ReleaseRecordStore.all(cluster, status.namespace)
    mine = (each for each in kept if each.release == status.ref.release)
    return next(mine, ReleaseRecordStore(cluster, status.namespace, status.ref.release))


def show_revision(view: View, request: Request, known: Known) -> Response:
    found = release_of(view, request, known)
    entry, history = entry_of(view, found, request.path_params["revision"])
    content = None
    if entry.in_helm:
        cluster, namespace = view.looks.opened(found.cluster), found.status.namespace
        stored = HelmStorage(cluster, namespace, found.status.ref.release).get(entry.revision)
        content = revision_content.of(stored, entry)
    before = _before(history, entry)
    return pages.page(
        "revision.html",
        **about(view, known, found),
        entry=entry,
        facts=revision_page.rows(entry, content, datetime.now(UTC))[1:],
        objects=[str(each) for each in content.objects] if content else [],
        before=before,
        run=view.run_url(entry.run) if entry.run else "",
        trouble=history.trouble,
    )


def entry_of(view: View, found: Seen, revision: str) -> tuple[HistoryEntry, ReleaseHistory]:
    """One revision, read by itself. HTTPException 404 where nobody knows it."""
    number = _number(revision)
    history = view.histories.look(store_of(view, found), revisions=(number,))
    return _entry(history, number), history


def show_comparison(view: View, request: Request, known: Known) -> Response:
    """`from` and `to`: revisions; of another environment where `with` names one: what is deployed there, and here."""
    found = release_of(view, request, known)
    other = request.query_params.get("with", "")
    if other:
        before, after = (
            _deployed(view, each) for each in (release_of(view, request, known, environment=other), found)
        )
    else:
        release = known_release(view, found)
        numbers = [_number(request.query_params.get(each, "")) for each in ("from", "to")]
        history = view.histories.look(release.store, revisions=numbers)
        before, after = (
            (release, entry, f"revision {entry.revision}")
            for entry in (_entry(history, each) for each in numbers)
        )
    diff = comparison.compare(before, after, charts=view.charts)
    lines = list(diff_text.lines(diff))
    return pages.page(
        "comparison.html",
        **about(view, known, found),
        application=found.status.ref.application,
        diff=diff,
        rows=diff_text.rows(diff)[1:],
        lines=[(sign(each), each) for each in lines[:DIFF_LINES_LIMIT]],
        left_out=max(0, len(lines) - DIFF_LINES_LIMIT),
    )


def show_reports(view: View, request: Request, known: Known) -> Response:
    """Evidence of failures, and what tests said, as Prefect keeps them."""
    found = release_of(view, request, known)
    if view.runs is None:
        raise NoServer
    ref = found.status.ref
    reports = view.runs.reports(ref.application, ref.environment)
    return pages.page("reports.html", **about(view, known, found), reports=reports, parts=markdown.parts)


def _deployed(view: View, found: Seen) -> tuple[KnownRelease, HistoryEntry, str]:
    release = known_release(view, found)
    revision = found.status.revision
    entry = view.histories.look(release.store, revisions=(revision,) if revision else None).deployed
    if entry is None:
        raise CannotBeDone("nothing is deployed there", where=str(found.status.ref))
    return release, entry, f"{found.status.ref.environment} ({entry.version})"


def known_release(view: View, found: Seen) -> KnownRelease:
    return KnownRelease(found.status.ref, store_of(view, found), None)


def _number(revision: str) -> int:
    """-1, which nobody knows, for what is no number."""
    return int(revision) if revision.isdecimal() and revision.isascii() and len(revision) <= _DIGITS else -1


def _entry(history: ReleaseHistory, revision: int) -> HistoryEntry:
    entry = next((each for each in history.entries if each.revision == revision), None)
    if entry is None:
        raise HTTPException(404)
    return entry


def _before(history: ReleaseHistory, entry: HistoryEntry) -> int:
    """The revision that ran before it, as far as Helm still has it; 0 where it has none."""
    return (
        max((each for each in history.helm_revisions if each < entry.revision), default=0)
        if entry.in_helm
        else 0
    )


def sign(line: str) -> str:
    """How a line of a comparison is coloured, by its sign."""
    begin = line.strip()[:1] if line.startswith("    ") else line[:1]
    return {"+": "added", "-": "removed", "~": "object"}.get(begin, "")
