"""What every answer says to a browser, and which requests get one at all.

No script or style but the two files of ours, in no frame, and nothing of it stays in a cache. A request for a host that is not
ours is refused: else a page elsewhere could have its name point here, and read along (DNS rebinding).
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Nothing leaves for other sites; with no-referrer a browser would also send `Origin: null` with our own forms, and the
    # check of it would be none (https://fetch.spec.whatwg.org/#append-a-request-origin-header).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
HEALTH = "/healthz"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Strict:
    """`hosts`: names under which it may be asked for."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], *, https: bool) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        # A kubelet asks by the pod's address, and hears nothing but ok.
        asked = host_name(Headers(scope=scope).get("host", ""))
        if asked not in self._hosts and scope["path"] != HEALTH:
            refused = PlainTextResponse("This is not the address of this release view.\n", 421)
            await refused(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)


def host_name(host: str) -> str:
    """Of a Host header, without its port; empty where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
