"""What Prefect keeps with a run beside its state: the parts of its form, and what was filled in."""

from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import PrefectHTTPStatusError

_NOT_FOUND = 404


def read(client: SyncPrefectClient, run: UUID, key: str) -> str | None:
    """JSON; None where there is no such input."""
    try:
        return client.read_flow_run_input(run, key)
    except PrefectHTTPStatusError as error:
        if error.response.status_code == _NOT_FOUND:
            return None
        raise
