"""Runs every test, in two processes for two cores: the flows in memory beside all that waits for the cluster.

    python -m tests.everything

Ends with pytest's own summary of the larger part, after that of the smaller one; with 1 where either fails.
"""

import subprocess
import sys
import tempfile

PYTEST = (sys.executable, "-m", "pytest")
IN_MEMORY = "tests/fast"


def main() -> int:
    with tempfile.TemporaryFile("w+") as log:
        beside = subprocess.Popen([*PYTEST, IN_MEMORY], stdout=log, stderr=subprocess.STDOUT)
        rest = subprocess.Popen([*PYTEST, f"--ignore={IN_MEMORY}"], stdout=subprocess.PIPE, text=True)
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
