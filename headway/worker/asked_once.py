"""What Prefect's client asks a server anew for each run, and in each several times, though the answer is the same throughout."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from uuid import UUID, uuid4

from prefect import results
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import Flow
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import PrefectHTTPStatusError

_DISABLED = 422
_PATIENCE_SECONDS = 3.0
_Deployments = dict[UUID, DeploymentResponse]
_of_this_run: ContextVar[_Deployments | None] = ContextVar("deployments read for the run", default=None)


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


@contextmanager
def while_a_run_is_submitted() -> Iterator[None]:
    """What this context, and those that are copied from it, read of a deployment is read once."""
    token = _of_this_run.set({})
    try:
        yield
    finally:
        _of_this_run.reset(token)


def of_each_run(client: PrefectClient) -> None:
    """A worker reads a run's deployment before and after it is called Pending, and its flow each time, for its name,
    which never changes. From now on this client asks for the deployment once a run, and for the flow once."""
    ask_deployment, ask_flow = client.read_deployment, client.read_flow
    flows: dict[UUID, Flow] = {}

    async def read_deployment(deployment_id: UUID | str) -> DeploymentResponse:
        known = _of_this_run.get()
        if known is None:
            return await ask_deployment(deployment_id)
        identity = UUID(str(deployment_id))
        if identity not in known:
            known[identity] = await ask_deployment(identity)
        return known[identity]

    async def read_flow(flow_id: UUID) -> Flow:
        if flow_id not in flows:
            flows[flow_id] = await ask_flow(flow_id)
        return flows[flow_id]

    client.read_deployment = read_deployment  # type: ignore[method-assign]
    client.read_flow = read_flow  # type: ignore[method-assign]
