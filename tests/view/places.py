"""A release view over statuses that are made up here; how they are read is tests/workspace/test_status.py's."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
from starlette.types import ASGIApp

from headway.clients.kubernetes.cluster import Cluster
from headway.decide.release.state import State
from headway.decide.review.status import ReleaseStatus
from headway.model.release_ref import ReleaseRef
from headway.view import Looks, NamedCluster, Settings, app

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HERE = "http://127.0.0.1"
SOMEWHERE = cast(Cluster, None)
"""No cluster is asked."""


def status(
    application: str = "shop",
    environment: str = "testing",
    version: str = "1.0.0",
    state: State = State.IN_SYNC,
    **more: Any,
) -> ReleaseStatus:
    ref = ReleaseRef(application, environment, more.pop("release", application))
    said = {
        "since": NOW - timedelta(hours=3),
        "tested_at": NOW - timedelta(hours=2),
        "revision": 4,
        "offered": version,
    }
    return ReleaseStatus(ref, f"{application}-{environment}", NOW, state, version, **(said | more))


def looks(*found: ReleaseStatus, **more: Callable[[], Sequence[ReleaseStatus]]) -> Looks:
    """Of a cluster "here" that holds `found`, and others by name."""
    reads: dict[str, Callable[[], Sequence[ReleaseStatus]]] = {"here": lambda: found, **more}
    clusters = [NamedCluster(name, cast(Callable[[], Cluster], lambda name=name: name)) for name in reads]
    return Looks(clusters, lambda cluster: reads[str(cluster)]())


@dataclass
class Browser:
    """Keeps cookies, and follows no redirect."""

    app: ASGIApp
    peer: str = "127.0.0.1"
    """Where its connections come from."""
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self._ask("GET", path, **more)

    def post(
        self, path: str, *, origin: str = HERE, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        return self._ask("POST", path, headers={"Origin": origin, **(headers or {})}, **more)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(self.peer, 1))
            async with httpx.AsyncClient(transport=transport, base_url=HERE, cookies=self.cookies) as client:
                answer = await client.request(method, path, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(ask())


@contextmanager
def browser(
    view: Looks, settings: Settings | None = None, folder: Path = Path(), peer: str = "127.0.0.1", **more: Any
) -> Iterator[Browser]:
    yield Browser(app(settings or Settings(), view, folder=folder, **more), peer)
    view.close()
