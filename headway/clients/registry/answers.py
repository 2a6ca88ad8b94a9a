"""What a registry's answers mean: refusals, bad days, and answers that no registry gives."""

from collections.abc import Mapping
from typing import Any

import httpx

from headway.errors import BadInput, Unreachable
from headway.formats import json_limits


def require_success(response: httpx.Response, where: str) -> None:
    """Unreachable for 429 and 5xx, BadInput for what else is refused."""
    status = response.status_code
    if status in (401, 403):
        raise BadInput(
            "the registry refuses access",
            where=where,
            next_step="Correct the registry credentials, or their rights.",
        )
    if status == 429 or status >= 500:
        raise Unreachable(f"the registry answered {status}", where=where, next_step="It is tried again.")
    if status >= 400:
        raise BadInput(f"the registry answered {status}: {response.text[:300]}", where=where)


def json_object(response: httpx.Response) -> Mapping[str, Any]:
    """The answer's JSON object. BadInput naming the address for an answer of another kind, such as a web page."""
    return parsed(response.content, str(response.url))


def parsed(data: bytes, where: str) -> Mapping[str, Any]:
    """The same of bytes that lie at `where`."""
    try:
        document = json_limits.load(data)
    except ValueError as error:
        raise BadInput(
            f"no registry answers so: it is not JSON, it begins {data[:40]!r}",
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
