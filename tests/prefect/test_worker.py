"""headway.worker on a real Prefect server: what becomes of runs, whatever becomes of them, the worker or its fork parent."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import prefect
import pytest

from tests.prefect.conftest import environment_of, running_server
from tests.prefect.worker_bench import Bench, Worker

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, kept: Path
) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    home = tmp_path_factory.mktemp("worker-server")
    migrated = kept / f"prefect-{prefect.__version__}.db"
    if migrated.exists():
        shutil.copy(migrated, home / "prefect.db")
    environment = environment_of(home)
    with (
        running_server(home, environment) as url,
        httpx.Client(base_url=url, timeout=30, trust_env=False) as client,
    ):
        yield client, environment


@pytest.fixture(scope="module")
def bench(
    server: tuple[httpx.Client, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Bench:
    bench = Bench(*server, tmp_path_factory.mktemp("bench"), "shared")
    bench.prepare()
    return bench


@pytest.fixture(scope="module")
def worker(bench: Bench) -> Iterator[Worker]:
    with bench.worker() as worker:
        yield worker


def test_a_run_ends_as_its_flow_does(bench: Bench, worker: Worker) -> None:
    run = bench.start("says", word="hello")
    end = bench.end(run)
    assert (end["type"], end["message"].split()[0]) == ("COMPLETED", "hello")
    imported, own = (int(word.partition("=")[2]) for word in end["message"].split()[2:])
    assert imported != own, "the flow was imported before the run began"
    assert bench.states(run) == ["SCHEDULED", "PENDING", "PENDING", "RUNNING", "COMPLETED"]
    assert "the run says hello" in bench.logs(run, "the run says")
    assert "the process prints hello" in worker.said()
