"""A receiver in this process: what it is asked over ASGI, and what it would have told Prefect."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from headway.errors import Unreachable
from headway.model.events import Event
from headway.receiver import Live, app

SECRET, NEW_SECRET = "an-old-secret-of-ci", "a-new-secret-of-ci-0"
BODY = json.dumps({"image": "registry.example.com/shop/cart:main-0a1b2c3"}).encode()
SETTINGS = """\
quiet: 0s
kept: kept
senders:
  ci: {kind: generic, secrets: ci.secrets}
  github: {kind: github, secrets: ci.secrets}
  gitea: {kind: gitea, secrets: ci.secrets}
  gitlab: {kind: gitlab, secrets: ci.secrets}
  registry: {kind: distribution, secrets: ci.secrets}
  hub: {kind: docker-hub, secrets: ci.secrets}
  shop-only: {kind: generic, secrets: ci.secrets, applications: [shop]}
applications:
  shop: {images: [registry.example.com/shop], git: ["https://github.com/shop"]}
  tea: {images: [registry.example.com]}
"""


@dataclass
class Hearing:
    folder: Path
    settings: str = SETTINGS
    told: list[list[Event]] = field(default_factory=list)
    away: int = 0
    """Attempts that nobody hears."""

    def __post_init__(self) -> None:
        self.write("receiver.yaml", self.settings)
        self.write("ci.secrets", f"{SECRET}\n")

    def write(self, name: str, text: str) -> None:
        """As an editor does: another file in its place."""
        partial = self.folder / f"{name}.new"
        partial.write_text(text)
        partial.replace(self.folder / name)

    def send(self, events: Sequence[Event]) -> None:
        if self.away:
            self.away -= 1
            raise Unreachable("away", where="Prefect server")
        self.told.append(list(events))

    @property
    def looks(self) -> list[str]:
        return [event.application for events in self.told for event in events]

    def served(self) -> Any:
        return app(Live(self.folder / "receiver.yaml"), self.send)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        served = self.served()
        async with served.router.lifespan_context(served):
            transport = httpx.ASGITransport(served)
            async with httpx.AsyncClient(transport=transport, base_url="http://hints") as client:
                yield client

    async def looks_once(self, count: int) -> list[str]:
        """As soon as there are so many."""
        for _ in range(500):
            if len(self.looks) >= count:
                break
            await asyncio.sleep(0.01)
        return self.looks


def signed(body: bytes, secret: str = SECRET, name: str = "X-Hub-Signature-256") -> Mapping[str, str]:
    mark = "" if name == "X-Gitea-Signature" else "sha256="
    return {name: mark + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
