"""Sends a hint: as an event to the Prefect server, whose trigger starts `deliver`, or signed to a receiver, as CI does that
may reach no Prefect."""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from headway.errors import BadInput, Unreachable
from headway.formats.settings_file import text_of
from headway.model.events import Event
from headway.workspace.unregistered import unregistered

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

SECRET = "HEADWAY_HINTS_SECRET"
SIGNATURE = "X-Hub-Signature-256"
_SECONDS = 20.0


def send(event: Event) -> bool:
    """Raises Unreachable when nobody answers: a hint that CI lost is made up for by the next `watch`; BadInput for an application
    that is not registered, as far as whoever sends may know that."""
    from flows.events import as_prefect
    from headway.cli.prefect_api import prefect_server

    with prefect_server() as client:
        _require(client, event.application)
        client.request("POST", "/events", json=[as_prefect(event).model_dump(mode="json")])
    print(f"{event.name}: {event.resource_id}")
    return True


def _require(client: "SyncPrefectClient", application: str) -> None:
    """A hint goes out unchecked for CI that may read no blocks."""
    from prefect.exceptions import PrefectHTTPStatusError

    from headway.cli import registered

    try:
        known = registered.applications(client)
    except PrefectHTTPStatusError:
        return
    if application not in known:
        raise unregistered(application, known)


def post(payload: Mapping[str, str], url: str, secret_file: Path | None) -> bool:
    """To a receiver (`headway receiver`), signed over the bytes that are sent. Raises Unreachable when it does not take it now,
    BadInput for what it refuses."""
    import httpx

    body = json.dumps(payload).encode()
    signature = hmac.new(_secret(secret_file).encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", SIGNATURE: f"sha256={signature}"}
    try:
        answer = httpx.post(url, content=body, headers=headers, timeout=_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(f"no answer: {error}", where=url, next_step="Is the address right?") from error
    said = " ".join(answer.text[:200].split())
    if answer.status_code != httpx.codes.ACCEPTED:
        kind = Unreachable if answer.status_code in (408, 429) or answer.is_server_error else BadInput
        raise kind(f"it answered {answer.status_code}: {said}", where=url)
    print(said)
    return True


def _secret(file: Path | None) -> str:
    """The first of a file, as a receiver reads it; else of the environment."""
    lines = text_of(file).splitlines() if file else [os.environ.get(SECRET, "")]
    found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not found:
        raise BadInput(
            "there is no secret to sign it with",
            where=str(file or SECRET),
            next_step="Name a file by --secret-file, or set the variable.",
        )
    return found[0]
