"""What CI says, as its last step."""

import click

to_application = click.option(
    "--application", required=True, metavar="NAME", help="Whose systems are looked at."
)


@click.group()
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
