"""Prefect's own test server, of which tests get an empty one for themselves; no worker, and no schedules.

Its empty database, the work of all migrations since Prefect 2.0, is made once and kept: 5 s of processor time for each later
server.
"""

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import certifi
import prefect
import pytest
import yaml
from prefect import flow_engine, get_client
from prefect.events.clients import AssertingEventsClient
from prefect.events.worker import EventsWorker
from prefect.filesystems import LocalFileSystem
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import (
    PREFECT_API_SSL_CERT_FILE,
    PREFECT_CLIENT_CSRF_SUPPORT_ENABLED,
    PREFECT_DEFAULT_RESULT_STORAGE_BLOCK,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)
from prefect.testing import utilities

PATIENCE_SECONDS = 120
DEPLOYMENTS = Path(__file__).resolve().parents[1] / "deployments.yaml"
DATABASE = "prefect-test.db"
MEMORY = Path("/dev/shm")


def memory_folder(name: str) -> Path:
    """An empty folder until the process ends; in memory where the system has such storage."""
    folder = tempfile.mkdtemp(prefix=f"headway-{name}-", dir=MEMORY if MEMORY.is_dir() else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@contextmanager
def prefect_server(kept: Path) -> Iterator[None]:
    """It knows the deployments of deployments.yaml. The empty database is kept in the folder `kept`."""
    empty = kept / f"prefect-{prefect.__version__}.db"
    folder = memory_folder("prefect") / "server"

    def begin() -> str:
        folder.mkdir()
        if empty.exists():
            shutil.copy(empty, folder / DATABASE)
        return str(folder)

    # The thread of a run's heartbeats is waited for, a second at the end of each run.
    without_heartbeats = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    with (
        pytest.MonkeyPatch.context() as patch,
        temporary_settings(updates=without_heartbeats),
    ):
        patch.setattr(utilities, "mkdtemp", begin)
        with utilities.prefect_test_harness(server_startup_timeout=PATIENCE_SECONDS):
            if not empty.exists():
                _keep(folder / DATABASE, empty)
            _deploy()
            yield


@contextmanager
def quiet_prefect_server(kept: Path) -> Iterator[None]:
    """A server that is asked for what a run needs, and for nothing else: half the requests.

    Events stay in memory, where tests read them, logs in the log, and no run listens for somebody who suspends it from outside.
    """
    folder = memory_folder("quiet")
    settings = {
        PREFECT_LOGGING_TO_API_ENABLED: False,
        # Each client asks for a token before its first write.
        PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False,
        # Each client reads them: one certificate in place of all.
        PREFECT_API_SSL_CERT_FILE: str(_one_certificate(folder)),
    }
    with _nothing_listens(), temporary_settings(updates=settings), prefect_server(kept):
        # Each run asks the server three times for a block to use where no setting names one.
        block = f"local-file-system/{_results(folder)}"
        with temporary_settings(updates={PREFECT_DEFAULT_RESULT_STORAGE_BLOCK: block}):
            yield


def _keep(database: Path, empty: Path) -> None:
    unready = Path(tempfile.mkdtemp(dir=empty.parent)) / DATABASE
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(unready)) as copy:
        source.backup(copy)
    unready.replace(empty)
    unready.parent.rmdir()


def _deploy() -> None:
    with get_client(sync_client=True) as client:
        for each in yaml.safe_load(DEPLOYMENTS.read_text())["deployments"]:
            client.create_deployment(
                client.create_flow(load_flow_from_entrypoint(each["entrypoint"])),
                name=each["name"],
                entrypoint=each["entrypoint"],
                parameter_openapi_schema={"type": "object", "properties": {}},
            )


def _results(folder: Path) -> str:
    LocalFileSystem(basepath=str(folder)).save("results", overwrite=True)
    return "results"


def _one_certificate(folder: Path) -> Path:
    file = folder / "one.pem"
    first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")
    file.write_text(f"{first}{end}\n")
    return file


@contextmanager
def _nothing_listens() -> Iterator[None]:
    """Web sockets to the server are never closed."""

    async def as_it_is(*_: object) -> None:
        return

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EventsWorker, "attach_related_resources_from_context", as_it_is)
        patch.setattr(flow_engine, "observe_flow_run_suspension", lambda *_: nullcontext())
        EventsWorker.set_client_override(AssertingEventsClient)
        yield
        EventsWorker.set_client_override(None)
