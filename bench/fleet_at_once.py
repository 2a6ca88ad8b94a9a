"""(a) A new image of each of twenty applications at the same moment: by Headway as it is deployed, and by the plain script.

Headway is told by twenty events and works in the runs that its worker starts; the script by `xargs -P4`, as a CI with four
machines would run it. Either is measured until the last of its applications runs the new image, tested.
"""

import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import fleet_applications, fleet_memory, fleet_releases
from bench.fleet_applications import ENVIRONMENT, SERVICE, SmallLayout
from bench.fleet_releases import Measured
from bench.headway_deployed import settle
from bench.machine import busy_seconds
from bench.plain import SCRIPT, Plain
from bench.processes import Used
from headway.model.events import ImagePushed
from sandbox import places
from sandbox.demo.cluster_truth import ClusterTruth
from sandbox.demo.prefect_api import PrefectApi
from sandbox.seed import PushedImage

Counting = Callable[[Path], AbstractContextManager[Used]]


@contextmanager
def _uncounted(_: Path) -> Iterator[None]:
    yield None


def headway(wanted: Sequence[SmallLayout], prefect: PrefectApi, counting: Counting | None = None) -> Measured:
    """`counting`: as `processes.watched`. Raises RuntimeError where a release did not succeed."""
    # The last ones' events must be over: a run that they start would deliver what is pushed now.
    settle(prefect, tuple(each.name for each in wanted))
    images = fleet_applications.push(wanted)
    with (counting or _uncounted)(places.STATE) as used:
        busy, begun, announced = busy_seconds(), time.monotonic(), datetime.now(UTC)
        for each in wanted:
            image = images[each.name]
            prefect.emit(ImagePushed(each.name, image.repository, image.tag))
        ended = fleet_releases.last(prefect, [(each.name, ENVIRONMENT) for each in wanted], announced)
        took = (ended - announced).total_seconds()
        measured = Measured(took, busy_seconds() - busy, used)
        assert time.monotonic() - begun >= took
        if counting:
            fleet_memory.until_quiet()
    _require_running(wanted, images)
    return measured


def plain(
    wanted: Sequence[SmallLayout], home: Path, at_once: int, counting: Counting | None = None
) -> Measured:
    """Raises RuntimeError where one of the scripts fails."""
    images = fleet_applications.push(wanted)
    with TemporaryDirectory(prefix="bench-") as folder:
        files = []
        for each in wanted:
            file = Path(folder) / each.name
            told = {**_script(each, home).environment(), "IMAGE": each.image(SERVICE)}
            file.write_text(_exports(told))
            files.append(str(file))
        tag = next(iter(images.values())).tag
        one = f". {{}}; exec {shlex.quote(str(SCRIPT))} {SERVICE} $IMAGE {tag} >{{}}.log 2>&1"
        with (counting or _uncounted)(places.STATE) as used:
            busy, begun = busy_seconds(), time.monotonic()
            done = subprocess.run(
                ["xargs", f"-P{at_once}", "-I{}", "bash", "-c", one],
                input="\n".join(files),
                text=True,
                capture_output=True,
                check=False,
            )
            measured = Measured(time.monotonic() - begun, busy_seconds() - busy, used)
        if done.returncode:
            raise RuntimeError(f"a plain script failed:\n{_last_words(files)}")
    _require_running(wanted, images)
    return measured


def warm_caches(wanted: Sequence[SmallLayout], home: Path) -> None:
    """The indexes of their chart repositories in helm's caches, which no script waits for."""
    for each in wanted:
        _script(each, home).refresh()


def _script(layout: SmallLayout, home: Path) -> Plain:
    return Plain(layout, home / layout.name, third_parties=())


def _exports(environment: Mapping[str, str]) -> str:
    return "".join(
        f"export {name}={shlex.quote(value)}\n" for name, value in environment.items() if name.isidentifier()
    )


def _last_words(files: Sequence[str]) -> str:
    logs = [Path(f"{file}.log") for file in files]
    return "\n".join(f"{log.name}: {log.read_text()[-500:]}" for log in logs if log.exists())


def _require_running(wanted: Sequence[SmallLayout], images: Mapping[str, PushedImage]) -> None:
    for each in wanted:
        cluster = ClusterTruth(each)
        running = cluster.images(ENVIRONMENT).get(SERVICE)
        if running != images[each.name].reference or cluster.unready(ENVIRONMENT):
            raise RuntimeError(
                f"{each.name}: {running} runs, not {images[each.name].reference}, or is not ready"
            )
