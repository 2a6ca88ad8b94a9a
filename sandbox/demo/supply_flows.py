"""Runs the flow `supply` in a process of its own, before there is a cluster.

It is a flow run like any other; only that `deliver`, which runs the same stages, would go on to the clusters.
"""

import os
import subprocess
import sys

from sandbox import places
from sandbox.address import Address
from sandbox.demo.truth import UntrueError

_PROGRAM = """
import sys
from flows.supply import supply
supply(sys.argv[1])
"""


def run_supply_flows(address: Address, application: str) -> None:
    """Raises UntrueError with the end of the flow's log when it fails."""
    settings = {
        "PREFECT_API_URL": address.prefect_api,
        "PREFECT_HOME": str(places.STATE / "prefect"),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "SOPS_AGE_KEY_FILE": str(address.age_key_file),
        "PATH": f"{address.bin}:{places.VENV / 'bin'}:{os.environ.get('PATH', '')}",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, application],
        cwd=places.ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise UntrueError(f"the flow supply failed:\n{(done.stdout + done.stderr)[-3000:]}")
