"""Logs without a traceback where a run ends as it should for what was found: the sentence says it, the stack says nothing.

Prefect logs each exception that ends a run with its stack, and once more when a process leaves a run that has failed.

What an error of ours was made of may be a mistake in our own code: its stack is kept for who looks for it, in the debug log, and
without what it said, which may quote a file or an answer in full.
"""

import logging
import traceback
from collections.abc import Iterator

from prefect.exceptions import CancelledRun, FailedRun

from headway.errors import HeadwayError

_OF_RUNS = ("prefect.flow_runs", "prefect.task_runs", "prefect.engine")


class _InOurWords(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, FailedRun | CancelledRun):
            # "Finished in state ..." has been said.
            return False
        if isinstance(error, HeadwayError):
            _keep_stacks(record, error)
            record.msg, record.args = str(error), ()
            record.exc_info = record.exc_text = None
        return True


def _keep_stacks(record: logging.LogRecord, error: HeadwayError) -> None:
    logger = logging.getLogger(record.name)
    if not logger.isEnabledFor(logging.DEBUG):
        return
    for cause in _causes(error):
        stack = "".join(traceback.format_tb(cause.__traceback__))
        said = {
            "levelno": logging.DEBUG,
            "levelname": "DEBUG",
            "exc_info": None,
            "exc_text": None,
            "args": (),
        }
        told = f"{type(error).__name__} was made of {type(cause).__name__}, raised here:\n{stack}"
        logger.handle(logging.makeLogRecord({**record.__dict__, **said, "msg": told}))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What it was raised from, and so on, but for errors of ours."""
    cause = error.__cause__
    while cause is not None:
        if not isinstance(cause, HeadwayError):
            yield cause
        cause = cause.__cause__


_IN_OUR_WORDS = _InOurWords()


def use() -> None:
    """In every process that imports a flow."""
    for name in _OF_RUNS:
        logging.getLogger(name).addFilter(_IN_OUR_WORDS)
