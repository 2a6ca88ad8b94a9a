"""What a command ends with, for scripts: the one place that help, docs/command-line.md and tests read them from."""

from enum import IntEnum

from headway.errors import HeadwayError, Retryable


class ExitCode(IntEnum):
    """Of every command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    TRY_AGAIN = 75
    INTERRUPTED = 130


MEANING = {
    ExitCode.OK: "done; also for what was done already, and for a run that waits for approval",
    ExitCode.FAILED: "the input must change, what is named is not to be found, the run failed or was cancelled, "
    "or what was checked is not as it should be",
    ExitCode.USAGE: "wrong usage: no such command or option, or one is missing",
    ExitCode.TRY_AGAIN: "somebody did not answer, or wrote first: the same command may succeed later (EX_TEMPFAIL)",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C; what was started goes on",
}


def of(error: HeadwayError) -> ExitCode:
    return ExitCode.TRY_AGAIN if isinstance(error, Retryable) else ExitCode.FAILED
