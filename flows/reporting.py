"""What a flow leaves behind for people: one artifact with a stable key, and a failed run where a stage failed."""

from collections.abc import Callable, Iterable
from contextvars import copy_context
from logging import ERROR, INFO

from prefect import runtime
from prefect.artifacts import create_markdown_artifact
from prefect.logging import get_run_logger

from headway.decide.review.report_markdown import markdown
from headway.errors import Retryable, Terminal
from headway.model.report import StageResult


def run_id() -> str:
    """What a lease names as the run that holds it."""
    return str(runtime.flow_run.id or "local")


def teller() -> Callable[[str], None]:
    """Tells the log of this run, from any thread: Prefect finds its settings by the context, which a new thread lacks."""
    logger, context = get_run_logger(), copy_context()
    return lambda said: context.copy().run(logger.info, said)


def log(lines: Iterable[StageResult]) -> None:
    logger = get_run_logger()
    for line in lines:
        logger.log(ERROR if line.failed else INFO, "%s", line)


def leave_report(application: str, what: str, lines: Iterable[StageResult]) -> None:
    """Artifact `<application>-<what>`; where lines failed, raises Terminal naming them, or Retryable where
    all of them may succeed later."""
    lines = list(lines)
    log(lines)
    create_markdown_artifact(
        markdown=markdown(f"{application}: {what}", lines),
        key=f"{application}-{what.replace('_', '-')}",
        description=f"What {what} did for {application}, and why",
    )
    if failed := [line for line in lines if line.failed]:
        kind = Retryable if all(line.retryable for line in failed) else Terminal
        raise kind("\n".join(map(str, failed)), where=application)
