"""Flow runs that ask a Prefect server for what they need, and for nothing else: half the requests."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from prefect import flow_engine
from prefect.events.clients import AssertingEventsClient
from prefect.events.worker import EventsWorker
from prefect.filesystems import LocalFileSystem
from prefect.logging.handlers import PrefectConsoleHandler
from prefect.settings import (
    PREFECT_API_SSL_CERT_FILE,
    PREFECT_CLIENT_CSRF_SUPPORT_ENABLED,
    PREFECT_DEFAULT_RESULT_STORAGE_BLOCK,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)

from headway.worker.environment import one_certificate

MEMORY = Path("/dev/shm")


def memory_folder(name: str) -> Path:
    """An empty folder until the process ends; in memory where the system has such storage."""
    folder = tempfile.mkdtemp(prefix=f"headway-{name}-", dir=MEMORY if MEMORY.is_dir() else None)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@contextmanager
def quiet_prefect(kept: Path) -> Iterator[None]:
    """Events stay in memory, where tests read them, logs in the log; no run listens for somebody who suspends it from outside.

    The server is one in memory, or Prefect's own where HEADWAY_PREFECT says "server"; that keeps its empty database in `kept`.
    """
    folder = memory_folder("quiet")
    settings = {
        PREFECT_LOGGING_TO_API_ENABLED: False,
        # Each client asks for a token before its first write.
        PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False,
        # Each client reads them: one certificate in place of all.
        PREFECT_API_SSL_CERT_FILE: str(one_certificate(folder)),
        # The thread of a run's heartbeats is waited for, a second at the end of each run.
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    with _nothing_listens(), temporary_settings(updates=settings), _server(kept):
        # Each run asks the server three times for a block to use where no setting names one.
        LocalFileSystem(basepath=str(folder)).save("results", overwrite=True)
        block = "local-file-system/results"
        with temporary_settings(updates={PREFECT_DEFAULT_RESULT_STORAGE_BLOCK: block}):
            yield


@contextmanager
def _server(kept: Path) -> Iterator[None]:
    # Prefect's own takes 10 s of processor time to import.
    if os.environ.get("HEADWAY_PREFECT") == "server":
        from tests.prefect_server import prefect_server

        with prefect_server(kept):
            yield
    else:
        from tests.memory_prefect import memory_prefect

        with memory_prefect():
            yield


@contextmanager
def _nothing_listens() -> Iterator[None]:
    """Web sockets to the server are never closed."""

    async def as_it_is(*_: object) -> None:
        return

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EventsWorker, "attach_related_resources_from_context", as_it_is)
        patch.setattr(flow_engine, "observe_flow_run_suspension", lambda *_: nullcontext())
        # pytest keeps each line as well; to lay it out for a terminal takes longer than all else of a log.
        patch.setattr(PrefectConsoleHandler, "emit", lambda *_: None)
        EventsWorker.set_client_override(AssertingEventsClient)
        yield
        EventsWorker.set_client_override(None)
