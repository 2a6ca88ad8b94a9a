"""Which environments a run that releases several of them has done with, kept by Prefect with the run, as it goes.

Whoever cancels it stops the others. One that is missing here is stopped as well: nothing is decided by it but that.
"""

import json
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient

_PREFIX = "headway-ended-"
_PAGE = 200


class Ending:
    """Of one run, in one connection; safe among threads."""

    def __init__(self, client: SyncPrefectClient, run: UUID) -> None:
        self._client = client
        self._run = run

    def leave(self, environment: str) -> None:
        self._client.create_flow_run_input(self._run, f"{_PREFIX}{environment}", json.dumps(environment))

    def begin_anew(self) -> None:
        """Of a run that Prefect starts once more: all of them are looked at again."""
        for each in _of(self._client, self._run):
            self._client.delete_flow_run_input(self._run, f"{_PREFIX}{each}")


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
