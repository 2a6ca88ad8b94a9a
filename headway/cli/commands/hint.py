"""What CI says, as its last step."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def _to_whom(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option(
            "--secret-file",
            type=click.Path(path_type=Path),
            help="With --to: a file with the secret; else HEADWAY_HINTS_SECRET holds it.",
        ),
        click.option(
            "--to",
            metavar="URL",
            envvar="HEADWAY_HINTS_URL",
            help="A receiver's address for this sender, such as https://hints.example.com/hints/ci; it knows whose it is. "
            "HEADWAY_HINTS_URL where left out.",
        ),
        click.option("--application", metavar="NAME", help="Without --to: whose systems are looked at."),
    ):
        command = option(command)
    return command


@click.group()
def hint() -> None:
    """Say that something was pushed: the last step of a CI job.

    It only says "look now": what is done depends on what is seen, so that a hint may be lost, doubled or late. It goes to
    the Prefect server, or with --to to a receiver, for CI that may not reach Prefect.
    """


@hint.command("image")
@click.argument("image", nargs=-1, required=True, metavar="IMAGE:TAG")
@_to_whom
def image_pushed(image: tuple[str, ...], **whom: Any) -> bool:
    """Say that an image was pushed.

    As IMAGE:TAG, or as the two of them. Of an image that no service has, that is said, where it can be known: it ends with 0
    all the same.

    \b
    Examples:
      headway hint image registry.example.com/shop/cart:main-0a1b2c3 --application shop
      headway hint image registry.example.com/shop/cart:main-0a1b2c3 --to https://hints.example.com/hints/ci
    """
    from headway.model.events import ImagePushed

    repository, tag = _parts(image)
    return _send(ImagePushed, {"image": ":".join(image)}, (repository, tag), **whom)


def _parts(image: tuple[str, ...]) -> tuple[str, str]:
    """Repository and tag; in the place of the tag a digest, where that is all there is."""
    if len(image) == 2:
        return image[0], image[1]
    if len(image) > 2:
        raise click.UsageError(f"Got unexpected extra argument ({image[2]})")
    name, _, digest = image[0].partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = name, digest
    if not (repository and tag):
        raise click.UsageError(f"{image[0]!r} names no tag: write IMAGE:TAG.")
    return repository, tag


@hint.command("git")
@click.argument("url")
@click.argument("branch")
@_to_whom
def git_pushed(url: str, branch: str, **whom: Any) -> bool:
    """Say that a branch was pushed to.

    \b
    Example:
      headway hint git https://git.example.com/shop/cart.git main --application shop
    """
    from headway.model.events import GitPushed

    return _send(GitPushed, {"git": url, "branch": branch}, (url, branch), **whom)


@hint.command("charts")
@click.argument("address")
@_to_whom
def charts_changed(address: str, **whom: Any) -> bool:
    """Say that a chart was pushed to a chart repository.

    \b
    Example:
      headway hint charts https://charts.example.com/shop --application shop
    """
    from headway.model.events import ChartsChanged

    return _send(ChartsChanged, {"charts": address}, (address,), **whom)


def _send(
    event: Callable[..., Any],
    payload: dict[str, str],
    said: tuple[str, ...],
    *,
    application: str | None,
    to: str | None,
    secret_file: Path | None,
) -> bool:
    from headway.cli import hints

    if application is not None:
        return hints.send(event(application, *said))
    if to is None:
        raise click.UsageError("Missing option '--application', or '--to'.")
    return hints.post(payload, to, secret_file)
