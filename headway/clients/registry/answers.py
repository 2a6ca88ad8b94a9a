"""What a registry's answers mean: refusals, bad days, and answers that no registry gives."""

import base64
import time
from collections.abc import Mapping
from typing import Any

import httpx

from headway.errors import BadInput, Unreachable
from headway.formats import json_limits, retry_after
from headway.formats.known_secrets import redact


def require_success(response: httpx.Response, where: str, *, secret: bool = False) -> None:
    """Unreachable for 429 and 5xx, BadInput for what else is refused, in its own words but for what it was shown. `secret`:
    without its words."""
    status = response.status_code
    if status in (401, 403):
        raise BadInput(
            "the registry refuses access",
            where=where,
            next_step="Correct the registry credentials, or their rights; some say so of a repository that is not there.",
        )
    if status == 429 or status >= 500:
        pause = asks_to_wait(response)
        asked = "" if pause is None else f", and asks to be left alone for {pause:.0f} s"
        raise Unreachable(
            f"the registry answered {status}{asked}",
            where=where,
            next_step="It is tried again.",
            status=status,
            retry_after=pause,
        )
    if status >= 400:
        said = "" if secret else f": {_words(response)}"
        raise BadInput(f"the registry answered {status}{said}", where=where)


def _words(response: httpx.Response) -> str:
    kind, _, shown = response.request.headers.get("Authorization", "").partition(" ")
    secrets = [shown]
    if kind == "Basic":
        secrets.append(base64.b64decode(shown).decode(errors="replace").partition(":")[2])
    return redact(response.text[:20_000], filter(None, secrets))[:300]


def asks_to_wait(response: httpx.Response) -> float | None:
    """Seconds, of a registry that is busy and says until when."""
    if response.status_code not in (429, 503):
        return None
    return retry_after.of_answer(response.headers, time.time())


def json_object(response: httpx.Response, *, secret: bool = False) -> Mapping[str, Any]:
    """The answer's JSON object. BadInput naming the address for an answer of another kind, such as a web page; without what
    signs an address. `secret`: nothing of the answer is shown."""
    return parsed(response.content, str(response.url.copy_with(query=None)), secret=secret)


def parsed(data: bytes, where: str, *, secret: bool = False) -> Mapping[str, Any]:
    """The same of bytes that lie at `where`."""
    try:
        document = json_limits.load(data)
    except ValueError as error:
        begins = "" if secret else f", it begins {data[:40]!r}"
        raise BadInput(
            f"no registry answers so: it is not JSON{begins}",
            where=where,
            next_step="Is this the address of a registry?",
        ) from error
    return mapping(document, where)


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """`value`, if it is a JSON object; null counts as an empty one. BadInput for anything else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadInput(
            f"no registry answers so: a JSON object is wanted, and this is a {type(value).__name__}",
            where=where,
        )
    return value


def listed(value: object, where: str) -> list[Any]:
    """`value`, if it is a JSON list; null counts as an empty one. BadInput for anything else."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadInput(
            f"no registry answers so: a JSON list is wanted, and this is a {type(value).__name__}",
            where=where,
        )
    return value
