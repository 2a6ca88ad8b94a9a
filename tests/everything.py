"""Runs every test, in three processes at once for two cores, since each waits at times.

    python -m tests.everything

What Prefect decides (who is asked, cancelled, told) runs twice: on the server in memory that `make test-fast` has, and on
Prefect's own. What needs the sandbox comes first: while that is stopped, which is mostly waiting, others run that need nothing.
Each part ends with pytest's own summary; that of the part with the demo is the last. Ends with 1 where any fails.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

AT_ONCE = 3
PYTEST = (sys.executable, "-m", "pytest", "--durations=12", "--durations-min=10")
NEEDS_NOTHING = "not cluster and not sandbox"
NEEDS_SANDBOX = "(cluster or sandbox) and not rare"
MARKED = re.compile(r"\bmark\.(cluster|sandbox)\b")
IN_MEMORY = Path("tests/flows/test_gitea.py")
"""What else of `tests/flows` needs the sandbox runs on Prefect's own server, of which a process has one kind."""
ON_THAT_SERVER = ["tests/release_clients/test_release_many.py", "tests/view/test_delivery.py"]
TOLD = ["tests/examples", "tests/faults", "tests/flows", *ON_THAT_SERVER, "tests/test_zz_demo.py"]
PREFECT = "tests/prefect"
STOPS_THE_SANDBOX = "tests/sandbox/test_down.py"
RUNS = ["tests/fast", "tests/flows"]
DECISIONS = ["tests/decide", "tests/formats", "tests/hostile", "tests/model"]
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


def _on_the_sandbox() -> list[Part]:
    """Beside what is told."""
    return [Part(NEEDS_SANDBOX, [IN_MEMORY, *_rest_of_sandbox()]), Part(NEEDS_SANDBOX, [PREFECT])]


def _without() -> list[Part]:
    """The longest first: each where one of the others has ended, so that all end together."""
    elsewhere = [f"--ignore={each}" for each in (*RUNS, *DECISIONS)]
    return [
        Part(NEEDS_NOTHING, RUNS),
        Part(NEEDS_NOTHING, elsewhere),
        Part(NEEDS_NOTHING, DECISIONS),
        Part(f"{NEEDS_NOTHING} and not story", DECIDED_BY_PREFECT, {"HEADWAY_PREFECT": "server"}),
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
    # Whoever keeps Python from writing what it has compiled has each part, and each command that a test starts, compile anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told, *sandbox = [pool.submit(_tell), *(pool.submit(each.run) for each in _on_the_sandbox())]
        others = [pool.submit(each.run) for each in _without()]
        wait([told, *sandbox])
        stopped = Part(NEEDS_SANDBOX, [STOPS_THE_SANDBOX]).run()
        ends = [*(each.result() for each in (*sandbox, *others)), stopped, told.result()]
    print("".join(said for _, said in ends), end="", flush=True)
    return int(not all(passed for passed, _ in ends))


if __name__ == "__main__":
    sys.exit(main())
