"""What Prefect's client asks a server anew for each run, and in each several times, though the answer is the same throughout."""

import asyncio
from functools import cache
from uuid import uuid4

from prefect import results
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectHTTPStatusError

_DISABLED = 422
_PATIENCE_SECONDS = 3.0


def where_results_are_kept() -> None:
    """In a child: the server is asked for it once a run, and not for each task as well."""
    results._read_server_default_result_storage_block_id = cache(
        results._read_server_default_result_storage_block_id
    )


async def wants_no_csrf_token() -> bool:
    """Whether the server has said that it wants none. Each client of Prefect asks that before it writes, and takes the answer for
    as long as it lives, the worker's own as well. False where nobody answers."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), get_client() as client:
            await client.request("GET", "/csrf-token", params={"client": str(uuid4())})
    except PrefectHTTPStatusError as error:
        return (
            error.response.status_code == _DISABLED and "CSRF protection is disabled" in error.response.text
        )
    except Exception:  # noqa: BLE001
        # It is a matter of speed alone; whoever needs the server says that it is not there.
        return False
    return False
