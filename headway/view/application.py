"""Puts the release view together: its parts, and which page stands at which address."""

from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from headway.errors import HeadwayError
from headway.formats.settings_file import text_of
from headway.view import (
    board,
    clusters,
    deliveries,
    error_pages,
    figures,
    histories,
    images,
    metrics,
    pods,
    pressing,
    releases,
    signing_in,
    warming,
)
from headway.view.access import Access, Known
from headway.view.base import View
from headway.view.clusters import Inventories
from headway.view.deliveries import Asked, Deliveries
from headway.view.endpoints import done, events, shown
from headway.view.figures import KnownFigures
from headway.view.images import AskImages, KnownImages, nobody
from headway.view.known_runs import KnownRuns
from headway.view.lanes import Lane
from headway.view.looks import Looks
from headway.view.openid import BACK
from headway.view.pods import Pods
from headway.view.runs import Runs
from headway.view.sessions import Sessions
from headway.view.settings import Settings
from headway.view.signing_in import OpenIdPages, openid_of
from headway.view.strict import HEALTH, LOOPBACK, Strict, host_name
from headway.view.tokens import Tokens
from headway.workspace.release_history import ReleaseHistoryReader

RELEASE, APPLICATION = "/releases/{application}/{environment}", "/applications/{application}"
REGISTRIES = Lane("what registries say")
"""A lane of their own: whose images they are, may be anybody's."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What answers of other systems the pages share."""

    pods: Pods
    inventories: Inventories
    figures: KnownFigures
    images: KnownImages
    deliveries: Deliveries

    def close(self) -> None:
        self.deliveries.close()
        self.pods.close()
        self.inventories.close()
        self.figures.close()


def app(
    settings: Settings,
    looks: Looks,
    runs: Runs | None = None,
    *,
    asked: Asked | None = None,
    folder: Path = Path(),
    ask_images: AskImages = nobody,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    provider: httpx.BaseTransport | None = None,
) -> ASGIApp:
    """The ASGI application. `folder`: where files that the settings name are found; `ask_images`: what asks registries.
    Raises BadInput for one of these files.

    `provider`: what answers in an OpenID provider's place.
    """
    https = (settings.url or "").startswith("https:")
    tokens = settings.sign_in.tokens if settings.sign_in else None
    sessions = Sessions(settings.sessions.idle_time, settings.sessions.longest_time, now)
    known_tokens = Tokens(folder / tokens if tokens else None)
    known_tokens.require()
    key = settings.approval_key
    view = View(
        settings,
        looks,
        Access(settings, sessions, known_tokens, https=https),
        KnownRuns(runs) if runs else None,
        text_of(folder / key).strip() if key else "",
        histories=ReleaseHistoryReader(charts=settings.readable_charts),
        now=now,
        charts=settings.readable_charts,
    )
    pods_of, images_of = Pods(view), KnownImages(ask_images)
    followed = Deliveries(view, pods_of, images_of, asked or Asked())
    kept = _Kept(pods_of, Inventories(view), KnownFigures(view), images_of, followed)
    at_provider = OpenIdPages(view, openid_of(settings, folder, now, provider))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> Any:
        looks.begin()
        warming.begin(view)
        yield
        looks.close()
        kept.close()
        view.lanes.close()
        view.streams.close()
        if view.runs:
            view.runs.close()

    served = Starlette(
        routes=_routes(view, at_provider, kept),
        exception_handlers={
            HTTPException: error_pages.refused,
            HeadwayError: error_pages.not_now,
            500: error_pages.broken,
        },
        lifespan=lifespan,
    )
    hosts = {*LOOPBACK, *([host_name(settings.url.partition("://")[2])] if settings.url else [])}
    # Around all of it: also the page that says that a page could not be made is strict.
    return Strict(served, hosts, https=https)


def _routes(view: View, at_provider: OpenIdPages, kept: _Kept) -> list[Route]:
    show_pods = partial(pods.show_pods, pods=kept.pods)
    show_images = partial(images.show_images, images=kept.images)
    show_application = partial(releases.show_application, deliveries=kept.deliveries)
    show_delivery = partial(deliveries.show_delivery, deliveries=kept.deliveries)
    show_cluster = partial(clusters.show_cluster, inventories=kept.inventories)
    show_figures = partial(figures.show_figures, figures=kept.figures)
    figures_metrics = partial(figures.show_metrics, figures=kept.figures)
    live_pods = partial(pods.live_part, view, kept.pods)
    live_deliveries = partial(deliveries.live_part, view, kept.deliveries)

    def live_figures(request: Request, known: Known) -> Callable[[], str]:
        return partial(figures.part, request, known, kept.figures)

    return [
        Route("/", shown(view, board.show_board)),
        Route("/board/events", events(view, partial(board.live_part, view))),
        Route("/sign-in", signing_in.page(view)),
        Route("/sign-in", signing_in.by_token(view), methods=["POST"]),
        Route("/sign-in/openid", at_provider.begin),
        Route(BACK, at_provider.back),
        Route("/sign-out", done(view, signing_in.sign_out), methods=["POST"]),
        Route("/static/{name}", _static),
        Route(HEALTH, _healthy),
        Route(RELEASE, shown(view, releases.show_release)),
        Route(f"{RELEASE}/compare", shown(view, histories.show_comparison)),
        Route(f"{RELEASE}/reports", shown(view, histories.show_reports)),
        Route(f"{RELEASE}/revisions/{{revision}}", shown(view, histories.show_revision)),
        Route(f"{RELEASE}/revisions/{{revision}}/images", shown(view, show_images, REGISTRIES)),
        Route(f"{RELEASE}/pods", shown(view, show_pods)),
        Route(f"{RELEASE}/pods/events", events(view, live_pods)),
        Route(f"{RELEASE}/{{action}}", shown(view, pressing.show_action)),
        Route(f"{RELEASE}/{{action}}", done(view, pressing.press), methods=["POST"]),
        Route(APPLICATION, shown(view, show_application)),
        Route(f"{APPLICATION}/events", events(view, live_deliveries)),
        Route(f"{APPLICATION}/deliveries/{{change:path}}", shown(view, show_delivery)),
        Route("/clusters/{cluster}", shown(view, show_cluster)),
        Route("/figures", shown(view, show_figures)),
        Route("/figures/events", events(view, live_figures)),
        Route("/metrics", shown(view, _metrics)),
        Route("/metrics/figures", shown(view, figures_metrics)),
    ]


def _metrics(view: View, request: Request, known: Known) -> Response:  # noqa: ARG001
    sight = view.looks.sight()
    seen = (each for each in sight.releases if known.visitor.may_see(each.status))
    return Response(metrics.text(sight, seen), headers={"Content-Type": metrics.CONTENT_TYPE})


_FILES = {"view.css": "text/css; charset=utf-8", "view.js": "text/javascript; charset=utf-8"}


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        raise HTTPException(404)
    data = resources.files("headway.view").joinpath("static", name).read_bytes()
    return Response(data, headers={"Content-Type": _FILES[name], "Cache-Control": "max-age=60"})


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("ok\n")
