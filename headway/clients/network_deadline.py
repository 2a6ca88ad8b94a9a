"""Sockets that nobody waits for longer than a request may last as a whole.

httpx's timeouts count from byte to byte: headers that come one by one, interim answers (103) without end, or the extensions
of a chunk would keep a look for as long as the server likes, and no part of an answer is seen meanwhile.
"""

import os
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from headway.clients import authorities

_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Environment variables that httpx reads certificates by."""
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Whatever this thread reads and writes meanwhile by a `transport()` ends by then (of time.monotonic), else httpx's own
    timeouts are raised."""
    before = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(before)


def no_later_than(deadline: float) -> float:
    """The earlier one of `deadline` and what `until` says."""
    outer = _deadline.get()
    return deadline if outer is None else min(deadline, outer)


def transport() -> httpx.HTTPTransport:
    """httpx's own, which heeds `until`. Raises BadInput where the environment names certificates that cannot be read."""
    trusted = _trusted(*map(_place, _TRUST))
    made = httpx.HTTPTransport(verify=trusted)
    # httpx has no public way to name the backend of its connections; the numbers are its own.
    made._pool = httpcore.ConnectionPool(
        ssl_context=trusted,
        max_connections=100,
        max_keepalive_connections=20,
        keepalive_expiry=5.0,
        retries=1,
        network_backend=_Backend(),
    )
    return made


def _place(variable: str) -> tuple[str, int, int]:
    """What it names, and what a file that was written or put there since differs by: authorities are renewed in place."""
    named = os.environ.get(variable, "")
    try:
        state = os.stat(named)
    except OSError:
        return named, 0, 0
    return named, state.st_mtime_ns, state.st_ino


@lru_cache(maxsize=4)
def _trusted(*_: tuple[str, int, int]) -> ssl.SSLContext:
    """Once for each place of certificates as it is now: reading them takes longer than most requests."""
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise authorities.unreadable() or error from error


def _left(timeout: float | None, error: type[httpcore.TimeoutException]) -> float | None:
    """Seconds."""
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the answer does not come to its end")
    return left if timeout is None else min(timeout, left)


class _Backend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
