"""Images that are pushed at once, until the last commit that names them is pushed: by Headway, and by a script."""

import inspect
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import NamedTuple
from urllib.parse import urlsplit

from bench import slow_network
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
  git clone --quiet $DEPTH "$1" "$folder" &&
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
SCRIPTED_AFAR = 30
"""Images that the script takes on where the network is slow, of as many as it is told: one costs as much as the other."""
WHOLE = 3
"""Images that it clones an old repository whole for."""


class Condition(NamedTuple):
    what: str
    apart: bool
    """A repository for each image; else one for all."""
    delay: float = 0.0
    """Seconds each way to git, registry and charts."""
    age: int = 0
    """See Layout."""


class Took(NamedTuple):
    seconds: float
    processor: float
    """Seconds of it, of this process and those that it started; not the servers'."""
    commits: int
    images: int
    """That it was done for."""


def measure(near: Address, count: int, condition: Condition) -> dict[str, Took]:
    """By what was done: at last all committed by Headway, and by scripts. Raises RuntimeError where a tag is not written."""
    found: dict[str, Took] = {}
    scripts = _kinds(count, condition)
    groups = ("headway", *scripts)
    with (
        _behind(near, condition.delay) as address,
        many_applications(
            address, count, groups, apart=condition.apart, age=condition.age, near=near
        ) as made,
        tempfile.TemporaryDirectory() as cache,
    ):
        looks = _looks(made, Path(cache))
        found[FIRST] = _took(made, "headway", looks, count)
        found["Headway, a look that finds nothing new"] = _took(made, "headway", looks, count)
        made.push_images(1)
        found[OURS] = _took(made, "headway", looks, count)
        made.require_written("headway", 1, count)
        for group, kind in scripts.items():
            found[kind.name] = _took(made, group, _script(made, group, kind), kind.images)
            made.require_written(group, 1, kind.images)
    return found


FIRST = "Headway, the first look of all (clones, and writes each Chart.lock)"
OURS = "Headway, all committed"


class _Kind(NamedTuple):
    name: str
    at_once: int
    depth: str
    """How git clones."""
    images: int
    """That it is told of."""
    protocol: str = ""
    """Version of git's protocol; empty: as git comes, and as people write it."""


def _kinds(count: int, condition: Condition) -> dict[str, _Kind]:
    """By the group that each works on."""
    some = min(count, SCRIPTED_AFAR) if condition.delay else count
    kinds = {
        "one-by-one": _Kind("script, one after the other", 1, "--depth 1", some),
        "four": _Kind("script, four at once", 4, "--depth 1", some),
        "version-0": _Kind(
            "script, one after the other, told version 0 of git's protocol",
            1,
            "--depth 1",
            min(count, SCRIPTED_AFAR),
            "0",
        ),
    }
    if condition.age:
        kinds["whole"] = _Kind("script that clones whole, one after the other", 1, "", min(count, WHOLE))
    return kinds


@contextmanager
def _behind(near: Address, delay: float) -> Iterator[Address]:
    git, s3 = urlsplit(near.git), urlsplit(near.s3.endpoint)
    with slow_network.behind(delay, [git.netloc, s3.netloc, near.registry]) as (far_git, far_s3, registry):
        yield replace(
            near,
            git=git._replace(netloc=far_git).geturl(),
            s3=replace(near.s3, endpoint=s3._replace(netloc=far_s3).geturl()),
            registry=registry,
        )


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


def _script(made: Layout, group: str, kind: _Kind) -> Callable[[], None]:
    lines = [
        f"{made.base(group)}/{repository}.git {service} {made.tag(1)}\n"
        for repository in made.repositories
        for service in made.services_of(repository)
    ]
    argv = ["xargs", "--max-procs", str(kind.at_once), "--max-args", "3", "sh", "-c", SCRIPT, "sh"]
    told = "".join(lines[: kind.images])

    def run() -> None:
        seen = {**os.environ, "DEPTH": kind.depth}
        if kind.protocol:
            said = ("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "protocol.version")
            seen |= {**dict(said), "GIT_CONFIG_VALUE_0": kind.protocol}
        subprocess.run(argv, input=told, text=True, check=True, timeout=LIMIT_SECONDS, env=seen)

    return run


def _took(made: Layout, group: str, act: Callable[[], None], images: int) -> Took:
    before, processor, began = made.commits(group), _processor(), time.monotonic()
    act()
    seconds, processor = time.monotonic() - began, _processor() - processor
    return Took(seconds, processor, made.commits(group) - before, images)


def _processor() -> float:
    return sum(each.ru_utime + each.ru_stime for each in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))
