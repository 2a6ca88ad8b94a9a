"""All flow runs that a filter finds: a Prefect server gives a page of them at a time, and stops there."""

from collections.abc import Iterator
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun

from headway.model import run_names

HANDED_OVER = run_names.HANDED_OVER
PAGE = 100
"""Fewer than a server gives at once (200), where nobody has configured that."""


def every(client: SyncPrefectClient, **wanted: Any) -> Iterator[FlowRun]:
    """`wanted`: filters and the order, as `read_flow_runs` takes them."""
    offset = 0
    while page := client.read_flow_runs(**wanted, limit=PAGE, offset=offset):
        yield from page
        if len(page) < PAGE:
            return
        offset += len(page)
