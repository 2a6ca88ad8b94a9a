"""Puts the pages together: who may reach which, what is shown to whom, and what a form must carry to be heard."""

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from headway.decide.review import board as boards
from headway.decide.review.board import Filters
from headway.decide.review.status import CALLED
from headway.errors import HeadwayError
from headway.formats.settings_file import text_of
from headway.view import (
    clusters,
    deliveries,
    figures,
    forms,
    histories,
    images,
    metrics,
    pages,
    pods,
    pressing,
    releases,
    signing_in,
    told,
    warming,
)
from headway.view.access import Access, Known
from headway.view.actions import ALSO_READ_BEFORE
from headway.view.base import Do, Several, Show, View, frame, release_path
from headway.view.clusters import Inventories
from headway.view.deliveries import Asked, Deliveries
from headway.view.figures import KnownFigures
from headway.view.images import AskImages, KnownImages, nobody
from headway.view.known_runs import KnownRuns
from headway.view.lanes import Lane
from headway.view.looks import Looks, Seen
from headway.view.openid import BACK
from headway.view.pods import Pods
from headway.view.runs import Runs
from headway.view.sessions import Sessions
from headway.view.settings import Settings
from headway.view.signing_in import OpenIdPages, openid_of
from headway.view.strict import LOOPBACK, Strict, host_name
from headway.view.tokens import Tokens
from headway.view.told import Answer, Away
from headway.workspace.release_history import ReleaseHistoryReader

REGISTRIES = Lane("what registries say")
"""A lane of their own: whose images they are, may be anybody's."""
Endpoint = Callable[[Request], Awaitable[Response]]
_FILTERS = ("application", "environment", "state", "cluster")


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
    access = Access(settings, sessions, known_tokens, https=https)
    key = settings.approval_key
    known_runs = KnownRuns(runs) if runs else None
    view = View(settings, looks, access, known_runs, text_of(folder / key).strip() if key else "")
    view.now, view.charts = now, settings.readable_charts
    view.histories = ReleaseHistoryReader(charts=view.charts)
    at_provider = OpenIdPages(view, openid_of(settings, folder, now, provider))
    watched = Pods(view)
    inventories, known_figures, known_images = Inventories(view), KnownFigures(view), KnownImages(ask_images)
    followed = Deliveries(view, watched, known_images, asked or Asked())
    hosts = {*LOOPBACK, *([host_name(settings.url.partition("://")[2])] if settings.url else [])}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> Any:
        looks.begin()
        warming.begin(view)
        yield
        looks.close()
        followed.close()
        watched.close()
        inventories.close()
        known_figures.close()
        view.lanes.close()
        view.streams.close()
        if view.runs:
            view.runs.close()

    served = Starlette(
        routes=[
            Route("/", _shown(view, show_board)),
            Route("/board/events", _events(view, partial(_board_part, view))),
            Route("/sign-in", signing_in.page(view)),
            Route("/sign-in", signing_in.by_token(view), methods=["POST"]),
            Route("/sign-in/openid", at_provider.begin),
            Route(BACK, at_provider.back),
            Route("/sign-out", _done(view, signing_in.sign_out), methods=["POST"]),
            Route("/static/{name}", _static),
            Route("/healthz", _healthy),
            Route("/releases/{application}/{environment}", _shown(view, releases.show_release)),
            Route("/releases/{application}/{environment}/compare", _shown(view, histories.show_comparison)),
            Route("/releases/{application}/{environment}/reports", _shown(view, histories.show_reports)),
            Route(
                "/releases/{application}/{environment}/revisions/{revision}",
                _shown(view, histories.show_revision),
            ),
            Route(
                "/releases/{application}/{environment}/pods",
                _shown(view, partial(pods.show_pods, pods=watched)),
            ),
            Route(
                "/releases/{application}/{environment}/revisions/{revision}/images",
                _shown(view, partial(images.show_images, images=known_images), REGISTRIES),
            ),
            Route("/releases/{application}/{environment}/{action}", _shown(view, pressing.show_action)),
            Route(
                "/releases/{application}/{environment}/pods/events",
                _events(view, partial(pods.live_part, view, watched)),
            ),
            Route(
                "/releases/{application}/{environment}/{action}",
                _done(view, pressing.press),
                methods=["POST"],
            ),
            Route(
                "/applications/{application}",
                _shown(view, partial(releases.show_application, deliveries=followed)),
            ),
            Route(
                "/applications/{application}/events",
                _events(view, partial(deliveries.live_part, view, followed)),
            ),
            Route(
                "/applications/{application}/deliveries/{change:path}",
                _shown(view, partial(deliveries.show_delivery, deliveries=followed)),
            ),
            Route(
                "/clusters/{cluster}", _shown(view, partial(clusters.show_cluster, inventories=inventories))
            ),
            Route("/figures", _shown(view, partial(figures.show_figures, figures=known_figures))),
            Route(
                "/figures/events",
                _events(view, lambda request, known: partial(figures.part, request, known, known_figures)),
            ),
            Route("/metrics", _shown(view, _metrics)),
            Route(
                "/metrics/figures",
                _shown(view, partial(figures.show_metrics, figures=known_figures)),
            ),
        ],
        exception_handlers={HTTPException: _refused, HeadwayError: _not_now, 500: _broken},
        lifespan=lifespan,
    )
    # Around all of it: also the page that says that a page could not be made is strict.
    return Strict(served, hosts, https=https)


def _lane(view: View, request: Request, *, acts: bool = False) -> Lane | None:
    """That of the clusters which a page reads, as far as they are known; None for what reads none. What reads several has room of
    its own beside that of each: no one of them keeps pages of another waiting.
    """
    read = sorted(_read_by(view, request))
    if read:
        return Lane(f"cluster{'s' * (len(read) > 1)} {', '.join(read)}", acts)
    return Lane("this release", acts) if acts and "environment" in request.path_params else None


def _read_by(view: View, request: Request) -> frozenset[str]:
    """Names of clusters."""
    path = request.path_params
    if cluster := path.get("cluster"):
        return frozenset({each.name for each in view.looks.clusters} & {cluster})
    if "environment" not in path:
        return frozenset()
    named = request.query_params.get("cluster", "")
    reads_others = bool(request.query_params.get("with")) or path.get("action") in ALSO_READ_BEFORE
    found = view.looks.clusters_of(path["application"], "" if reads_others else path["environment"])
    return found & {named} if named and not reads_others else found


def _shown(view: View, show: Show, lane: Lane | None = None) -> Endpoint:
    """A page that changes nothing, for whoever has signed in. `lane`: where it is not that of a cluster."""

    async def endpoint(request: Request) -> Response:
        known = view.access.known(request)
        if known is None:
            return signing_in.first(request)
        response = await _worked(
            view, known, lane or _lane(view, request), lambda: show(view, request, known)
        )
        view.access.remember(known, response)
        return response

    return endpoint


def _done(view: View, do: Do) -> Endpoint:
    """What changes something: only by a form of this session, sent by a page of ours."""

    async def endpoint(request: Request) -> Response:
        forms.refuse_strangers(view.settings.url, request)
        known = view.access.known(request)
        if known is None or known.begun:
            return await run_in_threadpool(
                _said,
                view,
                known,
                Answer(401, "Your session has ended", "Nothing was done: sign in, and press again."),
            )
        form = await forms.sent(request)
        if not known.may_post(form.get("csrf", "")):
            raise HTTPException(
                403, "This form is not one of your session: open the page again. Nothing was done."
            )
        lane = _lane(view, request, acts=True)
        return await _worked(view, known, lane, lambda: do(view, request, known, form))

    return endpoint


async def _worked(view: View, known: Known, lane: Lane | None, answer: Callable[[], Response]) -> Response:
    work = partial(_answered, view, known, lane, answer)
    if lane is None:
        return await run_in_threadpool(work)
    try:
        return await view.lanes.run(lane, work)
    except Away as error:
        return _said(view, known, told.answer(error))


def _answered(view: View, known: Known, lane: Lane | None, answer: Callable[[], Response]) -> Response:
    try:
        return answer()
    except Several as error:
        return pages.page(
            "several.html",
            409,
            **frame(view, known),
            sentence=error.detail,
            found=[(view.name(each), view.path(each)) for each in error.found],
        )
    except HeadwayError as error:
        return _said(view, known, told.answer(error, lane.about) if lane else told.answer(error))


def _said(view: View, known: Known | None, said: Answer) -> Response:
    return pages.page("told.html", said.code, **frame(view, known), title=said.title, sentence=said.sentence)


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


def _board_part(view: View, request: Request, known: Known) -> Callable[[], str]:
    filters = _filters(request)
    return lambda: _board(view, known, filters)


def _filters(request: Request) -> Filters:
    return Filters(**{key: request.query_params.get(key, "")[:100].strip() for key in _FILTERS})


def _events(view: View, part: Callable[[Request, Known], Callable[[], str]]) -> Endpoint:
    """`part`: what renders that of a page which changes, for one request of somebody."""

    async def endpoint(request: Request) -> Response:
        known = view.access.known(request, watching=True)
        if known is None:
            # A browser that is told so does not ask again.
            return Response(status_code=204)
        who = known.visitor.name or (request.client.host if request.client else "")
        render = await view.streams.begun(partial(part, request, known))
        response = view.streams.response(
            render, lambda: view.access.known(request, watching=True) is not None, who
        )
        return response or PlainTextResponse("Too many pages are watched.\n", 503)

    return endpoint


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


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = {403: "Not allowed", 404: "There is no such page"}.get(error.status_code, "This cannot be done")
    said = error.detail if error.status_code != 404 else "Nothing is here, or nothing that you may see."
    return pages.page("refused.html", error.status_code, title=title, sentence=said)


async def _not_now(_: Request, error: Exception) -> Response:
    """Before it is known who asks: nothing is told but a sentence of ours."""
    assert isinstance(error, HeadwayError)
    said = told.answer(error)
    return pages.page("refused.html", said.code, title=said.title, sentence=said.sentence)


async def _broken(_: Request, __: Exception) -> Response:
    """What went wrong stands in the log: it may quote what is not for everybody."""
    sentence = "That is a fault of the release view. The log of headway view says more."
    return pages.page("refused.html", 500, title="This page could not be made", sentence=sentence)
