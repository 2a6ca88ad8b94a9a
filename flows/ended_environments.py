"""Which environments a run that releases several has done with, kept by Prefect with the run when it is told to end.

Whoever cancels it stops the others. One that is missing here is stopped as well, such as in a run that was killed untold, unless
its record says that it was done with: nothing is decided by it but that.
"""

import json
from collections.abc import Collection
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient

_PREFIX = "headway-ended-"
_PAGE = 200


def leave(run: UUID, environments: Collection[str]) -> None:
    """Beside those that are kept already."""
    with get_client(sync_client=True) as client:
        for each in sorted({*environments} - {*_of(client, run)}):
            client.create_flow_run_input(run, f"{_PREFIX}{each}", json.dumps(each))


def forget(run: UUID) -> None:
    """Of a run that Prefect starts once more: all of them are looked at again."""
    with get_client(sync_client=True) as client:
        for each in _of(client, run):
            client.delete_flow_run_input(run, f"{_PREFIX}{each}")


def of_run(run: UUID) -> frozenset[str]:
    with get_client(sync_client=True) as client:
        return frozenset(_of(client, run))


def _of(client: SyncPrefectClient, run: UUID) -> list[str]:
    found = client.request(
        "POST",
        "/flow_runs/{id}/input/filter",
        path_params={"id": run},
        json={"prefix": _PREFIX, "limit": _PAGE, "exclude_keys": []},
    )
    return [each["key"].removeprefix(_PREFIX) for each in found.json()]
