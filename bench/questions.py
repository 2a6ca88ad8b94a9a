"""`python -m bench.questions`: what somebody asks of a delivery, answered by a command, by a page, and by hand.

After `make demo`, in a shell that has its addresses (`eval "$(.venv/bin/python -m sandbox env)"`). By hand is what helm, git and
Prefect's own command can say of it: less, for they know neither tests nor verdicts. The seconds are those of the programs;
whoever does it by hand has to know what to ask, and to read it.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import httpx

from sandbox import address as sandbox_address
from sandbox import places, release_view
from sandbox.address import Address

ROUNDS = 3
Argv = Sequence[str]


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    command: Argv
    page: str
    by_hand: Sequence[Argv]


def questions(git_url: str, clone: str) -> tuple[Question, ...]:
    manifest = ["helm", "get", "manifest", "shop", "--namespace", "shop-testing"]
    return (
        Question(
            "what runs where, since when, tested or not",
            ["headway", "status"],
            "/",
            [["helm", "list", "--all-namespaces"]],
        ),
        Question(
            "from which commits and images, tested how",
            ["headway", "show", "shop", "testing"],
            "/releases/shop/testing/revisions/6",
            [
                ["helm", "get", "metadata", "shop", "--namespace", "shop-testing"],
                manifest,
                ["git", "clone", "--quiet", git_url, clone],
                ["git", "-C", clone, "log", "-5", "--patch", "--", "values.yaml", "Chart.yaml"],
            ],
        ),
        Question(
            "what waits, for whom",
            ["headway", "explain", "shop", "production"],
            "/applications/shop",
            [
                ["helm", "list", "--namespace", "shop-production"],
                ["prefect", "--no-prompt", "flow-run", "ls", "--state-type", "PAUSED"],
            ],
        ),
        Question(
            "what changed between two revisions",
            ["headway", "diff", "shop", "testing", "3", "6"],
            "/releases/shop/testing/compare?from=3&to=6",
            [[*manifest, "--revision", "3"], [*manifest, "--revision", "6"]],
        ),
        Question(
            "who did it, and why it went back",
            ["headway", "history", "shop", "testing"],
            "/releases/shop/testing",
            [
                ["helm", "history", "shop", "--namespace", "shop-testing"],
                ["git", "clone", "--quiet", git_url, clone],
                ["git", "-C", clone, "log", "-10", "--format=fuller"],
            ],
        ),
    )


def main() -> int:
    address = sandbox_address.load()
    rows = [("question", "command", "page", "by hand")]
    headers = {"Authorization": f"Bearer {release_view.token(places.STATE)}"}
    with httpx.Client(base_url=release_view.URL, headers=headers, timeout=60) as view:
        rows += [_row(address, view, number) for number in range(len(questions("", "")))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _row(address: Address, view: httpx.Client, number: int) -> tuple[str, str, str, str]:
    took: dict[str, list[float]] = {"command": [], "page": [], "by hand": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="bench-") as home:
            asked = questions(f"{address.git}/shop/application.git", f"{home}/clone")[number]
            ways: dict[str, Callable[[], object]] = {
                "command": partial(_run, asked.command),
                "page": lambda page=asked.page: view.get(page).raise_for_status(),  # type: ignore[misc]
                "by hand": lambda calls=asked.by_hand: list(map(_run, calls)),  # type: ignore[misc]
            }
            for way, act in ways.items():
                took[way].append(_seconds(act))
    medians = {way: statistics.median(seconds) for way, seconds in took.items()}
    by_hand = f"{len(asked.by_hand)} calls, {medians['by hand']:.1f} s"
    return asked.text, f"{medians['command']:.1f} s", f"{medians['page']:.2f} s", by_hand


def _run(argv: Argv) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(argv)} ended with {done.returncode}: {done.stderr[-300:]}")


def _seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
