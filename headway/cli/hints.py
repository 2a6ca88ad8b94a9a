"""Sends a hint: as an event to the Prefect server, whose trigger starts `deliver`, or signed to a receiver, as CI does that
may reach no Prefect."""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli.output import tell
from headway.clients import beside
from headway.decide.hints import concerned
from headway.errors import BadInput, Unreachable
from headway.formats.settings_file import text_of
from headway.model.events import Event, ImagePushed
from headway.workspace.unregistered import unregistered

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

SECRET = "HEADWAY_HINTS_SECRET"
SIGNATURE = "X-Hub-Signature-256"
_SECONDS = 20.0
_KNOWN_WITHIN = 10.0
"""Seconds. Nobody waits longer to hear whose an image is: the hint has gone out."""


def send(event: Event) -> bool:
    """Raises Unreachable when nobody answers: a hint that CI lost is made up for by the next `watch`; BadInput for an application
    that is not registered, as far as whoever sends may know that."""
    from flows.events import as_prefect
    from headway.cli.prefect_api import prefect_server

    with prefect_server() as client:
        _require(client, event.application)
        client.request("POST", "/events", json=[as_prefect(event).model_dump(mode="json")])
    print(f"{event.name}: {event.resource_id}")
    if isinstance(event, ImagePushed) and (note := _nobodys(event)):
        tell([note])
    return True


def _nobodys(event: ImagePushed) -> str:
    """That no service has that image, in a sentence; empty where one has, and where whoever sends cannot know that soon."""
    asked = copy_context()
    work = beside.begun({"": lambda: asked.run(_images, event.application)}, 1, "images")[""]
    try:
        images = work.result(_KNOWN_WITHIN)
    except Exception:  # noqa: BLE001 - CI may read neither blocks nor git, and the hint has gone out
        return ""
    if images is None or concerned.has_image(images, event.repository):
        return ""
    return (
        f"{event.application}: no service has the image {event.repository}, so that the look will find nothing new of it. "
        f"Its headway.yaml has {', '.join(images) or 'none'}."
    )


def _images(application: str) -> tuple[str, ...] | None:
    """Those that its services have, by git; None of a site, which has no services. Raises what opening it does."""
    from blocks.opening import open_workspace
    from headway.cli.prefect_api import prefect_server
    from headway.workspace.site import SiteWorkspace

    with prefect_server():
        workspace = open_workspace(application)
    if isinstance(workspace, SiteWorkspace):
        return None
    return tuple(dict.fromkeys(each.repository for each in workspace.application.images.values()))


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
