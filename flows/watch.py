"""watch: the same look as every event asks for, on a schedule, at all applications: a lost event costs minutes, no more."""

from prefect import flow, get_client
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger

from blocks.application import Application
from flows.deliver import deliver
from headway.errors import Retryable


@flow(name="watch", flow_run_name="Watch all applications")
def watch() -> None:
    """Deliver every registered application. One that fails does not hold up the others."""
    names = registered()
    states: list[State[None]] = [deliver(name, return_state=True) for name in names]
    failed = [name for name, state in zip(names, states, strict=True) if not state.is_completed()]
    get_run_logger().info("Looked at %s", ", ".join(names) or "no application: none is registered")
    if failed:
        raise Retryable(
            f"{', '.join(failed)} could not be delivered whole", where="watch", next_step="See its run."
        )


def registered() -> list[str]:
    """Names of the Application blocks, sorted."""
    with get_client(sync_client=True) as client:
        documents = client.read_block_documents_by_type(Application.get_block_type_slug())
    return sorted(document.name for document in documents if document.name)
