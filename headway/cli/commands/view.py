"""The command that serves the release view."""

from pathlib import Path

import click

from headway.cli.commands.options import listening


@click.command()
@listening(4300)
@click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path),
    help="A kubeconfig; found as kubectl does where left out.",
)
@click.option(
    "--context",
    "contexts",
    multiple=True,
    help="A context of the kubeconfig; may be given more than once; its current one where left out.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="A file that says who signs in, and who may do what; without it everybody here may read.",
)
@click.option(
    "--new-token", metavar="NAME", help="Print a token for NAME and its line for the file of tokens, and end."
)
@click.option(
    "--new-key",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a new key that signs approvals into FILE, print what policy names, and end.",
)
def view(
    host: str,
    port: int,
    kubeconfig: Path | None,
    contexts: tuple[str, ...],
    config: Path | None,
    new_token: str | None,
    new_key: Path | None,
) -> bool:
    """Serve the release view: what runs where, in a browser.

    Without --config everybody who reaches it may read, and nobody may do anything; it then listens on this machine alone.

    \b
    Examples:
      headway view
      headway view --context testing --context production --config view.yaml
      headway view --new-token ada
      headway view --new-key view.key
    """
    from headway.cli import view

    if new_token is not None:
        return view.print_token(new_token)
    if new_key is not None:
        return view.write_key(new_key)
    return view.serve(host=host, port=port, kubeconfig=kubeconfig, contexts=contexts, config=config)
