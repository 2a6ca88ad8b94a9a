"""How often, how fast and how well is delivered: a page, and numbers for whoever scrapes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from headway.decide.review import figures_text, stage_times
from headway.decide.review.figures import Figures
from headway.model.release_ref import ReleaseRef
from headway.view import figure_pictures, pages
from headway.view.access import Known
from headway.view.base import View, frame
from headway.view.kept import Kept
from headway.view.metrics import CONTENT_TYPE
from headway.workspace import delivery_figures
from headway.workspace.delivery_figures import Counted, Gathered

LIVES_SECONDS = 60.0
"""All histories are read for them."""


class KnownFigures:
    """Each cluster is read by itself; what they tell is counted together, once for all who look."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._told: Kept[Gathered] = Kept(LIVES_SECONDS, patience_seconds=10.0)
        self._counted: tuple[list[Gathered], Counted] = [], Counted()

    def close(self) -> None:
        self._told.close()

    def seen(self, known: Known, application: str = "") -> tuple[Sequence[Figures], Sequence[str]]:
        """The figures of the releases that a visitor may read, and what is not known, or could not be read again.
        `application`: a part of its name, in lower case."""
        view, told, troubles = self._view, list[Gathered](), list[str]()

        def read(cluster: str) -> Gathered:
            return delivery_figures.read([view.looks.opened(cluster)], view.histories, view.charts)

        for each in view.looks.clusters:
            self._told.ask(each.name, partial(read, each.name), room=each.name)
        for each in view.looks.clusters:
            found, trouble = self._told.answer(each.name)
            told += [found] if found else []
            troubles += [f"Cluster {each.name}: {trouble}"] if trouble else []
        before, every = self._counted
        if [*map(id, before)] != [*map(id, told)]:
            every = delivery_figures.counted(told, datetime.now(UTC))
            self._counted = told, every

        def is_wanted(ref: ReleaseRef) -> bool:
            return application in ref.application.casefold() and known.visitor.may(
                "read", ref.application, ref.environment
            )

        figures, unknown = every.of(is_wanted)
        return figures, [*troubles, *unknown]


PICTURES = 24
"""On one page; more are for who names an application."""


def show_figures(view: View, request: Request, known: Known, figures: KnownFigures) -> Response:
    application = _filter(request)
    live = "/figures/events" + (f"?{urlencode({'application': application})}" if application else "")
    return pages.page(
        "figures.html",
        **frame(view, known),
        part=part(request, known, figures),
        application=application,
        live=live,
    )


def _filter(request: Request) -> str:
    return request.query_params.get("application", "")[:100].strip()


def part(request: Request, known: Known, figures: KnownFigures) -> Markup:
    """The part of the page that is sent again whenever it has changed."""
    found, troubles = figures.seen(known, _filter(request).casefold())
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


def show_metrics(_view: View, _: Request, known: Known, figures: KnownFigures) -> Response:
    """Figures for Prometheus. They have an address of their own, since they cost reading all histories, once a minute at most."""
    found, _troubles = figures.seen(known)
    return Response(figures_text.prometheus(found), headers={"Content-Type": CONTENT_TYPE})
