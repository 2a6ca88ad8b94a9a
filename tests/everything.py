"""Runs every test, in two processes for two cores, and last the one that stops the sandbox.

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
from typing import IO

PYTEST = (sys.executable, "-m", "pytest", "--durations=12", "--durations-min=10")
NEEDS_NOTHING = "not cluster and not sandbox"
NEEDS_SANDBOX = "(cluster or sandbox) and not rare"
DECIDED_BY_PREFECT = [f"tests/fast/test_{what}.py" for what in ("answers", "stopping", "waiting", "watch")]
ON_PREFECT_S_OWN_SERVER = {"HEADWAY_PREFECT": "server"}
ONE_HALF = ["tests/examples", "tests/faults", "tests/flows", "tests/prefect", "tests/test_zz_demo.py"]
"""Of what needs the sandbox: with what Prefect decides about as long as the rest of it and all that needs nothing."""
ON_TWO_PREFECTS = "tests/flows/test_gitea.py"
"""Some of it in memory, some on a server: in a process of its own, since the one that came last stays."""
STOPS_THE_SANDBOX = "tests/sandbox/test_down.py"


def _run(log: IO[str] | None, which: str, paths: Sequence[str], environment: Mapping[str, str] = {}) -> bool:
    """Whether all passed. Without a log it is said at once."""
    argv, env = [*PYTEST, "-m", which, *paths], {**os.environ, **environment}
    return subprocess.run(argv, stdout=log, stderr=subprocess.STDOUT, env=env, check=False).returncode == 0


def _beside(log: IO[str]) -> bool:
    """Whether all passed."""
    elsewhere = [f"--ignore={path}" for path in (*ONE_HALF, STOPS_THE_SANDBOX)]
    passed = [
        _run(log, NEEDS_NOTHING, ()),
        _run(log, NEEDS_SANDBOX, [ON_TWO_PREFECTS]),
        _run(log, NEEDS_SANDBOX, elsewhere),
    ]
    return all(passed)


def main() -> int:
    with tempfile.TemporaryFile("w+") as log, ThreadPoolExecutor() as pool:
        beside = pool.submit(_beside, log)
        decided = _run(None, f"{NEEDS_NOTHING} and not story", DECIDED_BY_PREFECT, ON_PREFECT_S_OWN_SERVER)
        half = subprocess.Popen(
            [*PYTEST, "-m", NEEDS_SANDBOX, *ONE_HALF, f"--ignore={ON_TWO_PREFECTS}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert half.stdout
        held: list[str] = []
        for line in half.stdout:
            # The closing lines wait until the other parts have said their own.
            held.append(line)
            if not line.startswith("=") or "short test summary" in line:
                print("".join(held), end="", flush=True)
                held.clear()
        passed = all([half.wait() == 0, beside.result(), decided])
        passed = _run(log, NEEDS_SANDBOX, [STOPS_THE_SANDBOX]) and passed
        log.seek(0)
        print(log.read(), "".join(held), sep="", end="", flush=True)
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main())
