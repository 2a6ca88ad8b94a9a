"""Writes docs/command-line.md out of the commands themselves: `python -m headway.cli.reference > docs/command-line.md`."""

import inspect
import re
from collections.abc import Iterator

import click

from headway.cli.exit_codes import MEANING

_INTRODUCTION = """\
# The command line

Every command, argument and option of `headway`, written by `python -m headway.cli.reference`; the same stands in
`headway COMMAND --help`. [A first application](first-application.md) tells them as one story.

Tables are for people, `-o json` is for programs. Piped, or with `NO_COLOR` set, all is plain text. Results go to standard output,
errors to standard error, each with where it happened and what to do next. Commands that speak to Prefect use the active profile
or `PREFECT_API_URL`; those that look into a cluster use `--kubeconfig`, `KUBECONFIG` or `~/.kube/config`.
"""


def document() -> str:
    """The whole of it, in Markdown."""
    from headway.cli.commands import headway

    codes = "\n".join(f"| {code.value} | {meaning} |" for code, meaning in MEANING.items())
    commands = [*every(headway)]
    listed = "\n".join(
        f"- [{' '.join(path)}](#headway-{'-'.join(path)}): {_first(command)}" for path, command in commands
    )
    parts = [_INTRODUCTION, f"{listed}\n", "## Exit codes\n", f"| code | means |\n| --- | --- |\n{codes}\n"]
    for path, command in commands:
        parts += _section(path, command)
    return "\n".join(parts)


def every(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its words, in the order of the group; hidden ones left out."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from every(command, (*path, name))
        else:
            yield (*path, name), command


def _first(command: click.Command) -> str:
    """What it is for, in its first sentence."""
    return " ".join(inspect.cleandoc(command.help or "").partition("\n\n")[0].split())


def _section(path: tuple[str, ...], command: click.Command) -> Iterator[str]:
    words = " ".join(("headway", *path))
    yield f"## {words}\n"
    arguments = " ".join(
        each.make_metavar(click.Context(command))
        for each in command.params
        if isinstance(each, click.Argument)
    )
    yield f"    {words} {arguments}".rstrip() + "\n"
    yield from _paragraphs(inspect.cleandoc(command.help or ""))
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    if options:
        rows = "\n".join(_row(each) for each in options)
        yield f"| option | is |\n| --- | --- |\n{rows}\n"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.splitlines() if line != "\b"]
        examples = [line.strip() for line in lines if line.strip().startswith("headway ")]
        if examples:
            yield "\n".join(f"    {line}" for line in examples) + "\n"
        else:
            yield "\n".join(line.strip() for line in lines) + "\n"


def _row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag or option.count else f" {_metavar(option)}"
    said = re.sub(r"\s+", " ", option.help or "").replace("|", "\\|")
    required = " Required." if option.required else ""
    return f"| {names}{value} | {said}{required} |"


def _metavar(option: click.Option) -> str:
    shown = option.make_metavar(click.Context(click.Command("headway")))
    return f"`{shown}`".replace("|", "\\|")


if __name__ == "__main__":
    print(document(), end="")
