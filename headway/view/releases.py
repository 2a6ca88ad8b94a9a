"""The page of a release, with what became of it; and that of an application: its environments, and its runs."""

from dataclasses import replace
from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from headway.decide.review import board as boards
from headway.decide.review import buttons, history_table, look_times
from headway.decide.review.board import Filters
from headway.formats.capitalised import capitalised
from headway.model.release_history import HistoryEntry
from headway.view import pages, pipeline, told_by_runs
from headway.view.access import Known
from headway.view.actions import ACTIONS, ANSWER, ANSWER_RIGHT
from headway.view.base import View, about, frame, release_of, release_path, where
from headway.view.deliveries import Deliveries
from headway.view.deliveries import path as delivery_path
from headway.view.histories import store_of
from headway.view.looks import Seen
from headway.view.pressing import scene_of

NEWEST = 12
"""Revisions that the page of a release begins with: record and Helm remember ten where nobody says otherwise."""


def show_release(view: View, request: Request, known: Known) -> Response:
    found = release_of(view, request, known)
    ref, status = found.status.ref, found.status
    whole = request.query_params.get("show") == "all"
    history = view.histories.look(store_of(view, found), newest=None if whole else NEWEST)
    may = known.visitor.may
    names = [
        (name, action.title)
        for name, action in ACTIONS.items()
        if may(action.right, ref.application, ref.environment)
    ]
    if may(ANSWER_RIGHT, ref.application, ref.environment):
        names.insert(1, (ANSWER, "Approve or reject"))
    scene = scene_of(view, known, found)
    why_not = {name: scene.why_not(name) for name, _ in names}
    return pages.page(
        "release.html",
        **about(view, known, found),
        application=ref.application,
        which=where(found) if view.is_ambiguous(found) else {},
        cell=boards.cell(found.cluster, status),
        status=status,
        history=history,
        lines=[(each, ending(each)) for each in history.entries],
        buttons=[(title, view.path(found, name)) for name, title in names if not why_not[name]]
        if known.session
        else [],
        not_now=buttons.grouped([(title, why) for name, title in names if (why := why_not[name])])
        if known.session
        else (),
        run_url=view.run_url,
        ended=history_table.ended,
        comparable=[each for each in history.entries if each.in_helm],
        others=_others(view, known, found),
        has_runs=view.runs is not None,
    )


def _others(view: View, known: Known, found: Seen) -> tuple[str, ...]:
    """Environments of the same application that it can be compared with."""
    seen = {
        each.status.ref.environment
        for each in view.looks.sight().releases
        if each.status.ref.application == found.status.ref.application and known.visitor.may_see(each.status)
    }
    return boards.in_order(seen - {found.status.ref.environment}, view.settings.environments)


def show_application(view: View, request: Request, known: Known, deliveries: Deliveries) -> Response:
    """One change on its way: environments in order, and the runs that bring it through them."""
    application = request.path_params["application"]
    if not known.visitor.may_read_of(application):
        raise HTTPException(404)
    sight = view.looks.sight()
    releases = [
        (each.cluster, each.status) for each in sight.releases if each.status.ref.application == application
    ]
    board = boards.board(releases, Filters(), known.visitor.may_see, view.settings.environments)
    cells = [each for each in board.rows[0].cells if each] if board.rows else []
    told, trouble = view.runs.recent(application) if view.runs else ((), "")
    runs = [
        # What is about all environments tells in the end how each of them fared.
        each if each.environments or known.visitor.may_read_all_of(application) else replace(each, message="")
        for each in told_by_runs.seen(
            told or (), lambda environment: _may_see(known, application, environment)
        )
    ]
    if not cells and not runs:
        raise HTTPException(404)
    recent, unknown = deliveries.recent(application, known) if cells else ((), ())
    return pages.page(
        "application.html",
        **frame(view, known),
        application=application,
        cells=[each for group in cells for each in group],
        picture=pipeline.drawn([group[0] for group in cells]),
        runs=runs,
        looks=_look_times(view, known, application),
        trouble=trouble,
        recent=recent,
        unknown=unknown,
        delivery_path=delivery_path,
        release_path=release_path,
        path_to=lambda cluster, status: view.path(Seen(cluster, status)),
        has_runs=view.runs is not None,
    )


def _look_times(view: View, known: Known, application: str) -> str:
    """In a sentence; why the last one failed is told to whoever may read of all that it is about."""
    if view.runs is None:
        return ""
    times, trouble = view.runs.look_times(application)
    if times is None:
        return f"When it is looked at is not known: {trouble}" if trouble else ""
    reason = known.visitor.may_read_all_of(application)
    said = look_times.sentence(times, datetime.now(UTC), reason=reason)
    return f"{capitalised(said)}{'' if said.endswith('?') else '.'}"


def _may_see(known: Known, application: str, environment: str) -> bool:
    """What is about all environments tells of each: whoever may see one of them may see that it is delivered."""
    return not environment or known.visitor.may("read", application, environment)


def ending(entry: HistoryEntry) -> str:
    """How it reads at a glance: well, trouble, waits or nothing of these."""
    if entry.passed:
        return "well"
    if entry.failed:
        return "trouble"
    return "waits" if entry.outcome in ("started", "deployed") else ""
