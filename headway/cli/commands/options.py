"""Arguments and options that several commands share."""

import getpass
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from headway.cli.where import Credentials, Where, is_name

C = TypeVar("C", bound=Callable[..., Any])


def said(_: click.Context, __: click.Parameter, value: str) -> str:
    """It is not left blank."""
    if not value.strip():
        raise click.BadParameter("it is empty")
    return value


def name(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Of what Kubernetes has, where it is not left out."""
    if value and not is_name(value):
        raise click.BadParameter(f"{value!r} is no name: letters, digits, '-' and '.'")
    return value


wait = click.option("--wait", is_flag=True, help="Until the run has ended or waits for approval.")
dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
reason = click.option("--reason", required=True, callback=said, help="For those who wonder later.")
why = click.option("--reason", default="", help="Why, for the record.")
by = click.option("--by", default=getpass.getuser, show_default="you", help="Who asks.")
answered_by = click.option(
    "--by", "--approver", "by", default=getpass.getuser, show_default="you", help="Who answers."
)

OUTPUTS = {
    "table": "for people",
    "wide": "for people who want more columns",
    "json": "for programs",
    "yaml": "for programs",
    "name": "names alone",
}


def output(*shapes: str) -> Callable[[C], C]:
    """`-o`: the first of `shapes` where it is left out."""
    said = ", ".join(f"{each} {OUTPUTS[each]}" for each in shapes)
    return click.option(
        "-o",
        "--output",
        type=click.Choice(shapes),
        default=shapes[0],
        show_default=True,
        help=f"{said[0].upper()}{said[1:]}.",
    )


def listening(port: int) -> Callable[[C], C]:
    """`--host` and `--port` of what is served; `port`: where it is left out."""
    host = click.option(
        "--host", default="127.0.0.1", show_default=True, help="The address that it listens on."
    )
    numbered = click.option(
        "--port",
        default=port,
        show_default=True,
        type=click.IntRange(0, 65535),
        help="Its port; 0 for one that is free.",
    )
    return lambda command: host(numbered(command))


policy_file = click.option(
    "--policy",
    type=click.Path(path_type=Path),
    help="The file that policy lives in, where that is not headway.yaml.",
)


def credentials_blocks(command: C) -> C:
    """The command names saved credentials blocks, and is given them as `credentials`."""

    @wraps(command)
    def given(
        *,
        git_credentials: str | None,
        registry_credentials: str | None,
        s3_credentials: str | None,
        forge_credentials: str | None,
        **others: Any,
    ) -> Any:
        named = Credentials(git_credentials, registry_credentials, s3_credentials, forge_credentials)
        return command(credentials=named, **others)

    for kind in ("forge", "s3", "registry", "git"):
        shown = "S3" if kind == "s3" else kind
        option = click.option(
            f"--{kind}-credentials", metavar="BLOCK", help=f"Name of a saved {shown} credentials block."
        )
        given = option(given)
    return cast(C, given)


_WHERE = (
    click.option(
        "-n",
        "--namespace",
        default="",
        callback=name,
        help="Look in one namespace alone; in all of them where left out.",
    ),
    click.option(
        "--kubeconfig",
        type=click.Path(path_type=Path),
        help="A kubeconfig; found as kubectl does where left out.",
    ),
)


def of_cluster(command: C) -> C:
    """The command looks into one cluster, by a kubeconfig, and is given it as `where`."""
    context = click.option("--context", help="The kubeconfig's context; its current one where left out.")
    return _with(command, *_WHERE, context)


def of_clusters(command: C) -> C:
    """The command looks into the clusters of several environments at once, and is given them as `where`."""
    context = click.option(
        "--context",
        multiple=True,
        help="The kubeconfig's context, several times for several clusters; its current one where left out.",
    )
    return _with(command, *_WHERE, context)


def of_release(command: C) -> C:
    """The command looks at one release of one cluster, that may have to be told apart by its name in Helm."""
    release = click.option(
        "--release", help="Name of the release in Helm, where several records say that they are it."
    )
    return of_cluster(release(command))


def of_releases(command: C) -> C:
    """As of_clusters has it, of which it looks at releases that may have to be told apart by their names in Helm."""
    release = click.option(
        "--release",
        multiple=True,
        help="Name of the release in Helm, where several records say that they are it; several times for several environments.",
    )
    return of_clusters(release(command))


def _with(command: C, *options: Callable[[Any], Any]) -> C:
    @wraps(command)
    def given(
        *,
        namespace: str,
        kubeconfig: Path | None,
        context: str | tuple[str, ...] | None,
        release: str | tuple[str, ...] | None = (),
        **others: Any,
    ) -> Any:
        return command(where=Where(namespace, kubeconfig, _several(context), _several(release)), **others)

    for option in reversed(options):
        given = option(given)
    return cast(C, given)


def _several(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else given or ()


def in_environment(command: C) -> C:
    """The command is about one application in one environment."""
    environment = click.argument("environment", callback=name)
    return click.argument("application", callback=name)(environment(command))
