"""Arguments and options that several commands share."""

import getpass
from collections.abc import Callable
from typing import Any, TypeVar

import click

C = TypeVar("C", bound=Callable[..., Any])

wait = click.option("--wait", is_flag=True, help="Until the run has ended or waits for approval.")
reason = click.option("--reason", required=True, help="For those who wonder later.")
by = click.option("--by", default=getpass.getuser, show_default="you", help="Who asks.")


def in_environment(command: C) -> C:
    """The command is about one application in one environment."""
    return click.argument("application")(click.argument("environment")(command))
