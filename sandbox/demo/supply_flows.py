"""Runs the flows of the supply side, one by one and in a process of their own, before there is a cluster.

They are flow runs like any other; only that `deliver`, which runs them as its own steps, would go on to the
clusters.
"""

import os
import subprocess
import sys

from sandbox import places
from sandbox.address import Address
from sandbox.demo.truth import UntrueError

FLOWS = ("publish_charts", "update_application", "publish_charts")

_PROGRAM = """
import sys
from importlib import import_module
for name in sys.argv[2:]:
    getattr(import_module(f"flows.{name}"), name)(sys.argv[1])
"""


def run_supply_flows(address: Address, application: str) -> None:
    """Raises UntrueError with the end of the flows' log when one fails."""
    settings = {
        "PREFECT_API_URL": address.prefect_api,
        "PREFECT_HOME": str(places.STATE / "prefect"),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "SOPS_AGE_KEY_FILE": str(address.age_key_file),
        "PATH": f"{address.bin}:{places.VENV / 'bin'}:{os.environ.get('PATH', '')}",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, application, *FLOWS],
        cwd=places.ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise UntrueError(f"the supply flows failed:\n{(done.stdout + done.stderr)[-3000:]}")
