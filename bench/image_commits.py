"""Images that are pushed at once, until the last commit that names them is pushed: by Headway, and by a script."""

import inspect
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import NamedTuple

from bench.many_applications import Layout, many_applications
from flows.watch import AT_ONCE
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput
from headway.workspace.workspace import Workspace
from sandbox.address import Address
from tasks.update_application import update_application

SCRIPT = r"""
update() {
  folder=$(mktemp -d)
  git clone --quiet --depth 1 "$1" "$folder" &&
    sed -i "s|^\($2: .*tag: \).*}}|\1\"$3\"}}|" "$folder/values.yaml" &&
    git -C "$folder" -c user.name=ci -c user.email=ci@example.com commit --quiet --all --message "Set $2 to $3" &&
    git -C "$folder" push --quiet 2>/dev/null
  status=$?
  rm -rf "$folder"
  return $status
}
until update "$@"; do :; done
"""
"""One image: repository, service, tag, all of which it is told. Where somebody else has pushed meanwhile it begins anew."""
LIMIT_SECONDS = 150


class Took(NamedTuple):
    seconds: float
    processor: float
    """Seconds of it, of this process and those that it started; not the servers'."""
    commits: int


def measure(address: Address, count: int, *, apart: bool) -> dict[str, Took]:
    """By what was done. Raises RuntimeError where a tag is not written."""
    found: dict[str, Took] = {}
    groups = ("headway", "one-by-one", "four")
    with (
        many_applications(address, count, groups, apart=apart) as made,
        tempfile.TemporaryDirectory() as cache,
    ):
        looks = _looks(made, Path(cache))
        found["Headway, the first look of all (clones, and writes each Chart.lock)"] = _took(
            made, "headway", looks
        )
        found["Headway, a look that finds nothing new"] = _took(made, "headway", looks)
        made.push_images(1)
        found["Headway, all committed"] = _took(made, "headway", looks)
        made.require_written("headway", 1)
        for group, at_once in (("one-by-one", 1), ("four", 4)):
            name = f"script, {'one after the other' if at_once == 1 else 'four at once'}"
            found[name] = _took(made, group, _scripts(made, group, at_once))
            made.require_written(group, 1)
    return found


def _looks(made: Layout, cache: Path) -> Callable[[], None]:
    """The stage of a delivery that writes tags, of each application, so many beside each other as in `watch`."""
    act = inspect.unwrap(update_application)

    def connect(name: str) -> Cluster:
        raise BadInput("there is no cluster", where=name)

    def look(repository: str) -> None:
        workspace = Workspace(made.access("headway", repository, cache), connect)
        workspace.services.look_ahead(workspace.source)
        failed = [line for line in act(workspace) if line.failed]
        if failed:
            raise RuntimeError("\n".join(map(str, failed)))

    def run() -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(look, made.repositories))

    return run


def _scripts(made: Layout, group: str, at_once: int) -> Callable[[], None]:
    lines = [
        f"{made.base(group)}/{repository}.git {service} {made.tag(1)}\n"
        for repository in made.repositories
        for service in made.services_of(repository)
    ]
    argv = ["xargs", "--max-procs", str(at_once), "--max-args", "3", "sh", "-c", SCRIPT, "sh"]

    def run() -> None:
        subprocess.run(argv, input="".join(lines), text=True, check=True, timeout=LIMIT_SECONDS)

    return run


def _took(made: Layout, group: str, act: Callable[[], None]) -> Took:
    before, processor, began = made.commits(group), _processor(), time.monotonic()
    act()
    seconds, processor = time.monotonic() - began, _processor() - processor
    return Took(seconds, processor, made.commits(group) - before)


def _processor() -> float:
    return sum(each.ru_utime + each.ru_stime for each in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))
