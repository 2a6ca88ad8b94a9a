"""What is only told to people must not keep a rejection from being written, nor a bad version from going back."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.logging import get_run_logger


@contextmanager
def best_effort(what: str) -> Iterator[None]:
    """Log what the block raises, and go on without `what`."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        get_run_logger().error("There is no %s: %s", what, error)
