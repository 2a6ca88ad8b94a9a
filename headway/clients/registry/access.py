"""How a registry is asked: over TLS, except on loopback, and with the credentials that are for it."""

import time
import weakref
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path

import httpx

from headway.clients import hosts, network_deadline, remembered
from headway.clients.bounded import BoundedTransport, as_ours, refuse_downgrade
from headway.clients.registry.answers import asks_to_wait, require_success
from headway.clients.registry.authorization import READING, WRITING, Authorization, KnownTokens
from headway.clients.registry.budget import OF_THIS_PROCESS, Allowance, Budgets
from headway.clients.registry.logins import open_logins
from headway.clients.registry.loopback import is_loopback
from headway.clients.remembered import Memory, Remembered
from headway.errors import BadInput, Unreachable
from headway.model.credentials import RegistryLogins

TIMEOUT = httpx.Timeout(10, connect=3)
TOTAL_SECONDS = 60.0
"""For an answer with all that is done for it: redirects, tokens, pauses that the registry asks for."""
ANSWER_LIMIT = 16 * 2**20
"""Bytes of a page of tags, a manifest or a configuration."""
TRIES = 3
"""Of a question that the registry asks to be put later."""


class RegistryAccess:
    """Requests to registries, authenticated; safe among threads."""

    def __init__(
        self,
        logins: RegistryLogins | None,
        transport: httpx.BaseTransport | None = None,
        *,
        cache: Path | None = None,
        budgets: Budgets | None = None,
        limit: int | None = None,
    ) -> None:
        """`transport`: what answers in place of the network, with budgets of its own; `cache`: a folder for last answers;
        `budgets`: those of this process, where left out; `limit`: bytes of an answer, ANSWER_LIMIT where left out."""
        self._who = logins
        self._logins = open_logins(logins)
        self._tokens = KnownTokens()
        self._memory = Memory(cache)
        self._budgets = budgets or (Budgets() if transport else OF_THIS_PROCESS)
        # Of other processes; no secret is in what credentials say of themselves.
        self._hosts = hosts.NONE if transport or budgets else hosts.OF_THIS_MACHINE
        self._allowance = Allowance()
        self._client = httpx.Client(
            timeout=TIMEOUT,
            follow_redirects=True,
            transport=BoundedTransport(
                transport,
                seconds=TOTAL_SECONDS,
                limit=limit or ANSWER_LIMIT,
                plain=True,
            ),
            event_hooks={"response": [refuse_downgrade, _refuse_to_pass_on]},
        )
        weakref.finalize(self, self._client.close)

    def request(
        self,
        method: str,
        host: str,
        path: str,
        *,
        repository: str,
        accept: Collection[str] = (),
        again: bool = False,
    ) -> httpx.Response | None:
        """The answer, or None for 404. `path` begins with /v2/. `again`: it is asked for time and again, so that it is asked
        whether it has changed, where the registry says by what to know that.

        Raises Unreachable for no answer, 429 and 5xx, BadInput where access is refused, or an address on the way is none.
        """
        address = f"{'http' if is_loopback(host) else 'https'}://{host}{path}"
        headers = {"Accept": ", ".join(accept)} if accept else {}
        name = remembered.key(host, path, accept) if again else ""
        before = self._memory.of(name) if again else None
        if before:
            headers["If-None-Match"] = before.etag
        with self._asking(host):
            response = self._answered(method, address, headers, host, repository)
            if response.status_code == 404:
                return None
            if response.status_code == 304:
                return _said_before(response, before)
            require_success(response, f"{host}/{repository}")
        if again:
            said = response.headers
            self._memory.keep(name, Remembered(said.get("ETag", ""), response.content, said.get("Link", "")))
        return response

    def send(
        self,
        method: str,
        host: str,
        path: str,
        *,
        repository: str,
        content: bytes = b"",
        content_type: str = "",
        actions: str = WRITING,
    ) -> httpx.Response:
        """The answer to what changes something, also one that says no (4xx). Raises as `request` does, BadInput where access is
        refused."""
        address = f"{'http' if is_loopback(host) else 'https'}://{host}{path}"
        headers = {"Content-Type": content_type} if content_type else {}
        with self._asking(host):
            response = self._answered(method, address, headers, host, repository, content, actions)
            if response.status_code in (401, 403, 429) or response.status_code >= 500:
                require_success(response, f"{host}/{repository}")
        return response

    def _asking(self, host: str) -> AbstractContextManager[None]:
        return self._hosts.asking(host, account=repr(self._who), waits=True)

    def kept(self, host: str, path: str) -> Remembered | None:
        """What was kept of a document that has a digest. The caller has been told by the registry that it has it, and holds it
        against its digest."""
        return self._memory.of(remembered.key(host, path, ()))

    def keep(self, host: str, path: str, content: bytes) -> None:
        self._memory.keep(remembered.key(host, path, ()), Remembered(remembered.IMMUTABLE, content))

    def _answered(
        self,
        method: str,
        address: str,
        headers: dict[str, str],
        host: str,
        repository: str,
        content: bytes | None = None,
        actions: str = READING,
    ) -> httpx.Response:
        """Once more where the registry asks for a pause that the look can afford; else its refusal."""
        deadline = time.monotonic() + TOTAL_SECONDS
        authorization = Authorization(host, repository, self._logins, self._tokens, actions)
        for attempt in range(1, TRIES + 1):
            self._wait(host, deadline)
            self._allowance.take(host)
            with (
                self._budgets.turn(host, deadline),
                network_deadline.until(deadline),
                as_ours("the registry", address),
            ):
                response = self._client.request(
                    method, address, headers=headers, content=content, auth=authorization
                )
            pause = asks_to_wait(response)
            if pause is None:
                break
            self._budgets.leave_alone(host, self._who, pause)
            if attempt == TRIES or self._budgets.not_before(host, self._who) >= deadline:
                break
        return response

    def _wait(self, host: str, deadline: float) -> None:
        """Until it may be asked. Unreachable where that is later than anybody waits."""
        asked = self._budgets.not_before(host, self._who) - time.monotonic()
        pause = max(asked, self._hosts.pause(host, account=repr(self._who)))
        if pause <= 0:
            return
        if time.monotonic() + pause >= deadline or not self._allowance.pause(host, pause):
            raise Unreachable(
                f"it asks to be left alone for {pause:.0f} s more",
                where=host,
                next_step="It is tried again after that.",
            )
        time.sleep(pause)


def _said_before(response: httpx.Response, before: Remembered | None) -> httpx.Response:
    if before is None:
        raise BadInput(
            "no registry answers so: nothing has changed, and nobody asked whether it had",
            where=str(response.url.copy_with(query=None)),
        )
    return httpx.Response(
        200,
        headers={"Link": before.link} if before.link else {},
        content=before.content,
        request=response.request,
    )


def _refuse_to_pass_on(response: httpx.Response) -> None:
    """A hook on responses: what is in a form is for whom it was sent to."""
    if response.request.method == "POST" and response.has_redirect_location:
        raise BadInput(
            "whoever gives tokens leads elsewhere, and no credentials follow",
            where=str(response.request.url.copy_with(query=None)),
        )
