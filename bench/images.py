"""`python -m bench.images`: new images become commits, one tag is edited in a large file, and many repositories are polled.

After `make up`. It uses the sandbox's git server, registry and S3, neither its cluster nor Prefect, and takes away what it made.
"""

import argparse
import signal
import sys
import time
from collections.abc import Mapping, Sequence

from bench import image_commits, image_polls, many_applications, scalar_edit
from bench.image_commits import Condition, Took
from sandbox import address as sandbox_address


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.images", description=__doc__)
    parser.add_argument("--images", type=int, default=90, help="pushed at once (90)")
    parser.add_argument("--repositories", type=int, default=500, help="polled (500)")
    parser.add_argument(
        "--delay", type=float, default=20, help="milliseconds each way of a slow network (20)"
    )
    parser.add_argument("--commits", type=int, default=2000, help="of an old repository (2000)")
    parser.add_argument("--only", type=int, nargs="*", help="of the four conditions of commits, by number")
    parser.add_argument("--yq", default="", help="mikefarah's program; that on PATH where left out")
    given = parser.parse_args(argv)
    # Who ends it early has it taken away, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    address, began = sandbox_address.load(), time.monotonic()
    delay = given.delay / 1000
    conditions = (
        Condition("applications, a repository each; loopback", apart=True),
        Condition(f"applications, a repository each; {given.delay:g} ms each way", apart=True, delay=delay),
        Condition("images of one application; loopback", apart=False),
        Condition(
            f"images of one application, {many_applications.SIZE // 1000} kB of values, {given.commits} commits; "
            f"{given.delay:g} ms each way",
            apart=False,
            delay=delay,
            age=given.commits,
        ),
    )
    for number, condition in enumerate(conditions, 1):
        if not given.only or number in given.only:
            _commits(given.images, condition.what, image_commits.measure(address, given.images, condition))
    edits = scalar_edit.measure(given.yq or scalar_edit.find_yq())
    _table(
        f"one tag in {scalar_edit.SIZE // 1000} kB of values",
        ("milliseconds", "times Headway"),
        {name: _edit(took, edits[scalar_edit.OURS]) for name, took in edits.items()},
    )
    polls = image_polls.measure(address, given.repositories)
    _table(
        f"{given.repositories} image repositories, polled in one process",
        ("seconds", "processor seconds", "requests"),
        {
            name: (f"{took.seconds:.2f}", f"{took.processor:.2f}", took.requests)
            for name, took in polls.items()
        },
    )
    print(f"in all {time.monotonic() - began:.0f} s")
    return 0


def _commits(count: int, what: str, found: Mapping[str, Took]) -> None:
    ours = found[image_commits.OURS]

    def cells(name: str, took: Took) -> tuple[str, ...]:
        each = took.seconds / took.images
        times = f"{each / (ours.seconds / ours.images):.1f}" if name.startswith("script") else ""
        images = str(took.images)
        return (
            images,
            f"{took.seconds:.2f}",
            f"{took.processor:.2f}",
            str(took.commits),
            f"{each * 1000:.0f}",
            times,
        )

    _table(
        f"{count} {what}",
        ("images", "seconds", "processor seconds", "commits", "milliseconds an image", "times Headway"),
        {name: cells(name, took) for name, took in found.items()},
    )


def _edit(took: float | str, ours: float | str) -> tuple[str, str]:
    if isinstance(took, str) or isinstance(ours, str):
        return str(took), ""
    return f"{took * 1000:.1f}", f"{took / ours:.1f}"


def _table(title: str, columns: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
    print(f"| {title} | {' | '.join(columns)} |")
    print(f"| --- |{' ---: |' * len(columns)}")
    for name, cells in rows.items():
        print(f"| {name} | {' | '.join(cells)} |")
    print(flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
