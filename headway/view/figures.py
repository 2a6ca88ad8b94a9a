"""How often, how fast and how well is delivered: a page, and numbers for whoever scrapes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response

from headway.clients.clock import elapsing
from headway.decide.review import figures_text
from headway.decide.review.figures import Figures
from headway.errors import HeadwayError
from headway.view import pages
from headway.view.access import Known
from headway.view.base import View, frame
from headway.view.metrics import CONTENT_TYPE
from headway.workspace import delivery_figures

LIVES_SECONDS = 60.0
"""All histories are read for them."""


class KnownFigures:
    def __init__(self) -> None:
        self._read: tuple[float, tuple[Figures, ...], tuple[str, ...]] | None = None
        self._lock = Lock()

    def seen(self, view: View, known: Known) -> tuple[Sequence[Figures], Sequence[str]]:
        """Those of what they may read, and the clusters that could not be read."""
        with self._lock:
            if self._read is None or elapsing() > self._read[0] + LIVES_SECONDS:
                self._read = (elapsing(), *self._look(view))
            _, every, troubles = self._read
        may = known.visitor.may
        return [each for each in every if may("read", each.ref.application, each.ref.environment)], troubles

    def _look(self, view: View) -> tuple[tuple[Figures, ...], tuple[str, ...]]:
        found: list[Figures] = []
        troubles = []
        for each in view.looks.clusters:
            try:
                cluster = view.looks.opened(each.name)
                figures, _ = delivery_figures.of_clusters([cluster], datetime.now(UTC), reader=view.histories)
                found += figures
            except HeadwayError:
                troubles.append(each.name)
        return tuple(sorted(found, key=lambda each: each.ref)), tuple(troubles)


def show_figures(view: View, _: Request, known: Known, figures: KnownFigures) -> Response:
    found, troubles = figures.seen(view, known)
    titles, *rows = figures_text.rows(found)
    return pages.page(
        "figures.html",
        **frame(view, known),
        titles=[each.capitalize() for each in titles],
        rows=rows,
        troubles=troubles,
    )


def show_metrics(view: View, _: Request, known: Known, figures: KnownFigures) -> Response:
    """Beside those of states, which cost a look: these cost reading all histories, once a minute."""
    found, _troubles = figures.seen(view, known)
    return Response(figures_text.prometheus(found), headers={"Content-Type": CONTENT_TYPE})
