"""Hears what senders post: who it is, what it names, whose that is; then it is accepted, and told later.

`POST /hints/<sender>`, and `POST /hints/<sender>/<secret>` for senders that can prove themselves no other way. Whoever proves
nothing gets one answer, whether there is such a sender or not. What is wrong with a request is its sender's trouble (4xx).
"""

import asyncio
import logging
import shlex
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from headway.decide.hints import concerned
from headway.errors import BadInput, Unreachable
from headway.formats.counted import counted
from headway.formats.hints import kinds, sns
from headway.receiver import proofs
from headway.receiver.certificates import Certificates, Fetch
from headway.receiver.kept import Kept
from headway.receiver.queues import Message, OpenQueue, Queue, Taking
from headway.receiver.rates import Rates
from headway.receiver.settings import Live, Secrets, Sender, Settings
from headway.receiver.telling import Send, Telling

_LOG = logging.getLogger(__name__)
READING_SECONDS = 10.0
_NOBODY = "No sender of hints is known by that."
_NOBODYS = (
    "none that this sender speaks for has it. The receiver's file says under `applications` whose it is."
)
_LATER = "It cannot be checked now."
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def nothing(address: str) -> bytes:
    """The `fetch` of a receiver that gets no certificates."""
    raise Unreachable("it is not fetched here", where=address)


def _now() -> datetime:
    return datetime.now(UTC)


def no_queue(url: str) -> Queue[Message]:
    """The `open_queue` of a receiver that reads no queues."""
    raise BadInput("no queue is read here", where=url)


def app(
    live: Live,
    send: Send,
    fetch: Fetch = nothing,
    open_queue: OpenQueue = no_queue,
    now: Callable[[], datetime] = _now,
) -> ASGIApp:
    """The ASGI application. Raises BadInput for a file of secrets, or a folder, that cannot be used.

    `fetch`: what gets certificates of Amazon SNS, at addresses that no message chose; `open_queue`: what opens a sender's queue.
    """
    folder, settings = live.file.parent, live()
    secrets = Secrets(folder)
    secrets.require(settings)
    kept = Kept(folder / settings.kept if settings.kept is not None else None)
    telling = Telling(send, kept, lambda: live().patience)
    receiver = Receiver(live, secrets, telling, Certificates(fetch), now)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        telling = asyncio.create_task(receiver.telling.run())
        takings = receiver.takings(open_queue)
        for each in takings:
            each.begin()
        yield
        for each in takings:
            each.end()
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
        kept.close()

    served = Starlette(
        routes=[
            Route("/hints/{sender}", receiver.hint, methods=["POST"]),
            Route("/hints/{sender}/{secret}", receiver.hint, methods=["POST"]),
            Route("/healthz", _healthy, methods=["GET"]),
        ],
        lifespan=lifespan,
    )
    # It would answer with an address that holds the secret of a path, on whichever host the request names.
    served.router.redirect_slashes = False
    return served


@dataclass
class Receiver:
    live: Live
    secrets: Secrets
    telling: Telling
    certificates: Certificates
    now: Callable[[], datetime]
    rates: Rates = field(default_factory=Rates)

    def takings(self, open_queue: OpenQueue) -> list[Taking[Message]]:
        """Of each sender that has a queue; called within the loop that it is heard in."""
        loop = asyncio.get_running_loop()
        queues = {name: each.queue for name, each in self.live().senders.items() if each.queue is not None}
        return [Taking(name, open_queue(url), self._taken(name, loop)) for name, url in queues.items()]

    def _taken(self, name: str, loop: asyncio.AbstractEventLoop) -> Callable[[str], None]:
        def taken(text: str) -> None:
            heard = asyncio.run_coroutine_threadsafe(self._queued(name, text), loop)
            try:
                heard.result(READING_SECONDS)
            except TimeoutError as error:
                raise Unreachable("what was taken is not heard", where=name) from error

        return taken

    async def _queued(self, name: str, text: str) -> None:
        """Of whoever may write into the queue, directly or by a topic of SNS."""
        settings = self.live()
        sender = settings.senders.get(name)
        if sender is not None and sender.queue is not None:
            answer = self._heard(settings, sender, name, sns.published(text).encode(errors="replace"), {})
            if answer.status_code != 202:
                _LOG.warning("%s: a message that says nothing: %s", name, bytes(answer.body).decode().strip())

    async def hint(self, request: Request) -> Response:
        settings = self.live()
        try:
            async with asyncio.timeout(READING_SECONDS):
                body = await _body(request, settings.body_limit)
        except TimeoutError:
            return _said(408, "It takes too long.")
        except ClientDisconnect:
            return _said(400, "It ended early.")
        if body is None:
            return _said(413, f"More than {settings.body_limit} bytes.")
        name = request.path_params["sender"]
        sender = settings.senders.get(name)
        if sender is not None and sender.topic is not None:
            return await self._message(settings, sender, name, sender.topic, body)
        try:
            proved = self._is_proved(settings, sender, request, body)
        except BadInput as error:
            _LOG.error("%s: %s", name, error)
            return _said(503, _LATER)
        if sender is None or not proved:
            return _said(401, _NOBODY)
        if not self.rates.take(name, settings.burst, settings.rate):
            return _said(429, "Too many at once.", {"Retry-After": "1"})
        return self._heard(settings, sender, name, body, request.headers)

    async def _message(
        self, settings: Settings, sender: Sender, name: str, topic: str, body: bytes
    ) -> Response:
        """Of Amazon SNS: its signature is known by a certificate, and what was published stands within."""
        try:
            message = sns.read(body, topic)
        except ValueError as error:
            _LOG.info("%s: %s", name, error)
            return _said(401, _NOBODY)
        if not message.certificate:
            return _said(401, _NOBODY)
        pem = await self.certificates.of(message.certificate)
        if pem is None:
            # SNS posts again after a 5xx, and never after a 4xx.
            return _said(503, _LATER)
        if not sns.is_signed(message, pem, self.now()):
            return _said(401, _NOBODY)
        if not self.rates.take(name, settings.burst, settings.rate):
            return _said(429, "Too many at once.", {"Retry-After": "1"})
        if message.type == sns.NOTIFICATION:
            return self._heard(settings, sender, name, message.message.encode(), {})
        if message.type == sns.CONFIRMATION:
            how = f"aws sns confirm-subscription --topic-arn {topic} --token {shlex.quote(message.token)}"
            _LOG.warning("%s: to confirm it: %s", name, how)
        return _said(202, "A person confirms it: the log of headway receiver says how.")

    def _is_proved(self, settings: Settings, sender: Sender | None, request: Request, body: bytes) -> bool:
        secrets = self.secrets.of(sender.secrets) if sender and sender.secrets else ()
        part = request.path_params.get("secret")
        signs = sender is not None and sender.way == "signature" and part is None
        times = self.secrets.most_signatures(settings)
        signed = proofs.is_signed(body, request.headers, secrets if signs else (), times)
        if sender is None or signs:
            return signed
        if sender.way == "path":
            return part is not None and proofs.has_path(part, secrets)
        return sender.way == "token" and part is None and proofs.has_token(request.headers, secrets)

    def _heard(
        self, settings: Settings, sender: Sender, name: str, body: bytes, headers: Mapping[str, str]
    ) -> Response:
        event = headers.get(kinds.KINDS[sender.kind].event_header, "")
        try:
            named = kinds.read(sender.kind, body, event, sender.registry)
        except ValueError as error:
            return _said(400, f"No hint: {error}.")
        events = concerned.events(named, settings.hinted(sender))
        self.telling.accept(events)
        _LOG.info(
            "%s: %s named, for %s", name, counted(len(named), "thing"), [each.application for each in events]
        )
        nobodys = f": {_NOBODYS}" if named and not events else "."
        looks = f"a look for {counted(len(events), 'application')}{nobodys}"
        return _said(202, f"{counted(len(named), 'thing')} named, {looks}")


async def _body(request: Request, limit: int) -> bytes | None:
    """As it came; None for more than `limit` bytes, of which no more are read."""
    said = request.headers.get("content-length", "0")
    if said.isdecimal() and len(said) < 20 and int(said) > limit:
        return None
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > limit:
            return None
        parts.append(part)
    return b"".join(parts)


def _said(code: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", code, _HEADERS | dict(headers or {}))


async def _healthy(_: Request) -> Response:
    return _said(200, "ok")
