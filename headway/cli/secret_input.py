"""How a person hands over a secret: by a file, standard input, a variable or a hidden prompt; never as an argument."""

import os
import sys
from pathlib import Path

import click

from headway.errors import BadInput


def read(source: str | None, variable: str, what: str, option: str) -> str:
    """`source`: a file, `-` for standard input, None for `variable`, and else a prompt. Raises BadInput where it is empty.

    `variable` is empty where a source is always named.
    """
    if source == "-":
        given = sys.stdin.read()
    elif source:
        given = _of_file(Path(source))
    elif variable in os.environ:
        given = os.environ[variable]
    elif sys.stdin.isatty():
        given = str(click.prompt(what, hide_input=True, err=True))
    else:
        raise BadInput("it is not given", where=what, next_step=_ways(option, variable))
    if not given.strip():
        raise BadInput("it is empty", where=what, next_step=_ways(option, variable))
    return given.strip()


def _of_file(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"it cannot be read: {error}", where=str(file), next_step="Name another file."
        ) from error


def _ways(option: str, variable: str) -> str:
    if not variable:
        return f"Give it by {option} FILE or {option} -."
    return f"Give it by {option} FILE or {option} -, by {variable}, or at the prompt of a terminal."
