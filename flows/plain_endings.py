"""Logs without a traceback where a run ends as it should for what was found: the sentence says it, the stack says nothing.

Prefect logs each exception that ends a run with its stack, and once more when a process leaves a run that has failed.
"""

import logging

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
            record.msg, record.args = str(error), ()
            record.exc_info = record.exc_text = None
        return True


_IN_OUR_WORDS = _InOurWords()


def use() -> None:
    """In every process that imports a flow."""
    for name in _OF_RUNS:
        logging.getLogger(name).addFilter(_IN_OUR_WORDS)
