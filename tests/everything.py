"""Runs every test, in two processes for two cores: all that needs nothing beside all that waits for the sandbox.

    python -m tests.everything

The flows of the first run on Prefect's own server here, in place of the one in memory that `make test-fast` has.
Ends with pytest's own summary of the part on the sandbox, after that of the other; with 1 where either fails.
"""

import os
import subprocess
import sys
import tempfile

PYTEST = (sys.executable, "-m", "pytest")
NEEDS_NOTHING = "not cluster and not sandbox"
PREFECT_S_OWN_SERVER = {"HEADWAY_PREFECT": "server"}
NEEDS_SANDBOX = "(cluster or sandbox) and not rare"


def main() -> int:
    with tempfile.TemporaryFile("w+") as log:
        beside = subprocess.Popen(
            [*PYTEST, "-m", NEEDS_NOTHING],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | PREFECT_S_OWN_SERVER,
        )
        rest = subprocess.Popen([*PYTEST, "-m", NEEDS_SANDBOX], stdout=subprocess.PIPE, text=True)
        assert rest.stdout
        held: list[str] = []
        for line in rest.stdout:
            # The closing lines wait until the other part has said its own.
            held.append(line)
            if not line.startswith("=") or "short test summary" in line:
                print("".join(held), end="", flush=True)
                held.clear()
        ended = [beside.wait(), rest.wait()]
        log.seek(0)
        print(log.read(), "".join(held), sep="", end="", flush=True)
    return int(any(ended))


if __name__ == "__main__":
    sys.exit(main())
