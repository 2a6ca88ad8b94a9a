"""Commands that say why."""

from pathlib import Path

import click

from headway.cli.commands.options import in_environment, of_release, output
from headway.cli.where import Where


class _ReleaseByDefault(click.Group):
    """`explain APPLICATION ENVIRONMENT` is `explain release APPLICATION ENVIRONMENT`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["release", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_ReleaseByDefault)
def explain() -> None:
    """Say why: `explain APPLICATION ENVIRONMENT` of a release, `explain image APPLICATION SERVICE` of an image."""


@explain.command()
@in_environment
@of_release
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    help="A headway.yaml, or its folder: adds what policy says, such as `gate: approval`.",
)
@output("table", "json", "yaml")
def release(
    application: str,
    environment: str,
    where: Where,
    file: Path | None,
    output: str,
) -> bool:
    """Say what runs, what is wanted and why, what comes next, and who must act.

    It reads the release record, Helm's history and the chart repository, by a kubeconfig, as `headway status` does. Prefect
    is asked whether a release waits for approval, where one may.

    \b
    Examples:
      headway explain release shop production --context production -f headway.yaml
      headway explain release shop testing -o json
    """
    from headway.cli import explaining

    return explaining.release(
        application,
        environment,
        where=where,
        declared=file,
        output=output,
    )


@explain.command()
@click.argument("application")
@click.argument("service")
@output("table", "json", "yaml", "name")
def image(application: str, service: str, output: str) -> bool:
    """Say which tags of a service were seen, which rule left each out, and why this one is used.

    Of what is barred: since when, by whom, why, and what lets it come again. SERVICE.IMAGE names one more image of a service.

    \b
    Examples:
      headway explain image shop cart
      headway explain image shop cart -o json
    """
    from headway.cli import explaining

    return explaining.image(application, service, output)
