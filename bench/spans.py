"""When Headway waits for which system: processes by their name, requests by whom they ask, at the seams of the clients."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from unittest import mock

import httpx
from botocore.httpsession import URLLib3Session

from headway.clients import command
from headway.clients.kubernetes.api import KubernetesApi

PYTHON = "Python"
"""Nothing else is waited for."""
PREFECT = "Prefect"
SYSTEMS = ("helm", "git", "sops", "Kubernetes", "S3", "registry", PREFECT, PYTHON)


@dataclass(frozen=True, slots=True)
class Span:
    system: str
    what: str
    begin: float
    """Of the monotonic clock, seconds."""
    end: float


class Recorder:
    def __init__(self, prefect: str) -> None:
        """`prefect`: host and port of its API; other HTTP is a registry's."""
        self.spans: list[Span] = []
        self._prefect = prefect
        self._lock = threading.Lock()

    @contextmanager
    def span(self, system: str, what: str) -> Iterator[None]:
        begin = time.monotonic()
        try:
            yield
        finally:
            self._add(Span(system, what, begin, time.monotonic()))

    def _add(self, span: Span) -> None:
        with self._lock:
            self.spans.append(span)

    @contextmanager
    def recording(self) -> Iterator[None]:
        patches = (
            (command.Running, "_collect", self._process),
            (KubernetesApi, "_send", self._kubernetes),
            (URLLib3Session, "send", self._s3),
            (httpx.HTTPTransport, "handle_request", self._http),
            (httpx.AsyncHTTPTransport, "handle_async_request", self._async_http),
        )
        with ExitStack() as stack:
            for owner, name, wrap in patches:
                stack.enter_context(mock.patch.object(owner, name, wrap(getattr(owner, name))))
            yield

    def _process(self, collect: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(running: Any, *given: Any) -> Any:
            ended = time.monotonic()
            self._add(Span(running._name, _arguments(running._process.args), running._started, ended))
            return collect(running, *given)

        return wrapped

    def _kubernetes(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(api: Any, method: str, path: str, *given: Any, **options: Any) -> Any:
            with self.span("Kubernetes", f"{method} {path}"):
                return send(api, method, path, *given, **options)

        return wrapped

    def _s3(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(session: Any, request: Any) -> Any:
            with self.span("S3", f"{request.method} {request.url}"):
                return send(session, request)

        return wrapped

    def _http(self, handle: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(transport: Any, request: httpx.Request) -> Any:
            with self.span(self._of(request), f"{request.method} {request.url}"):
                return handle(transport, request)

        return wrapped

    def _async_http(self, handle: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapped(transport: Any, request: httpx.Request) -> Any:
            with self.span(self._of(request), f"{request.method} {request.url}"):
                return await handle(transport, request)

        return wrapped

    def _of(self, request: httpx.Request) -> str:
        return PREFECT if request.url.netloc.decode() == self._prefect else "registry"


def waited(spans: Iterable[Span], begin: float, end: float) -> dict[str, float]:
    """Seconds between `begin` and `end` in which each system was waited for; where several were at once, each has its share. The
    rest is Python's."""
    within = [
        Span(each.system, each.what, max(each.begin, begin), min(each.end, end))
        for each in spans
        if each.begin < end and each.end > begin
    ]
    edges = sorted({begin, end, *(each.begin for each in within), *(each.end for each in within)})
    seconds = dict.fromkeys(SYSTEMS, 0.0)
    for left, right in pairwise(edges):
        busy = {each.system for each in within if each.begin <= left and each.end >= right} or {PYTHON}
        for system in busy:
            seconds[system] = seconds.get(system, 0.0) + (right - left) / len(busy)
    return {system: each for system, each in seconds.items() if each}


def _arguments(argv: Any) -> str:
    words = [os.fspath(each) for each in argv]
    return " ".join(words[-6:])
