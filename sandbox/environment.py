"""`env`: the sandbox's addresses as lines for a shell, under the names that the programs of a delivery read.

eval "$(.venv/bin/python -m sandbox env)"
"""

import os
import shlex
from pathlib import Path

from sandbox import address as sandbox_address
from sandbox import go_toolchain, places
from sandbox.address import Address


def main() -> int:
    go = go_toolchain.installed()
    print(lines(sandbox_address.load(), [Path(go).parent] if go else []))
    return 0


def lines(address: Address, more_programs: list[Path]) -> str:
    """One `export NAME=VALUE` a line; `more_programs`: further folders for PATH."""
    programs = [address.bin, places.VENV / "bin", *more_programs]
    exported = {
        "GIT_URL": address.git,
        "GIT_ROOT": str(address.git_root),
        "REGISTRY": address.registry,
        "AWS_ENDPOINT_URL": address.s3.endpoint,
        "AWS_ACCESS_KEY_ID": address.s3.access_key,
        "AWS_SECRET_ACCESS_KEY": address.s3.secret_key,
        "AWS_DEFAULT_REGION": address.s3.region,
        "KUBECONFIG": str(address.kubeconfig),
        "SOPS_AGE_KEY_FILE": str(address.age_key_file),
        "PREFECT_API_URL": address.prefect_api,
    }
    path = os.pathsep.join(shlex.quote(str(folder)) for folder in programs)
    shown = [f"export {name}={shlex.quote(value)}" for name, value in exported.items()]
    return "\n".join([*shown, f'export PATH={path}{os.pathsep}"$PATH"'])
