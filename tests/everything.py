"""Runs every test, in two processes for two cores: all that needs nothing beside all that waits for the sandbox.

    python -m tests.everything

What Prefect decides (who is asked, cancelled, killed, told) runs twice: on the server in memory that `make test-fast` has, and on
Prefect's own.
Ends with pytest's own summary of the part on the sandbox, after those of the others; with 1 where any fails.
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import IO

PYTEST = (sys.executable, "-m", "pytest")
NEEDS_NOTHING = "not cluster and not sandbox"
NEEDS_SANDBOX = "(cluster or sandbox) and not rare"
DECIDED_BY_PREFECT = [
    f"tests/fast/test_{what}.py" for what in ("answers", "people", "stopping", "waiting", "watch")
]
ON_PREFECT_S_OWN_SERVER = {"HEADWAY_PREFECT": "server"}


def _beside(log: IO[str]) -> bool:
    """Whether all passed."""
    parts = (
        ([NEEDS_NOTHING], dict(os.environ)),
        ([f"{NEEDS_NOTHING} and not story", *DECIDED_BY_PREFECT], os.environ | ON_PREFECT_S_OWN_SERVER),
    )
    ended = [
        subprocess.run([*PYTEST, "-m", *part], stdout=log, stderr=subprocess.STDOUT, env=env, check=False)
        for part, env in parts
    ]
    return not any(each.returncode for each in ended)


def main() -> int:
    with tempfile.TemporaryFile("w+") as log, ThreadPoolExecutor() as pool:
        beside = pool.submit(_beside, log)
        rest = subprocess.Popen([*PYTEST, "-m", NEEDS_SANDBOX], stdout=subprocess.PIPE, text=True)
        assert rest.stdout
        held: list[str] = []
        for line in rest.stdout:
            # The closing lines wait until the other parts have said their own.
            held.append(line)
            if not line.startswith("=") or "short test summary" in line:
                print("".join(held), end="", flush=True)
                held.clear()
        passed = beside.result() and rest.wait() == 0
        log.seek(0)
        print(log.read(), "".join(held), sep="", end="", flush=True)
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main())
