"""What can be said on the command line. Only commands that need Prefect import it: `check` and help are quick."""

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

C = TypeVar("C", bound=Callable[..., Any])

environment_of_application = (
    click.argument("application"),
    click.argument("environment"),
)
wait = click.option("--wait", is_flag=True, help="Until the run has ended or waits for approval.")
reason = click.option("--reason", required=True, help="For those who wonder later.")
by = click.option("--by", default=getpass.getuser, show_default="you", help="Who asks.")
to_application = click.option(
    "--application", required=True, metavar="NAME", help="Whose systems are looked at."
)


def in_environment(command: C) -> C:
    """The command is about one application in one environment."""
    for each in reversed(environment_of_application):
        command = each(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="headway", message="%(version)s")
def headway() -> None:
    """Continuous delivery of Helm applications.

    Exit codes: 0 done; 1 the input must change, or the run failed; 2 wrong usage; 75 try again.
    """


@headway.command()
@click.argument("path", type=click.Path(path_type=Path))
def check(path: Path) -> bool:
    """Check a headway.yaml; changes nothing.

    PATH is the file, or the folder it lies in. A Chart.yaml that lies there too is held against its charts_url.

    \b
    Example:
      headway check .
    """
    from headway.cli.registration import check

    return check(path)


@headway.command()
@click.argument("url")
@click.option("--branch", default="main", show_default=True, help="Branch that feeds the first environment.")
@click.option("--git-credentials", metavar="BLOCK", help="Name of a saved git credentials block.")
@click.option("--registry-credentials", metavar="BLOCK", help="Name of a saved registry credentials block.")
@click.option("--s3-credentials", metavar="BLOCK", help="Name of a saved S3 credentials block.")
def add(
    url: str,
    branch: str,
    git_credentials: str | None,
    registry_credentials: str | None,
    s3_credentials: str | None,
) -> bool:
    """Register an application, after a look at its headway.yaml.

    URL is the git URL of the application repository.

    \b
    Example:
      headway add https://git.example.com/shop/application.git --git-credentials shop --s3-credentials shop
    """
    from headway.cli.registration import add

    return add(url, branch, git=git_credentials, registry=registry_credentials, s3=s3_credentials)


@headway.command()
@click.argument("application")
@wait
def deliver(application: str, wait: bool) -> bool:
    """Bring what is new as far as it may go.

    \b
    Example:
      headway deliver shop --wait
    """
    from headway.cli.runs import start

    return start("deliver/deliver", {"application": application}, wait=wait)


@headway.command()
@in_environment
@click.option("--adopt", is_flag=True, help="A release made by hand becomes Headway's.")
@wait
def release(wait: bool, **parameters: Any) -> bool:
    """Bring one environment to its newest allowed version.

    \b
    Examples:
      headway release shop testing --wait
      headway release shop production --adopt
    """
    from headway.cli.runs import start

    return start("release/release", parameters, wait=wait)


@headway.command()
@in_environment
@reason
@click.option("--version", help="A good version; the newest good one with other content where left out.")
@by
@wait
def roll_back(wait: bool, **parameters: Any) -> bool:
    """Go back to a version that passed its tests, and stay there.

    \b
    Examples:
      headway roll-back shop production --reason "orders fail" --wait
      headway roll-back shop production --version 1.4.2 --reason "orders fail since 1.4.3"
    """
    from headway.cli.runs import start

    return start("roll-back/roll-back", parameters, wait=wait)


@headway.command()
@in_environment
@click.argument("what")
@reason
@by
@wait
def lift(wait: bool, **parameters: Any) -> bool:
    """Take back a hold, a freeze, or the rejection on a version.

    WHAT is hold, freeze, or a version that is barred there.

    \b
    Examples:
      headway lift shop production hold --reason "fixed in 1.4.4"
      headway lift shop testing 1.4.3 --reason "the node was broken, not the version"
    """
    from headway.cli.runs import start

    return start("lift/lift", parameters, wait=wait)


@headway.command()
@in_environment
@click.option("--approver", default=getpass.getuser, show_default="you", help="Who answers.")
@click.option("--comment", default="", help="Why, if you like.")
@click.option("--reject", is_flag=True, help="Answer no.")
@click.option("--show", is_flag=True, help="Print the plan and leave the release waiting.")
def approve(
    application: str, environment: str, approver: str, comment: str, reject: bool, show: bool
) -> bool:
    """Show the plan of a release that waits, and answer it.

    \b
    Examples:
      headway approve shop production --show
      headway approve shop production --comment "checked with Ada"
    """
    from headway.cli import approvals

    if show:
        return approvals.show(application, environment)
    return approvals.answer(application, environment, approved=not reject, approver=approver, comment=comment)


@headway.command()
@click.argument("application", required=False)
@click.option(
    "-n", "--namespace", default="", help="Look in one namespace alone; in all of them where left out."
)
@click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path),
    help="A kubeconfig; found as kubectl does where left out.",
)
@click.option("--context", help="The kubeconfig's context; its current one where left out.")
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    help="A headway.yaml: adds what policy says, such as `frozen: true`, and the order of environments.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "wide", "json"]),
    default="table",
    show_default=True,
    help="For people, for people who want more columns, or for programs.",
)
def status(
    application: str | None,
    namespace: str,
    kubeconfig: Path | None,
    context: str | None,
    file: Path | None,
    output: str,
) -> bool:
    """Show what runs where, since when, tested or not, and what waits.

    It reads the release records, Helm's history and the chart repositories of one cluster, by a kubeconfig, and writes
    nothing. Neither Prefect nor git is asked.

    \b
    Examples:
      headway status
      headway status shop --context production -f headway.yaml
      headway status shop -o json
    """
    from headway.cli.status import show

    return show(
        application,
        namespace=namespace,
        kubeconfig=kubeconfig,
        context=context,
        declared=file,
        output=output,
    )


@headway.group()
def hint() -> None:
    """Say that something was pushed: the last step of a CI job.

    It only says "look now": what is done depends on what is seen, so that a hint may be lost, doubled or late.
    """


@hint.command("image")
@click.argument("repository")
@click.argument("tag")
@to_application
def image_pushed(application: str, repository: str, tag: str) -> bool:
    """An image was pushed.

    \b
    Example:
      headway hint image registry.example.com/shop/cart main-0a1b2c3 --application shop
    """
    from headway.cli.hints import send
    from headway.model.events import ImagePushed

    return send(ImagePushed(application, repository, tag))


@hint.command("git")
@click.argument("url")
@click.argument("branch")
@to_application
def git_pushed(application: str, url: str, branch: str) -> bool:
    """A branch was pushed to.

    \b
    Example:
      headway hint git https://git.example.com/shop/cart.git main --application shop
    """
    from headway.cli.hints import send
    from headway.model.events import GitPushed

    return send(GitPushed(application, url, branch))
