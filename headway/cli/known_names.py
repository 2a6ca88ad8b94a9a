"""What a shell may complete: applications, environments and versions that there are.

From the headway.yaml at hand, else from the blocks of Prefect and, for versions, the release record in the cluster. Who presses
Tab waits for a second at most and reads no error: where nobody answers, there is nothing to complete.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem
from click.types import StringParamType

from headway.cli import plain_prefect
from headway.model.block_kinds import APPLICATION, CLUSTER, SITE

if TYPE_CHECKING:
    from headway.model.application import Application
    from headway.model.record import ReleaseRecord

PATIENCE_SECONDS = 1.0
_FILE = "headway.yaml"
Names = Callable[[click.Context], Iterable[str]]


class Known(StringParamType):
    """A text of which some are known. What is not among them may be written all the same."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        found = _within(PATIENCE_SECONDS, lambda: self._names(ctx))
        return [CompletionItem(each) for each in dict.fromkeys(found) if each.startswith(incomplete)]


def attach(group: click.Group) -> None:
    """To all parameters of its commands that are called so, whoever wrote the command."""
    for command in group.commands.values():
        if isinstance(command, click.Group):
            attach(command)
            continue
        for param in command.params:
            names = _OF_COMMAND.get((command.name, param.name)) or _BY_NAME.get(param.name or "")
            if names and type(param.type) is StringParamType:
                param.type = Known(names)


def applications(_: click.Context) -> list[str]:
    at_hand = _at_hand()
    return [at_hand.application] if at_hand else [*_blocks(APPLICATION), *_sites()]


def _sites() -> list[str]:
    """A server that knows no such kind of block yet has none."""
    with suppress(OSError):
        return _blocks(SITE)
    return []


def environments(context: click.Context) -> list[str]:
    """Of the application that is named already."""
    name = _given(context, "application")
    at_hand = _at_hand()
    if at_hand and name in ("", at_hand.application):
        return [*at_hand.environments]
    prefix = f"{name}-"
    return [each.removeprefix(prefix) for each in _blocks(CLUSTER) if name and each.startswith(prefix)]


def good_versions(context: click.Context) -> list[str]:
    """Those that passed their tests, which a release may go back to."""
    record = _record(context)
    return [each.version for each in record.good] if record else []


def good_before(context: click.Context) -> list[str]:
    """Those that passed their tests in the environment before, as the headway.yaml at hand has it."""
    at_hand = _at_hand()
    here = at_hand.environments.get(_given(context, "environment")) if at_hand else None
    record = _record(context, here.after) if here and here.after else None
    return [each.version for each in record.good] if record else []


def barred(context: click.Context) -> Iterator[str]:
    """What may be lifted: a hold, a freeze, and versions that are barred."""
    yield from ("hold", "freeze")
    if record := _record(context):
        yield from (each.version for each in record.rejections)


def services(_: click.Context) -> list[str]:
    at_hand = _at_hand()
    return [*at_hand.services] if at_hand else []


def contexts(context: click.Context) -> list[str]:
    """Of the kubeconfig that is named, or is usual."""
    from headway.cli import files
    from headway.formats import kubeconfig_part

    file = Path(context.params.get("kubeconfig") or files.usual_kubeconfig())
    return kubeconfig_part.contexts(files.text(file), str(file))


def _saved(slug: str) -> Names:
    return lambda _: _blocks(slug)


_BY_NAME: dict[str, Names] = {
    "application": applications,
    "environment": environments,
    "version": good_versions,
    "context": contexts,
    "contexts": contexts,
    "git_credentials": _saved("headway-git-credentials"),
    "policy_git_credentials": _saved("headway-git-credentials"),
    "registry_credentials": _saved("headway-registry-credentials"),
    "s3_credentials": _saved("headway-s3-credentials"),
    "forge_credentials": _saved("headway-forge-credentials"),
}
_OF_COMMAND: dict[tuple[str | None, str | None], Names] = {
    ("lift", "what"): barred,
    ("promote", "version"): good_before,
    ("trace", "what"): good_versions,
    ("delivery", "what"): good_versions,
    ("diff", "places"): environments,
    ("image", "service"): services,
}
"""What is called so means something of its own there."""


def _within(seconds: float, ask: Callable[[], Iterable[str]]) -> list[str]:
    """What it gives in that time, and before it fails; whatever still runs then ends with the process."""
    found: list[str] = []

    def run() -> None:
        with suppress(Exception):
            for each in ask():
                found.append(each)  # noqa: PERF402 - what was given before it failed counts

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return [*found]


def _at_hand() -> "Application | None":
    """Of the folder that a person is in, or of the nearest above it."""
    from headway.errors import BadInput
    from headway.formats import headway_yaml

    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / _FILE).is_file():
            with suppress(BadInput, OSError, UnicodeDecodeError):
                return headway_yaml.read_packaged((folder / _FILE).read_text(encoding="utf-8"))
            return None
    return None


def _blocks(slug: str) -> list[str]:
    """Names of saved blocks."""
    if not plain_prefect.url():
        return []
    path = f"/block_types/slug/{slug}/block_documents?include_secrets=false"
    found = plain_prefect.ask(path, seconds=PATIENCE_SECONDS)
    return sorted(str(each["name"]) for each in found if each.get("name"))


def _given(context: click.Context, name: str) -> str:
    """An argument of the line so far; empty where it is not there yet. Click reads none of them where the last word is an option
    without its value, and leaves them as words."""
    if found := context.params.get(name):
        return str(found)
    arguments = [each.name for each in context.command.params if isinstance(each, click.Argument)]
    words = dict(zip(arguments, context.args, strict=False))
    return words.get(name, "")


def _record(context: click.Context, environment: str | None = None) -> "ReleaseRecord | None":
    """Of the release that is named, or of that in another `environment`, in the cluster at hand."""
    from headway.cli.kubeconfig import cluster
    from headway.clients.kubernetes.record_store import ReleaseRecordStore

    named = (_given(context, "application"), environment or _given(context, "environment"))
    for store in ReleaseRecordStore.all(cluster(None, None), ""):
        record, _ = store.read()
        if record and (record.application, record.environment) == named:
            return record
    return None
