"""Runs every test, in three processes at once for two cores, since each waits at times, and last the one that stops the sandbox.

    python -m tests.everything

What Prefect decides (who is asked, cancelled, told) runs twice: on the server in memory that `make test-fast` has, and on
Prefect's own. Each part ends with pytest's own summary; that of the part with the demo is the last. Ends with 1 where any fails.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

PYTEST = (sys.executable, "-m", "pytest", "--durations=12", "--durations-min=10")
NEEDS_NOTHING = "not cluster and not sandbox"
NEEDS_SANDBOX = "(cluster or sandbox) and not rare"
MARKED = re.compile(r"\bmark\.(cluster|sandbox)\b")
DECIDED_BY_PREFECT = [f"tests/fast/test_{what}.py" for what in ("answers", "stopping", "waiting", "watch")]
ON_PREFECT_S_OWN_SERVER = {"HEADWAY_PREFECT": "server"}
IN_MEMORY = Path("tests/flows/test_gitea.py")
"""What else of `tests/flows` needs the sandbox runs on Prefect's own server, of which a process has one kind."""
TOLD = ["tests/examples", "tests/faults", "tests/flows", "tests/test_zz_demo.py"]
"""Of what needs the sandbox: about as long as the rest of it."""
OWN_SERVERS = ["tests/prefect"]
"""They need no cluster, and take about as long with all that needs nothing."""
STOPS_THE_SANDBOX = "tests/sandbox/test_down.py"


def _run(log: IO[str], which: str, paths: Sequence[str | Path], environment: Mapping[str, str] = {}) -> bool:
    """Whether all passed."""
    argv, env = [*PYTEST, "-m", which, *paths], {**os.environ, **environment}
    return subprocess.run(argv, stdout=log, stderr=subprocess.STDOUT, env=env, check=False).returncode == 0


def _without_cluster(log: IO[str]) -> bool:
    """Whether all passed."""
    return all([_run(log, NEEDS_SANDBOX, OWN_SERVERS), _run(log, NEEDS_NOTHING, ())])


def _rest_of_sandbox(log: IO[str]) -> bool:
    """Whether all passed."""
    return _run(log, NEEDS_SANDBOX, [IN_MEMORY, *_rest()])


def _rest() -> list[Path]:
    """Each that has a marker of the sandbox: to load all the others takes longer than many a test."""
    elsewhere = [Path(each) for each in (*TOLD, *OWN_SERVERS, STOPS_THE_SANDBOX)]
    return [
        each
        for each in sorted(Path("tests").rglob("test_*.py"))
        if not any(each.is_relative_to(folder) for folder in elsewhere) and MARKED.search(each.read_text())
    ]


def main() -> int:
    with (
        tempfile.TemporaryFile("w+") as one,
        tempfile.TemporaryFile("w+") as other,
        tempfile.TemporaryFile("w+") as third,
        ThreadPoolExecutor() as pool,
    ):
        beside = [pool.submit(_without_cluster, one), pool.submit(_rest_of_sandbox, other)]
        told = subprocess.Popen(
            [*PYTEST, "-m", NEEDS_SANDBOX, *TOLD, f"--ignore={IN_MEMORY}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert told.stdout
        held: list[str] = []
        for line in told.stdout:
            # The closing lines wait until the other parts have said their own.
            held.append(line)
            if not line.startswith("=") or "short test summary" in line:
                print("".join(held), end="", flush=True)
                held.clear()
        # After what is told, which ends first.
        decided = f"{NEEDS_NOTHING} and not story"
        passed = all([told.wait() == 0, _run(third, decided, DECIDED_BY_PREFECT, ON_PREFECT_S_OWN_SERVER)])
        passed = all([passed, *(each.result() for each in beside)])
        passed = _run(other, NEEDS_SANDBOX, [STOPS_THE_SANDBOX]) and passed
        for log in (third, one, other):
            log.seek(0)
            print(log.read(), end="")
        print("".join(held), end="", flush=True)
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main())
