"""The command line: register an application, start its flows, approve what waits, see what runs where.

`check` reads files, `status` and `audit` a cluster; `bar` and `allow` commit to the application's repository. Every other command
speaks to the Prefect server of the active profile or PREFECT_API_URL, and does nothing that the Prefect UI could not do as well.

Exit codes: 0 done; 1 the input must change, or the run failed; 2 wrong usage; 75 try again (EX_TEMPFAIL).
"""

import sys
from collections.abc import Sequence

import click

from headway.cli.commands import headway
from headway.errors import HeadwayError, Retryable
from headway.formats.visible import visible

OK, FAILED, TRY_AGAIN, INTERRUPTED = 0, 1, 75, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; `argv` without the program's name, sys.argv where None."""
    try:
        # True or False as the command says; an exit code where it only showed help or its version.
        done = headway.main(argv, "headway", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except HeadwayError as error:
        print(visible(str(error)), file=sys.stderr)
        return TRY_AGAIN if isinstance(error, Retryable) else FAILED
    return FAILED if done is False else OK
