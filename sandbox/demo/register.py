"""`deploy`: work pool, blocks of the sandbox's shop, Headway's deployments. A second time changes nothing."""

import os
import subprocess

from sandbox import address as sandbox_address
from sandbox import places
from sandbox.address import Address
from sandbox.build import say_at_once
from sandbox.failure import SandboxError
from sandbox.prefect_server import POOL
from sandbox.seed.layout import ENVIRONMENTS, Layout

DEPLOYMENTS = places.ROOT / "deployments.yaml"


def main() -> int:
    address = sandbox_address.load()
    api = os.environ.get("PREFECT_API_URL", address.prefect_api)
    register(Layout(address), api)
    say_at_once(
        f"registered at {api}: the shop's blocks, and the deployments watch, deliver, release, roll-back"
    )
    return 0


def register(layout: Layout, api: str) -> None:
    """Blocks under the copy's name, and one set of deployments for all. Raises SandboxError."""
    os.environ["PREFECT_API_URL"] = api
    make_work_pool()
    save_blocks(layout)
    _prefect("deploy", "--all", "--prefect-file", str(DEPLOYMENTS))


def make_work_pool() -> None:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    with get_client(sync_client=True) as client:
        try:
            client.read_work_pool(POOL)
        except ObjectNotFound:
            _prefect("work-pool", "create", POOL, "--type", "headway")


def save_blocks(layout: Layout) -> None:
    """The shop's application with the sandbox's S3, and one cluster block for each environment."""
    from pydantic import SecretStr

    from blocks import Application, Cluster, S3Credentials

    address: Address = layout.address
    s3 = S3Credentials(
        access_key=address.s3.access_key,
        secret_key=SecretStr(address.s3.secret_key),
        endpoint_url=address.s3.endpoint,
        region=address.s3.region,
    )
    s3.save("sandbox", overwrite=True)
    Application(git_url=layout.git_url, s3_credentials=S3Credentials.load("sandbox")).save(
        layout.name, overwrite=True
    )
    for environment in ENVIRONMENTS:
        Cluster(kubeconfig_path=str(address.worker_kubeconfig)).save(
            f"{layout.name}-{environment}", overwrite=True
        )


def _prefect(*arguments: str) -> None:
    """Runs Prefect's own command line from the project's folder, where its flows are imported from."""
    argv = [str(places.VENV / "bin" / "prefect"), "--no-prompt", *arguments]
    done = subprocess.run(argv, cwd=places.ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SandboxError(f"prefect {' '.join(arguments)}:\n{(done.stdout + done.stderr)[-3000:]}")
