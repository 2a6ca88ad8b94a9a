"""What a flow leaves behind for people: one artifact with a stable key, and a failed run where a stage failed."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from logging import ERROR, INFO

from prefect import get_client, runtime
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
from prefect.logging import get_run_logger

from headway.decide.review.report_markdown import markdown
from headway.errors import Retryable, Terminal
from headway.formats import about_environment
from headway.model.report import StageResult

REPORTS_AT_ONCE = 50
"""That are asked for by one question."""
_ENVIRONMENT: ContextVar[str] = ContextVar("environment that lines of the log are about", default="")
_LOGGERS = ("prefect.flow_runs", "prefect.task_runs")


def run_id() -> str:
    """What a lease names as the run that holds it."""
    return str(runtime.flow_run.id or "local")


def teller() -> Callable[[str], None]:
    """Tells the log of this run, from any thread: Prefect finds its settings by the context, which a new thread lacks."""
    logger, context = get_run_logger(), copy_context()
    return lambda said: context.copy().run(logger.info, said)


@contextmanager
def about(environment: str) -> Iterator[None]:
    """What is said in this context, and in those that are copied from it, is about one environment of several."""
    token = _ENVIRONMENT.set(environment)
    try:
        yield
    finally:
        _ENVIRONMENT.reset(token)


@contextmanager
def naming_environments() -> Iterator[None]:
    """Each line of the log begins with the environment that it is about."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for each in loggers:
        each.addFilter(_named)
    try:
        yield
    finally:
        for each in loggers:
            each.removeFilter(_named)


def _named(record: logging.LogRecord) -> bool:
    if environment := _ENVIRONMENT.get():
        record.msg, record.args = about_environment.line(environment, record.getMessage()), ()
    return True


def log(lines: Iterable[StageResult]) -> None:
    logger = get_run_logger()
    for line in lines:
        logger.log(ERROR if line.failed else INFO, "%s", line)


def leave_news(application: str, what: str, lines: Sequence[StageResult], before: str | None) -> None:
    """For a run that looks at many: log and report of one where a line is changed or failed, or says other than `before`, its
    newest report; else a line in the log."""
    logger, said = get_run_logger(), text(application, what, lines)
    if said == before and not any(line.changed or line.failed for line in lines):
        logger.info("%s: as it was", application)
        return
    for line in lines:
        logger.log(ERROR if line.failed else INFO, "%s: %s", application, line)
    keep_report(application, what, said)


def leave_report(application: str, what: str, lines: Iterable[StageResult], *, dry_run: bool = False) -> None:
    """Artifact `<application>-<what>`; where lines failed, raises Terminal naming them, or Retryable where
    all of them may succeed later."""
    lines = list(lines)
    log(lines)
    keep_report(application, what, text(application, what, lines, dry_run=dry_run))
    if failed := [line for line in lines if line.failed]:
        kind = Retryable if all(line.retryable for line in failed) else Terminal
        raise kind("\n".join(map(str, failed)), where=application)


def text(application: str, what: str, lines: Sequence[StageResult], *, dry_run: bool = False) -> str:
    """Of a report, as Markdown; lines that say the same are the same text."""
    return markdown(f"{application}: {what}", lines, dry_run=dry_run)


def keep_report(application: str, what: str, said: str) -> None:
    create_markdown_artifact(
        markdown=said,
        key=key(application, what),
        description=f"What {what} did for {application}, and why",
    )


def last_reports(applications: Sequence[str], what: str) -> dict[str, str]:
    """The text of the newest report of each, by application, as far as there is one: a question for some dozens of them."""
    keys = {key(each, what): each for each in applications}
    found: dict[str, str] = {}
    with get_client(sync_client=True) as client:
        for begin in range(0, len(keys), REPORTS_AT_ONCE):
            asked = [*keys][begin : begin + REPORTS_AT_ONCE]
            wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=asked))
            latest = client.read_latest_artifacts(artifact_filter=wanted, limit=REPORTS_AT_ONCE)
            found |= {keys[str(each.key)]: str(each.data) for each in latest}
    return found


def key(application: str, what: str) -> str:
    return f"{application}-{what.replace('_', '-')}"
