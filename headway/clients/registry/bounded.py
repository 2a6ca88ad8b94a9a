"""Answers of registries that anybody may have named, none of them longer than documents of registries are."""

from collections.abc import Iterator

import httpx

from headway.errors import BadInput

ANSWER_LIMIT = 16 * 2**20
"""Bytes; a manifest has 4 MiB at most (distribution specification)."""


class BoundedTransport(httpx.BaseTransport):
    """Reads no further than the limit. BadInput for more, and for what is compressed: nobody asked for that."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["Accept-Encoding"] = "identity"
        response = self._inner.handle_request(request)
        where = str(request.url)
        if request.method != "HEAD" and response.headers.get("Content-Encoding", "identity") != "identity":
            response.close()
            raise BadInput("the registry answers compressed, though asked not to", where=where)
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _Bounded(response.stream, where)
        return response

    def close(self) -> None:
        self._inner.close()


class _Bounded(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, where: str) -> None:
        self._inner = inner
        self._where = where

    def __iter__(self) -> Iterator[bytes]:
        left = ANSWER_LIMIT
        for chunk in self._inner:
            left -= len(chunk)
            if left < 0:
                raise BadInput(f"the registry answers with more than {ANSWER_LIMIT} bytes", where=self._where)
            yield chunk

    def close(self) -> None:
        self._inner.close()
