"""`python -m bench.images`: new images become commits, one tag is edited in a large file, and many repositories are polled.

After `make up`. It uses the sandbox's git server, registry and S3, neither its cluster nor Prefect, and takes away what it made.
"""

import argparse
import signal
import sys
import time
from collections.abc import Mapping, Sequence

from bench import image_commits, image_polls, scalar_edit
from sandbox import address as sandbox_address


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.images", description=__doc__)
    parser.add_argument("--images", type=int, default=90, help="pushed at once (90)")
    parser.add_argument("--repositories", type=int, default=500, help="polled (500)")
    parser.add_argument("--yq", default="", help="mikefarah's program; that on PATH where left out")
    given = parser.parse_args(argv)
    # Who ends it early has it taken away, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    address, began = sandbox_address.load(), time.monotonic()
    for apart, what in ((True, "applications, a repository each"), (False, "images of one application")):
        found = image_commits.measure(address, given.images, apart=apart)
        _table(
            f"{given.images} {what}",
            ("seconds", "processor seconds", "commits"),
            {
                name: (f"{took.seconds:.2f}", f"{took.processor:.2f}", str(took.commits))
                for name, took in found.items()
            },
        )
        *_, ours, one, four = found.values()
        print(
            f"script / Headway: {one.seconds / ours.seconds:.1f}; four at once: {four.seconds / ours.seconds:.1f}\n"
        )
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
