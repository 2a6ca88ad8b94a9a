"""Runs every test, in three processes at once for two cores, since each waits at times, and last the one that stops the sandbox.

    python -m tests.everything

What Prefect decides (who is asked, cancelled, told) runs twice: on the server in memory that `make test-fast` has, and on
Prefect's own. Each part ends with pytest's own summary; that of the part with the demo is the last. Ends with 1 where any fails.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

AT_ONCE = 3
PYTEST = (sys.executable, "-m", "pytest", "--durations=12", "--durations-min=10")
NEEDS_NOTHING = "not cluster and not sandbox"
NEEDS_SANDBOX = "(cluster or sandbox) and not rare"
MARKED = re.compile(r"\bmark\.(cluster|sandbox)\b")
IN_MEMORY = Path("tests/flows/test_gitea.py")
"""What else of `tests/flows` needs the sandbox runs on Prefect's own server, of which a process has one kind."""
TOLD = ["tests/examples", "tests/faults", "tests/flows", "tests/test_zz_demo.py"]
PREFECT = "tests/prefect"
STOPS_THE_SANDBOX = "tests/sandbox/test_down.py"
DECIDED_BY_PREFECT = [f"tests/fast/test_{what}.py" for what in ("answers", "stopping", "waiting", "watch")]


@dataclass(frozen=True, slots=True)
class Part:
    which: str
    """Tests, by their markers."""
    paths: Sequence[str | Path] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> tuple[bool, str]:
        """Whether all passed, and what pytest said."""
        env = {**os.environ, **self.environment}
        done = subprocess.run(
            [*PYTEST, "-m", self.which, *self.paths],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=env,
            check=False,
        )
        return done.returncode == 0, done.stdout


def _parts() -> list[Part]:
    """Beside what is told: the longest first, and each of the others where one has ended."""
    own_server = {"HEADWAY_PREFECT": "server"}
    return [
        Part(NEEDS_SANDBOX, [IN_MEMORY, *_rest_of_sandbox()]),
        Part(NEEDS_NOTHING),
        Part(NEEDS_SANDBOX, [PREFECT]),
        Part(f"{NEEDS_NOTHING} and not story", DECIDED_BY_PREFECT, own_server),
    ]


def _rest_of_sandbox() -> list[Path]:
    """Each that has a marker of the sandbox: to load all the others takes longer than many a test."""
    elsewhere = [Path(each) for each in (*TOLD, PREFECT, STOPS_THE_SANDBOX)]
    return [
        each
        for each in sorted(Path("tests").rglob("test_*.py"))
        if not any(each.is_relative_to(folder) for folder in elsewhere) and MARKED.search(each.read_text())
    ]


def _tell() -> tuple[bool, str]:
    """The longest of what needs the sandbox, shown as it goes on, but for its closing lines: those wait for the other parts."""
    argv = [*PYTEST, "-m", NEEDS_SANDBOX, *TOLD, f"--ignore={IN_MEMORY}"]
    told = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert told.stdout
    held: list[str] = []
    for line in told.stdout:
        held.append(line)
        if not line.startswith("=") or "short test summary" in line:
            print("".join(held), end="", flush=True)
            held.clear()
    return told.wait() == 0, "".join(held)


def main() -> int:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told, *others = [pool.submit(_tell), *(pool.submit(each.run) for each in _parts())]
        ends = [each.result() for each in (*others, told)]
    ends.insert(-1, Part(NEEDS_SANDBOX, [STOPS_THE_SANDBOX]).run())
    print("".join(said for _, said in ends), end="", flush=True)
    return int(not all(passed for passed, _ in ends))


if __name__ == "__main__":
    sys.exit(main())
