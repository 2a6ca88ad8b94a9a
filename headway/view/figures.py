"""How often, how fast and how well is delivered: a page, and numbers for whoever scrapes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Lock
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from headway.clients.clock import elapsing
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review import figures_text, stage_times
from headway.decide.review.figures import Figures
from headway.errors import HeadwayError
from headway.view import figure_pictures, pages
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
        """All clusters at once, since a version is promoted from one into another; where one is away, each alone."""
        opened, troubles = [], []
        for each in view.looks.clusters:
            try:
                opened.append((each.name, view.looks.opened(each.name)))
            except HeadwayError:
                troubles.append(each.name)
        try:
            found, _ = self._of(view, [cluster for _, cluster in opened])
            return found, tuple(troubles)
        except HeadwayError:
            pass
        alone: list[Figures] = []
        for name, cluster in opened:
            try:
                alone += self._of(view, [cluster])[0]
            except HeadwayError:
                troubles.append(name)
        return tuple(sorted(alone, key=lambda each: each.ref)), tuple(troubles)

    @staticmethod
    def _of(view: View, clusters: Sequence[Cluster]) -> tuple[tuple[Figures, ...], tuple[str, ...]]:
        return delivery_figures.of_clusters(
            clusters, datetime.now(UTC), reader=view.histories, charts=view.charts
        )


PICTURES = 24
"""On one page; more are for who names an application."""


def show_figures(view: View, request: Request, known: Known, figures: KnownFigures) -> Response:
    application = _filter(request)
    live = "/figures/events" + (f"?{urlencode({'application': application})}" if application else "")
    return pages.page(
        "figures.html",
        **frame(view, known),
        part=part(view, request, known, figures),
        application=application,
        live=live,
    )


def _filter(request: Request) -> str:
    return request.query_params.get("application", "")[:100].strip()


def part(view: View, request: Request, known: Known, figures: KnownFigures) -> Markup:
    """What is sent again whenever it has changed."""
    every, troubles = figures.seen(view, known)
    wanted = _filter(request).casefold()
    found = [each for each in every if wanted in each.ref.application.casefold()]
    titles, *rows = figures_text.rows(found)
    stage_titles, *stages = figures_text.stage_table(found)
    rendered = pages.rendered(
        "_figures.html",
        titles=[each.capitalize() for each in titles],
        rows=rows,
        troubles=troubles,
        pictures=[
            picture for at, each in enumerate(found, 1) if (picture := figure_pictures.drawn(each, at))
        ][:PICTURES],
        trend_titles=figure_pictures.TITLES,
        stage_titles=[each.capitalize() for each in stage_titles],
        stages=stages,
        meanings=stage_times.MEANING.items(),
    )
    # Only what a template of ours rendered.
    return Markup(rendered)


def show_metrics(view: View, _: Request, known: Known, figures: KnownFigures) -> Response:
    """Beside those of states, which cost a look: these cost reading all histories, once a minute."""
    found, _troubles = figures.seen(view, known)
    return Response(figures_text.prometheus(found), headers={"Content-Type": CONTENT_TYPE})
