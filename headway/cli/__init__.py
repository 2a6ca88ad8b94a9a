"""The command line: register an application, start its flows, approve what waits, see what runs where.

`check` reads files, `status` and `audit` a cluster; `bar` and `allow` commit to the application's repository. Every other command
speaks to the Prefect server of the active profile or PREFECT_API_URL, and does nothing that the Prefect UI could not do as well.

How it ends stands in exit_codes. Piped, or with NO_COLOR, all is plain text.
"""

import gc
import logging
import os
import sys
from collections.abc import Sequence

import click

from headway.cli import exit_codes, standard_output
from headway.cli.commands import headway
from headway.cli.exit_codes import ExitCode
from headway.errors import HeadwayError
from headway.formats.visible import visible


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; `argv` without the program's name, sys.argv where None."""
    # Else pydantic reads what all installed packages say of themselves, to find plugins that nobody has.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # While libraries are loaded, nothing becomes garbage: to look for some took a tenth of a command's time.
    gc.set_threshold(100_000, 20, 100)
    try:
        with standard_output.made_visible():
            return _run(argv)
    except standard_output.Unwritten as error:
        print(f"standard output: it cannot be written: {error.strerror}", file=sys.stderr)
        return ExitCode.FAILED


def _run(argv: Sequence[str] | None) -> int:
    try:
        # True or False as the command says; an exit code where it only showed help or its version.
        done = headway.main(argv, "headway", standalone_mode=False, color=_colour())
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return ExitCode.INTERRUPTED
    except HeadwayError as error:
        print(visible(str(error)), file=sys.stderr)
        return exit_codes.of(error)
    except OSError:
        # Libraries read certificates while they are imported, and name no file.
        if (wrong := _unreadable_authorities()) is None:
            raise
        print(visible(str(wrong)), file=sys.stderr)
        return exit_codes.of(wrong)
    return ExitCode.FAILED if done is False else ExitCode.OK


def _unreadable_authorities() -> HeadwayError | None:
    from headway.clients import authorities

    return authorities.unreadable()


def _is_of_other_things(record: logging.LogRecord) -> bool:
    """All but certificates that cannot be read, as Prefect tells it of its plugins; whoever asks next comes upon them, too."""
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, OSError) and _unreadable_authorities())


logging.getLogger("prefect.plugins").addFilter(_is_of_other_things)


def _colour() -> bool | None:
    """False where nobody wants any (https://no-color.org); None: where there is a terminal."""
    return False if os.environ.get("NO_COLOR") else None
