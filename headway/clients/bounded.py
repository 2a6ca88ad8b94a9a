"""HTTP whose answers end: no server may keep a look by sending a byte now and then, or fill memory without end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from headway.clients import network_deadline
from headway.decide.hosts.leaving_alone import NO_ANSWER
from headway.errors import BadInput, Unreachable
from headway.formats.shortened import shortened


class BoundedTransport(httpx.BaseTransport):
    """Each answer has come within `seconds`, and before what network_deadline.until says, with its body, which holds at most
    `limit` bytes.

    `inner`: what answers in place of the network, of which the body alone is bounded. Raises httpx.ReadTimeout, as for a server
    that is silent, and BadInput for what is too large. Each redirect begins anew. `plain`: what is compressed is refused,
    since nobody asked for that, and it may unpack to any size; otherwise gzip, once, is taken, of which a part that comes
    at once unpacks to a thousand times its size at most.
    """

    def __init__(
        self, inner: httpx.BaseTransport | None = None, *, seconds: float, limit: int, plain: bool = False
    ) -> None:
        self._inner = inner or network_deadline.transport()
        self._plain = plain
        self._seconds = seconds
        self._limit = limit

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        deadline = network_deadline.no_later_than(time.monotonic() + self._seconds)
        request.headers["Accept-Encoding"] = "identity" if self._plain else "gzip"
        with network_deadline.until(deadline):
            response = self._inner.handle_request(request)
        if request.method != "HEAD":
            _refuse_compressed(response, request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(response.stream, deadline, self._limit, request),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._inner.close()


class _Bounded(httpx.SyncByteStream):
    def __init__(
        self, inner: httpx.SyncByteStream, deadline: float, limit: int, request: httpx.Request
    ) -> None:
        self._inner = inner
        self._deadline = deadline
        self._limit = limit
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        chunks = iter(self._inner)
        while True:
            with network_deadline.until(self._deadline):
                chunk = next(chunks, None)
            if chunk is None:
                return
            size += len(chunk)
            if size > self._limit:
                raise BadInput(f"it is larger than {self._limit} bytes", where=_unsigned(self._request.url))
            if time.monotonic() > self._deadline:
                raise httpx.ReadTimeout("the answer does not come to its end", request=self._request)
            yield chunk

    def close(self) -> None:
        self._inner.close()


def _refuse_compressed(response: httpx.Response, request: httpx.Request) -> None:
    asked = request.headers["Accept-Encoding"]
    if response.headers.get("Content-Encoding", "identity").lower() not in ("identity", asked):
        response.close()
        raise BadInput(
            f"the answer is compressed, though asked for {asked} alone", where=_unsigned(request.url)
        )


def _unsigned(url: httpx.URL) -> str:
    """Without the query, which opens what is in a bucket where a redirect leads there."""
    return str(url.copy_with(query=None))


@contextmanager
def as_ours(system: str, address: str) -> Iterator[None]:
    """What httpx raises as errors of ours: Unreachable where `system` ("the registry") does not answer, BadInput where `address`,
    or what it leads to, is none."""
    try:
        yield
    except httpx.HTTPError as error:
        raise Unreachable(
            f"{system} does not answer ({type(error).__name__}: {error})",
            where=address,
            next_step="It is tried again.",
            status=NO_ANSWER,
        ) from error
    except (httpx.InvalidURL, ValueError) as error:
        raise BadInput(
            f"it leads to what is no address ({shortened(str(error))})",
            where=address,
            next_step="Correct what is behind it.",
        ) from error


def refuse_downgrade(response: httpx.Response) -> None:
    """A hook on responses. BadInput where https leads to http: what is read there anybody on the way may have written."""
    request = response.request
    to = request.url.join(response.headers["Location"]) if response.has_redirect_location else request.url
    if request.url.scheme == "https" and to.scheme != "https":
        raise BadInput(
            f"it leads from https to {_unsigned(to)}",
            where=_unsigned(request.url),
            next_step="Name an address that stays with https.",
        )
