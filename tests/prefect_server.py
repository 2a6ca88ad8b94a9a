"""Prefect's own test server, of which tests get an empty one for themselves; no worker, and no schedules."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from prefect import get_client
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import PREFECT_API_SSL_CERT_FILE, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing import utilities

from headway.worker.environment import one_certificate
from tests import empty_database
from tests.quiet_prefect import memory_folder

PATIENCE_SECONDS = 120
DEPLOYMENTS = Path(__file__).resolve().parents[1] / "deployments.yaml"
DATABASE = "prefect-test.db"


@contextmanager
def prefect_server(kept: Path) -> Iterator[None]:
    """It knows the deployments of deployments.yaml. The empty database is kept in the folder `kept`."""
    folder = memory_folder("prefect") / "server"

    def begin() -> str:
        folder.mkdir()
        empty_database.bring(kept, folder / DATABASE)
        return str(folder)

    settings = {
        # The thread of a run's heartbeats is waited for, a second at the end of each run.
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        # Each client of a run reads them, in 16 ms: one certificate in place of all, as a worker gives its runs.
        PREFECT_API_SSL_CERT_FILE: str(one_certificate(folder.parent)),
    }
    with (
        pytest.MonkeyPatch.context() as patch,
        temporary_settings(updates=settings),
    ):
        patch.setattr(utilities, "mkdtemp", begin)
        with utilities.prefect_test_harness(server_startup_timeout=PATIENCE_SECONDS):
            empty_database.keep(folder / DATABASE, kept)
            _deploy()
            yield


def _deploy() -> None:
    with get_client(sync_client=True) as client:
        for each in yaml.safe_load(DEPLOYMENTS.read_text())["deployments"]:
            client.create_deployment(
                client.create_flow(load_flow_from_entrypoint(each["entrypoint"])),
                name=each["name"],
                entrypoint=each["entrypoint"],
                parameter_openapi_schema={"type": "object", "properties": {}},
            )
