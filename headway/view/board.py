"""The first page: what runs where, application by environment, and what waits for an answer."""

from collections.abc import Callable
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from headway.decide.review import board as boards
from headway.decide.review.board import Filters
from headway.decide.review.status import CALLED
from headway.view import pages
from headway.view.access import Known
from headway.view.base import View, frame, release_path
from headway.view.looks import Seen

_FILTERS = ("application", "environment", "state", "cluster")


def show_board(view: View, request: Request, known: Known) -> Response:
    filters = _filters(request)
    chosen = {key: value for key in _FILTERS if (value := getattr(filters, key))}
    live = "/board/events" + (f"?{urlencode(chosen)}" if chosen else "")
    sight = view.looks.sight()
    order = view.settings.environments
    seen = {each.status.ref.environment for each in sight.releases if known.visitor.may_see(each.status)}
    return pages.page(
        "board.html",
        **frame(view, known),
        part=_board(view, known, filters),
        environments=boards.in_order(seen, order),
        several=len(view.looks.clusters) > 1,
        filters=filters,
        live=live,
        states=CALLED,
        clusters=[each.name for each in view.looks.clusters],
    )


def _board(view: View, known: Known, filters: Filters) -> Markup:
    sight = view.looks.sight()
    waiting, unknown = view.runs.unanswered() if view.runs else ((), "")
    who = known.visitor
    shown = tuple(each for each in waiting if who.may("read", each.application, each.environment))

    def render() -> str:
        releases = [(each.cluster, each.status) for each in sight.releases]
        return pages.rendered(
            "_board.html",
            board=boards.board(releases, filters, who.may_see, view.settings.environments),
            sight=sight,
            troubles=[each for each in sight.troubles if filters.cluster in ("", each.cluster)],
            waiting=shown,
            waiting_unknown=unknown,
            release_path=release_path,
            path_to=lambda cluster, status: view.path(Seen(cluster, status)),
            may=who.may,
            several=len(view.looks.clusters) > 1,
        )

    return view.fragments.get(sight, (filters, who.roles, who.reads_all, shown, unknown), render)


def live_part(view: View, request: Request, known: Known) -> Callable[[], str]:
    filters = _filters(request)
    return lambda: _board(view, known, filters)


def _filters(request: Request) -> Filters:
    return Filters(**{key: request.query_params.get(key, "")[:100].strip() for key in _FILTERS})
