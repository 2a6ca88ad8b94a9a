"""The command that lets a shell complete the others."""

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script by which a shell completes commands, options, applications, environments and versions.

    Names come from the headway.yaml at hand, else from Prefect's blocks, versions from the release record in the cluster of your
    kubeconfig; where nobody answers within a second, nothing is completed. Save it where the shell looks for such scripts:
    ~/.local/share/bash-completion/completions/headway, a file _headway in a folder of zsh's fpath, or
    ~/.config/fish/completions/headway.fish.

    \b
    Examples:
      headway completion bash
      headway completion zsh
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind
    print(kind(context.find_root().command, {}, "headway", "_HEADWAY_COMPLETE").source())
