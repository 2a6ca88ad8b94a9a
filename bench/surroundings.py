"""What the sandbox's worker has in its environment as well: set before Prefect is imported, which reads its settings then."""

import os

from sandbox import places
from sandbox.address import Address


def of_the_worker(address: Address) -> None:
    os.environ.update(
        {
            "PREFECT_API_URL": address.prefect_api,
            "PREFECT_HOME": str(places.STATE / "prefect"),
            "PREFECT_LOGGING_LEVEL": "WARNING",
            "SOPS_AGE_KEY_FILE": str(address.age_key_file),
            "PATH": f"{address.bin}:{places.VENV / 'bin'}:{os.environ.get('PATH', '')}",
        }
    )
