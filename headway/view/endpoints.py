"""What stands before every page: who may reach it, what a form must carry to be heard, and how long it may take."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from headway.errors import HeadwayError
from headway.view import forms, pages, signing_in, told
from headway.view.access import Known, is_program
from headway.view.actions import ALSO_READ_BEFORE
from headway.view.base import Do, Several, Show, View, frame
from headway.view.lanes import Lane
from headway.view.told import Answer, Away

Endpoint = Callable[[Request], Awaitable[Response]]


def shown(view: View, show: Show, lane: Lane | None = None) -> Endpoint:
    """A page that changes nothing, for whoever has signed in. `lane`: in the place of that of the clusters it reads."""

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


def done(view: View, do: Do) -> Endpoint:
    """What changes something: only by a form of this session, sent from one of our pages."""

    async def endpoint(request: Request) -> Response:
        forms.refuse_strangers(view.settings.url, request)
        known = view.access.known(request)
        if known is None and is_program(request):
            return signing_in.first(request)
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


def events(view: View, part: Callable[[Request, Known], Callable[[], str]]) -> Endpoint:
    """A stream of the part of a page that changes. `part`: gives what renders it, for one request of one visitor."""

    async def endpoint(request: Request) -> Response:
        known = view.access.known(request, watching=True)
        if known is None:
            # A browser that is told so does not ask again.
            return signing_in.first(request) if is_program(request) else Response(status_code=204)
        who = known.visitor.name or (request.client.host if request.client else "")
        render = await view.streams.begun(partial(part, request, known))
        response = view.streams.response(
            render, lambda: view.access.known(request, watching=True) is not None, who
        )
        return response or PlainTextResponse("Too many pages are watched.\n", 503)

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


def _lane(view: View, request: Request, *, acts: bool = False) -> Lane | None:
    """The lane of the clusters that a page reads, as far as they are known; None where it reads none. Pages that read several
    clusters have a lane of their own, so that one slow cluster does not hold up the pages of another."""
    read = sorted(_read_by(view, request))
    if read:
        return Lane(f"cluster{'s' * (len(read) > 1)} {', '.join(read)}", acts)
    return Lane("this release", acts) if acts and "environment" in request.path_params else None


def _read_by(view: View, request: Request) -> frozenset[str]:
    """Names of the clusters that the page reads."""
    path = request.path_params
    if cluster := path.get("cluster"):
        return frozenset({each.name for each in view.looks.clusters} & {cluster})
    if "environment" not in path:
        return frozenset()
    named = request.query_params.get("cluster", "")
    reads_others = bool(request.query_params.get("with")) or path.get("action") in ALSO_READ_BEFORE
    found = view.looks.clusters_of(path["application"], "" if reads_others else path["environment"])
    return found & {named} if named and not reads_others else found
