"""What a run has found, for programs: kept by Prefect with the run, beside the artifacts that people read.

Neither shown in Prefect's UI nor needed by anything that Headway decides.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from prefect import get_client, runtime
from prefect.client.orchestration import SyncPrefectClient

from flows import run_inputs


def keep(what: str, values: Mapping[str, Any]) -> None:
    """`values` of the run that this is, under the name `what`; those that are there already give way. JSON."""
    if runtime.flow_run.id is None:
        return
    run, key = UUID(runtime.flow_run.id), _key(what)
    with get_client(sync_client=True) as client:
        if run_inputs.read(client, run, key) is not None:
            client.delete_flow_run_input(run, key)
        client.create_flow_run_input(run, key, json.dumps(values))


def read(client: SyncPrefectClient, run: UUID, what: str) -> dict[str, Any] | None:
    """None where the run kept nothing of that name, or Prefect has forgotten it."""
    found = run_inputs.read(client, run, _key(what))
    return json.loads(found) if found is not None else None


def _key(what: str) -> str:
    return f"headway-values-{what}"
