"""What Prefect and what it stands on make at their first use: models, patterns of its log's colours. Each run would make the same
anew; made in the process that runs are forked from, each has it."""

from typing import Any
from urllib.request import Request

from prefect.client.schemas import OrchestrationResult
from prefect.client.schemas.objects import State
from prefect.logging.highlighters import PrefectConsoleHighlighter
from pydantic import BaseModel

_CLIENTS_MODELS = ("prefect.client.schemas.", "prefect.events.", "prefect.artifacts")
_kept: list[type[BaseModel]] = []
"""pydantic forgets what it made of a generic model once nobody holds it."""


def make() -> None:
    """Once, before the first fork."""
    _finish_models()
    _kept[:] = [State[Any], OrchestrationResult[Any]]
    PrefectConsoleHighlighter()("a line")
    # httpx makes one for each request, for its cookies.
    Request("http://localhost")


def _finish_models() -> None:
    """Those of Prefect's client, which it leaves unfinished until one is used."""
    unfinished = [BaseModel]
    while unfinished:
        kind = unfinished.pop()
        unfinished += kind.__subclasses__()
        if kind.__module__.startswith(_CLIENTS_MODELS) and not kind.__pydantic_complete__:
            kind.model_rebuild(raise_errors=False)
