"""A real Prefect server of the tests' own, empty, and no worker: what is started stays Scheduled."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests import empty_database

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120
DATABASE = "prefect.db"
PREFECT_COMMANDS = """\
import json, sys
from prefect.cli import app
for words in json.loads(sys.argv[1]):
    sys.argv[1:] = ["--no-prompt", *words]
    try:
        app()
    except SystemExit as ended:
        if ended.code:
            raise
"""
# Python's garbage collector may finalize a SQLite cursor in the thread of the event loop while another thread waits for the
# database and holds that connection's mutex: then nothing moves until SQLite gives up, a minute later. With fewer
# collections that is rare.
PREFECT = "import gc; gc.set_threshold(100_000, 20, 100); from prefect.cli import app; app()"


class Patient(httpx.HTTPTransport):
    """Asks again, as Prefect's own client does: the server's SQLite is locked at times, which it calls unavailable."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        until = time.monotonic() + PATIENCE_SECONDS
        while (answer := super().handle_request(request)).status_code == 503 and time.monotonic() < until:
            answer.close()
            time.sleep(0.5)
        return answer


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def prefect_environment(prefect_home: Path) -> dict[str, str]:
    """For processes that speak to the server: the caller's environment without its own Prefect settings."""
    return environment_of(prefect_home)


def environment_of(home: Path) -> dict[str, str]:
    """Of a server that keeps its database in `home`, at a port of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return kept | {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{_free_port()}/api",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / DATABASE}",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
    }


@pytest.fixture(scope="session")
def prefect_api(prefect_home: Path, prefect_environment: dict[str, str], kept: Path) -> Iterator[str]:
    """The address of the server's API."""
    with running_server(prefect_home, prefect_environment, kept) as url:
        yield url


@contextmanager
def running_server(home: Path, environment: Mapping[str, str], kept: Path) -> Iterator[str]:
    """The address of its API."""
    empty_database.bring(kept, home / DATABASE)
    url = environment["PREFECT_API_URL"]
    port = url.removesuffix("/api").rpartition(":")[2]
    argv = [sys.executable, "-c", PREFECT, "server", "start", "--host", "127.0.0.1", "--port", port]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(argv, env=dict(environment), cwd=home, stdout=log, stderr=log)
    try:
        _wait_for_health(url, server, home / "server.log")
        empty_database.keep(home / DATABASE, kept)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def in_prefect(prefect_api: str, prefect_home: Path) -> Iterator[httpx.Client]:
    """The server as this process's own Prefect server, and a plain HTTP client for it."""
    from prefect.settings import PREFECT_API_SSL_CERT_FILE, PREFECT_API_URL, temporary_settings

    from headway.worker.environment import one_certificate

    # Each of dozens of clients a command reads them, in 16 ms: one certificate in place of all.
    certificate = str(one_certificate(prefect_home))
    with (
        temporary_settings({PREFECT_API_URL: prefect_api, PREFECT_API_SSL_CERT_FILE: certificate}),
        httpx.Client(base_url=prefect_api, timeout=30, transport=Patient()) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def apply_deployments(prefect_environment: dict[str, str]) -> Callable[[], None]:
    """Applies deployments.yaml to the server, as an operator does."""
    return lambda: _apply_deployments(prefect_environment)


@pytest.fixture(scope="session")
def deployed(prefect_api: str, apply_deployments: Callable[[], None]) -> str:
    """The server after deployments.yaml was applied to it."""
    apply_deployments()
    return prefect_api


def _apply_deployments(environment: dict[str, str]) -> None:
    """The README's commands, one after the other in one process, since each would load Prefect for seconds."""
    commands = [
        ["block", "register", "--module", "blocks"],
        ["work-pool", "create", "headway", "--type", "process", "--overwrite"],
        ["deploy", "--all", "--prefect-file", "deployments.yaml"],
    ]
    argv = [sys.executable, "-c", PREFECT_COMMANDS, json.dumps(commands)]
    done = subprocess.run(argv, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for_health(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()
        try:
            if httpx.get(f"{url}/health", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise AssertionError(f"the Prefect server does not answer: {log.read_text()}")
