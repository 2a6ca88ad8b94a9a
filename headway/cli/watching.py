"""The same look again and again: redrawn on a terminal; into a file or a pipe what has changed since, a line each."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import click

from headway.cli import output as shapes
from headway.cli import standard_output
from headway.cli.output import Found, show_found
from headway.cli.table import laid_out
from headway.errors import Retryable
from headway.formats.visible import visible

_GONE = ("gone",)


def watch(
    look: Callable[[], Found],
    output: str,
    *,
    every: float,
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Until Ctrl-C. What cannot be read for a moment is told, and looked at again; Raises what is Terminal of `look`."""
    told: dict[str, object] = {}
    try:
        while True:
            at = f"{now():%Y-%m-%dT%H:%M:%SZ}"
            try:
                found = look()
            except Retryable as error:
                click.echo(f"{at}  {visible(str(error))}", err=True)
            else:
                if sys.stdout.isatty():
                    _redraw(found, output, at)
                else:
                    told = _append(found, output, at, told)
            pause(every)
    except KeyboardInterrupt:
        return


def _redraw(found: Found, output: str, at: str) -> None:
    standard_output.clear()
    show_found(found, output)
    if output in ("table", "wide"):
        click.echo(f"\n{at}, again and again: Ctrl-C ends it.")


def _append(found: Found, output: str, at: str, told: dict[str, object]) -> dict[str, object]:
    """What has changed; what is known now, by name. An age that has grown is no change."""
    known = dict(zip(found.names, found.values, strict=True))
    changed = [name for name in (*known, *told) if known.get(name, _GONE) != told.get(name, _GONE)]
    changed = list(dict.fromkeys(changed))
    rows = found.wide if output == "wide" and found.wide is not None else found.rows
    for name in changed:
        if output in ("json", "yaml"):
            print(shapes.line({"at": at, "name": name, "found": known.get(name)}))
        elif output == "name":
            print(visible(f"{at}  {name}"))
        elif name in known:
            (line,) = laid_out([rows[1 + list(known).index(name)]], None)
            print(f"{at}  {line}")
        else:
            print(visible(f"{at}  {name} is gone"))
    sys.stdout.flush()
    return known
