"""Runs every test, in four processes at once, since most of the time each waits for something, and last the one that stops the
sandbox.

    python -m tests.everything

What Prefect decides (who is asked, cancelled, told) runs twice: on the server in memory that `make test-fast` has, and on
Prefect's own. Each part ends with pytest's own summary; that of the part with the demo is the last. Ends with 1 where any fails.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import IO

PYTEST = (sys.executable, "-m", "pytest", "--durations=12", "--durations-min=10")
NEEDS_NOTHING = "not cluster and not sandbox"
NEEDS_SANDBOX = "(cluster or sandbox) and not rare"
DECIDED_BY_PREFECT = [f"tests/fast/test_{what}.py" for what in ("answers", "stopping", "waiting", "watch")]
ON_PREFECT_S_OWN_SERVER = {"HEADWAY_PREFECT": "server"}
TOLD = ["tests/examples", "tests/faults", "tests/flows", "tests/test_zz_demo.py"]
SERVERS = ["tests/prefect"]
"""These and the rest of what needs the sandbox take about as long each."""
ON_TWO_PREFECTS = "tests/flows/test_gitea.py"
"""Some of it in memory, some on a server: in a process of its own, since the one that came last stays."""
STOPS_THE_SANDBOX = "tests/sandbox/test_down.py"


def _run(log: IO[str] | None, which: str, paths: Sequence[str], environment: Mapping[str, str] = {}) -> bool:
    """Whether all passed. Without a log it is said at once."""
    argv, env = [*PYTEST, "-m", which, *paths], {**os.environ, **environment}
    return subprocess.run(argv, stdout=log, stderr=subprocess.STDOUT, env=env, check=False).returncode == 0


def _without_sandbox(log: IO[str]) -> bool:
    """Whether all passed; and what some of it says on Prefect's own server, and with a forge."""
    passed = [
        _run(log, NEEDS_NOTHING, ()),
        _run(log, f"{NEEDS_NOTHING} and not story", DECIDED_BY_PREFECT, ON_PREFECT_S_OWN_SERVER),
        _run(log, NEEDS_SANDBOX, [ON_TWO_PREFECTS]),
    ]
    return all(passed)


def _servers(log: IO[str]) -> bool:
    return _run(log, NEEDS_SANDBOX, SERVERS)


def _rest_of_sandbox(log: IO[str]) -> bool:
    return _run(log, NEEDS_SANDBOX, [f"--ignore={path}" for path in (*TOLD, *SERVERS, STOPS_THE_SANDBOX)])


BESIDE = (_without_sandbox, _servers, _rest_of_sandbox)


def main() -> int:
    with ExitStack() as opened, ThreadPoolExecutor() as pool:
        logs = [opened.enter_context(tempfile.TemporaryFile("w+")) for _ in BESIDE]
        beside = [pool.submit(part, log) for part, log in zip(BESIDE, logs, strict=True)]
        told = subprocess.Popen(
            [*PYTEST, "-m", NEEDS_SANDBOX, *TOLD, f"--ignore={ON_TWO_PREFECTS}"],
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
        passed = all([told.wait() == 0, *(each.result() for each in beside)])
        passed = _run(logs[-1], NEEDS_SANDBOX, [STOPS_THE_SANDBOX]) and passed
        for log in logs:
            log.seek(0)
            print(log.read(), end="")
        print("".join(held), end="", flush=True)
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main())
