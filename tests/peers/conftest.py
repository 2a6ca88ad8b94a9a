"""Programs of others that run beside the sandbox for these tests alone, each on a free port of loopback, stopped by its pid."""

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from headway.model.credentials import S3Credentials
from sandbox import peer_programs
from tests.clients.conftest import bucket, free_port
from tests.peers.hearing import Served, serving

__all__ = ["bucket"]
KEY, SECRET = "headway", "headway-of-tests"


@contextmanager
def running(
    argv: Sequence[str | Path], health: str, folder: Path, environment: Mapping[str, str] = {}
) -> Iterator[None]:
    """Until whoever answers at `health` is needed no more; what it says is in `folder`."""
    with (folder / "log").open("wb") as log:
        known = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **environment}
        process = subprocess.Popen(argv, env=known, cwd=folder, stdout=log, stderr=log)
        try:
            for _ in range(600):
                try:
                    httpx.get(health, trust_env=False)
                    break
                except httpx.TransportError:
                    assert process.poll() is None, (folder / "log").read_text()
                    time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait()


@pytest.fixture(scope="session")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("receiver")) as served:
        yield served


@pytest.fixture(scope="session")
def minio(tmp_path_factory: pytest.TempPathFactory, hearing: Served) -> Iterator[S3Credentials]:
    """It tells `hearing` of what is written to buckets that ask for it, by the target HINTS."""
    folder, address = tmp_path_factory.mktemp("minio"), f"127.0.0.1:{free_port()}"
    environment = {
        "MINIO_ROOT_USER": KEY,
        "MINIO_ROOT_PASSWORD": SECRET,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
        "MINIO_NOTIFY_WEBHOOK_ENABLE_HINTS": "on",
        "MINIO_NOTIFY_WEBHOOK_ENDPOINT_HINTS": f"{hearing.address}/by-token",
        "MINIO_NOTIFY_WEBHOOK_AUTH_TOKEN_HINTS": hearing.secret,
    }
    argv = [peer_programs.built(peer_programs.MINIO), "server", "--address", address, folder / "data"]
    with running(argv, f"http://{address}/minio/health/live", folder, environment):
        yield S3Credentials(f"http://{address}", KEY, SECRET, "us-east-1")


@pytest.fixture(scope="session")
def versitygw(tmp_path_factory: pytest.TempPathFactory, hearing: Served) -> Iterator[S3Credentials]:
    """It tells `hearing` of what is written to any bucket."""
    folder, address = tmp_path_factory.mktemp("versitygw"), f"127.0.0.1:{free_port()}"
    (folder / "data").mkdir()
    program = peer_programs.built(peer_programs.VERSITYGW)
    hints = f"{hearing.address}/by-path/{hearing.secret}"
    argv = [program, "--access", KEY, "--secret", SECRET, "--port", address, "--event-webhook-url", hints]
    argv += ["posix", folder / "data"]
    with running(argv, f"http://{address}/", folder):
        yield S3Credentials(f"http://{address}", KEY, SECRET, "us-east-1")
