"""What an error has stopped is a line of the report: what it has not, goes on."""

from collections.abc import Callable

from prefect.logging import get_run_logger

from headway.clients.command import NO_ROOM, no_room
from headway.errors import HeadwayError
from headway.model.report import StageResult


def or_stopped(stage: str, subject: str, outcome: str, act: Callable[[], StageResult]) -> StageResult:
    """The line that `act` gives, or that of what an error has stopped, whatever it is: it is the trouble of this one alone."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001
        return stopped(stage, subject, outcome, error)


def stopped(stage: str, subject: str, outcome: str, error: Exception) -> StageResult:
    """The line of what an error stopped. One that is none of ours is a mistake in the code, or Prefect's server that does not
    answer: whichever it is, it keeps nothing else from being gone on with, and the log says where it was raised."""
    if isinstance(error, OSError) and NO_ROOM.search(str(error)):
        error = no_room(str(error))
    if isinstance(error, HeadwayError):
        return StageResult.of_error(stage, subject, outcome, error)
    get_run_logger().error("%s: %s: it failed for no reason that is known", stage, subject, exc_info=error)
    return StageResult(stage, subject, outcome, f"{type(error).__name__}: {error}", failed=True)
