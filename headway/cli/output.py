"""What a command found, in the shape that was asked for: for people, for programs, or names alone for other commands."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import click

from headway.cli.table import print_rows
from headway.formats.visible import visible

Rows = Sequence[Sequence[str]]
FOR_PEOPLE = ("table", "wide")


@dataclass(frozen=True, slots=True)
class Found:
    """`rows` and `wide` begin with titles. `nothing` is told on standard error, in their place, where no row follows them."""

    rows: Rows
    values: Any
    """JSON, but that a time may be a datetime."""
    wide: Rows | None = None
    names: Sequence[str] = field(default_factory=tuple)
    nothing: str = ""
    notes: Sequence[str] = ()
    """What the answer may lack: told below the rows, and to whoever asked for names on standard error. `values` hold it too."""


def show_found(found: Found, output: str) -> None:
    """`output`: table, wide, json, yaml or name."""
    if output == "json":
        print(json.dumps(found.values, indent=2, default=_plain))
    elif output == "yaml":
        click.echo(as_yaml(found.values), nl=False)
    elif output == "name":
        for each in found.names:
            print(visible(each))
        tell(found.notes)
    else:
        rows = found.wide if output == "wide" and found.wide is not None else found.rows
        if len(rows) > 1 or not found.nothing:
            print_rows(rows)
            for each in found.notes:
                click.echo(visible(each))
        else:
            tell([found.nothing, *found.notes])


def as_yaml(values: Any) -> str:
    """In the order of the keys."""
    import yaml

    plain = json.loads(json.dumps(values, default=_plain))
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120)


def line(values: Any) -> str:
    """JSON on one line, for programs that read as it comes."""
    return json.dumps(values, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} in what is shown")


def tell(trouble: Iterable[str]) -> None:
    """What may be missing, on standard error."""
    for each in trouble:
        click.echo(visible(each), err=True)
