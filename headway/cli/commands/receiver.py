"""The command that serves the receiver of hints."""

from pathlib import Path

import click

from headway.cli.commands.options import listening


@click.command()
@listening(4500)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="A file that says who sends hints, and which images, repositories and charts are whose.",
)
@click.option("--new-secret", is_flag=True, help="Print a secret for a sender, and end.")
def receiver(host: str, port: int, config: Path | None, new_secret: bool) -> bool:
    """Receive hints: what registries, git hosts, buckets and CI post becomes a look at the applications concerned.

    PREFECT_API_URL names the server that is told. Put a proxy with https before it.

    \b
    Examples:
      headway receiver --new-secret
      headway receiver --config receiver.yaml
    """
    from headway.cli import receiver as served

    if new_secret:
        return served.print_secret()
    if config is None:
        raise click.UsageError("Missing option '--config'.")
    return served.serve(host=host, port=port, config=config)
