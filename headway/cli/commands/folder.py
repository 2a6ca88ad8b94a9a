"""Commands about a folder on this machine, before anybody else knows of it: they need no Prefect."""

from pathlib import Path

import click

from headway.cli.commands.options import output, policy_file


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@policy_file
def check(path: Path, policy: Path | None) -> bool:
    """Check a headway.yaml; changes nothing.

    PATH is the file, or the folder it lies in. The chart that lies there too is held against it: dependencies,
    their addresses, value files.

    \b
    Examples:
      headway check .
      headway check . --policy ../policy/shop.yaml
    """
    from headway.cli.checking import check

    return check(path, policy)


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--from-release",
    metavar="NAMESPACE/NAME",
    help="Begin with a Helm release: its chart where PATH has none, and where it runs.",
)
@click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path),
    help="Of its cluster; found as kubectl does where left out.",
)
@click.option("--context", help="The kubeconfig's context; its current one where left out.")
@click.option("--dry-run", is_flag=True, help="Print it, and write nothing.")
def init(
    path: Path, from_release: str | None, kubeconfig: Path | None, context: str | None, dry_run: bool
) -> bool:
    """Write a first headway.yaml for an umbrella chart, or for a Helm release.

    PATH is the folder of its repository, which must be there; this one where left out. Services are the dependencies whose image
    and tag stand in values.yaml; environments those with value or secrets files; git addresses those of this clone and of clones
    beside it, found by their folder or by the charts in them, also where several services share a repository. What cannot be
    found out is guessed and marked:
    `# fill in: ...`; headway check names each of those until the mark is taken away.
    A headway.yaml that is there is not overwritten.

    \b
    Examples:
      headway init
      headway init . --dry-run
      headway init . --from-release shop-production/shop --context production
    """
    from headway.cli.initial import init

    return init(path, from_release=from_release, kubeconfig=kubeconfig, context=context, dry_run=dry_run)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@policy_file
@click.option(
    "--chart",
    "local",
    multiple=True,
    metavar="NAME=FOLDER",
    help="Take the chart in this folder for the dependency of that name; may be given more than once.",
)
@click.option(
    "--kubernetes",
    default="",
    metavar="VERSION",
    help="Such as 1.35; the newest whose schemas are here where left out.",
)
@output("table", "json")
def validate(path: Path, policy: Path | None, local: tuple[str, ...], kubernetes: str, output: str) -> bool:
    """Validate a chart or an application on this machine, as a delivery does before it publishes; changes nothing.

    PATH is the folder of a headway.yaml, or of any chart. It is linted, rendered with the values of each environment, and held
    against the schemas of Kubernetes; secrets in the clear, tags in the wrong file and removed APIs are found. Dependencies are
    taken from charts/, else from their repositories. Secrets are decrypted where their key is here. It ends with 1 where
    something is wrong. What only a delivery can ask, such as whether images exist, is left out.

    \b
    Examples:
      headway validate .
      headway validate . --chart cart=../cart/chart
      headway validate services/cart/chart --kubernetes 1.35 -o json
    """
    from headway.cli.validation import show

    return show(path, policy=policy, local=local, kubernetes=kubernetes, output=output)
