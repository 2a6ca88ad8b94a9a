"""The pages of signing in and out: by a token, or at an OpenID provider, from which one comes back."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from headway.clients.openid import OpenIdProvider
from headway.errors import BadInput, HeadwayError, Retryable
from headway.formats.settings_file import text_of
from headway.view import forms, openid, pages
from headway.view.access import Known, is_program
from headway.view.base import Form, View, frame
from headway.view.lanes import Lane
from headway.view.openid import OpenId
from headway.view.settings import Settings

Endpoint = Callable[[Request], Awaitable[Response]]


def page(view: View) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        after = _local(request.query_params.get("next", "/"))
        if view.access.known(request):
            return RedirectResponse(after, 303)
        return _asks_who(view, after, ended=view.access.cookie in request.cookies)

    return endpoint


def by_token(view: View) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        forms.refuse_strangers(view.settings.url, request)
        form = await forms.sent(request)
        after = _local(form.get("next", "/"))
        known = await run_in_threadpool(view.access.sign_in, form.get("token", "").strip())
        if known is None:
            return _asks_who(view, after, 401, trouble="This token is nobody's.")
        response = RedirectResponse(after, 303)
        view.access.remember(known, response)
        return response

    return endpoint


def sign_out(view: View, request: Request, _: Known, __: Form) -> Response:
    response = RedirectResponse("/sign-in", 303)
    view.access.sign_out(request, response)
    return response


def first(request: Request) -> Response:
    """To the sign-in, and from there back to what was asked for. A program, which shows a token, is told instead that it counts
    for nothing here (RFC 6750, 3.1): it would take the page of the sign-in for an answer."""
    if is_program(request):
        return PlainTextResponse(
            "This token is nobody's here, or is not any more: ask whoever runs the release view for another.\n",
            401,
            headers={"WWW-Authenticate": 'Bearer realm="Headway", error="invalid_token"'},
        )
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?{urlencode({'next': wanted})}", 303)


class OpenIdPages:
    """`at`: None where no provider is named; then they are not there.

    A link begins it, and not a form: a form may lead to no other site.
    """

    def __init__(self, view: View, at: OpenId | None) -> None:
        self._view, self._at = view, at
        self._https = (view.settings.url or "").startswith("https:")
        self._cookie = "__Host-headway-signing-in" if self._https else "headway_signing_in"

    async def begin(self, request: Request) -> Response:
        at, after = self._provider(), _local(request.query_params.get("next", "/"))

        def begun() -> Response:
            where, key = at.begin(after, request.cookies.get(self._cookie, ""))
            response = RedirectResponse(where, 303)
            self._keep(response, key, int(openid.LASTS.total_seconds()))
            return response

        return await self._answered("begins", begun, after)

    async def back(self, request: Request) -> Response:
        at, key = self._provider(), request.cookies.get(self._cookie, "")

        def finished() -> Response:
            person = at.finish(key, request.query_params.multi_items())
            known = self._view.access.sign_in_by_provider(person)
            response = RedirectResponse(person.after, 303)
            self._view.access.remember(known, response)
            return response

        response = await self._answered("ends", finished, "/")
        if at.is_over(key):
            self._keep(response, "", 0)
        return response

    def _provider(self) -> OpenId:
        if self._at is None:
            raise HTTPException(404)
        return self._at

    async def _answered(self, what: str, answer: Callable[[], Response], after: str) -> Response:
        """In room of its own: whoever waits for the provider keeps no page waiting, and whoever comes back, nobody who begins."""
        try:
            return await self._view.lanes.run(Lane(f"what {what} a sign-in"), answer)
        except HeadwayError as error:
            code = 503 if isinstance(error, Retryable) else 401
            return _asks_who(self._view, after, code, trouble=str(error))

    def _keep(self, response: Response, key: str, seconds: int) -> None:
        """Sent along when the provider leads back here, which is another site to the browser (SameSite=Lax)."""
        response.set_cookie(
            self._cookie, key, seconds, path="/", secure=self._https, httponly=True, samesite="lax"
        )


def openid_of(
    settings: Settings, folder: Path, now: Callable[[], datetime], inner: httpx.BaseTransport | None
) -> OpenId | None:
    """None where no provider is named. Raises BadInput for a file with its secret that cannot be read."""
    said = settings.sign_in.oidc if settings.sign_in else None
    if said is None:
        return None
    file = folder / said.client_secret_file
    _secret_of(file)

    def secret() -> str:
        try:
            return _secret_of(file)
        except BadInput as error:
            # Whoever signs in need not know where it lies.
            raise BadInput("it cannot be read", where="the client's secret") from error

    provider = OpenIdProvider(said.issuer, said.client_id, secret, inner)
    return OpenId(said, settings.url or "", provider, settings.sessions.longest_time, now)


def _secret_of(file: Path) -> str:
    secret = text_of(file).strip()
    if not secret or not secret.isprintable():
        raise BadInput("it holds no secret of one line", where=str(file))
    return secret


def _asks_who(view: View, after: str, code: int = 200, *, ended: bool = False, trouble: str = "") -> Response:
    sign_in = view.settings.sign_in
    provider = sign_in.oidc if sign_in else None
    return pages.page(
        "sign_in.html",
        code,
        **frame(view, None),
        after=after,
        ended=ended,
        trouble=trouble,
        by_token=bool(sign_in and sign_in.tokens),
        by_proxy=bool(sign_in and sign_in.proxy),
        provider=provider.host if provider else "",
        at_provider=f"/sign-in/openid?{urlencode({'next': after})}",
    )


def _local(path: str) -> str:
    """A path of ours, and nothing that a browser could read as another host's."""
    sound = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if sound and "\\" not in path else "/"
