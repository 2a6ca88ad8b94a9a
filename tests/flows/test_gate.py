"""The gate: nothing is written before a person approves, and what was approved is what is applied.

Runs are started by `deliver` and executed as a worker executes them.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import pytest
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL

from flows.deliver import deliver
from flows.release import release
from sandbox import places
from sandbox.seed import Change, change_application, change_configuration, replace
from tests.flows.shop import MakeShop, Shop
from tests.flows.test_story import PATIENCE_SECONDS, let_the_lease_expire

pytestmark = pytest.mark.cluster

Opened = Callable[..., AbstractContextManager[Shop]]


@pytest.fixture
def gated(make_shop: MakeShop) -> Opened:
    """A copy of the example whose testing waits for approval."""

    @contextmanager
    def make(name: str) -> Iterator[Shop]:
        gate = "  testing:\n    gate: approval\n    settle: 1h\n"
        with make_shop(name) as shop:
            edit = replace("headway.yaml", "  testing:\n", gate)
            change_application(shop.layout, Change("Approve what goes to testing", (edit,)))
            yield shop

    return make


@pytest.fixture
def prefect(prefect_server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=prefect_server, timeout=30, trust_env=False) as client:
        yield client


def test_an_answer_is_for_the_version_that_was_shown(gated: Opened, prefect: httpx.Client) -> None:
    with gated("flows-gate") as shop:
        deliver(shop.name)
        (run,) = releases(prefect, shop)
        work(run)
        shown = shop.git.yaml("Chart.yaml")["version"]
        assert state(prefect, run) == "Suspended"
        assert shown in question(prefect, run)
        assert "Deployment" in question(prefect, run)
        deliver(shop.name)
        assert len(releases(prefect, shop)) == 1, "while it waits a look starts no other"

        change_configuration(shop.layout, "testing", greeting="Good morning", session_key="one")
        deliver(shop.name)
        newer = shop.git.yaml("Chart.yaml")["version"]
        assert newer != shown
        assert [state(prefect, each) for each in releases(prefect, shop)] == ["Suspended"]
        assert shop.cluster.namespaces() == [], "all before the gate only reads"

        answer(prefect, run, approved=True)
        work(run)
        assert state(prefect, run) == "Released"
        assert [good["version"] for good in shop.cluster.record("testing")["good"]] == [shown]


def test_a_run_that_is_cancelled_and_killed_leaves_the_environment_as_it_is(
    make_shop: MakeShop, prefect: httpx.Client
) -> None:
    with make_shop("flows-cancelled") as shop:
        deliver(shop.name)
        (run,) = releases(prefect, shop)
        with engine(run) as process:
            until = time.monotonic() + PATIENCE_SECONDS
            while not shop.cluster.namespaces() or not shop.cluster.history("testing"):
                assert process.poll() is None, "it ended before it could be cancelled"
                assert time.monotonic() < until
                time.sleep(0.1)
            said = {"state": {"type": "CANCELLING"}}
            assert prefect.post(f"/flow_runs/{run['id']}/set_state", json=said).is_success
            process.send_signal(signal.SIGKILL)
        left = shop.cluster.history("testing")
        for _ in range(2):
            deliver(shop.name)
            assert shop.cluster.history("testing") == left
        record = shop.cluster.record("testing")
        assert record["freeze"]["cancelled_run"] == run["id"]
        assert [entry["kind"] for entry in record["audit"]] == ["frozen"]
        assert len(releases(prefect, shop)) == 1, "no other run is started"

        let_the_lease_expire(shop)
        ended: State[Any] = release(shop.name, "testing", by="Ada", return_state=True)
        assert ended.name == "Released", ended.message
        record = shop.cluster.record("testing")
        assert record["freeze"] is None
        assert [(entry["kind"], entry["by"]) for entry in record["audit"]] == [
            ("freeze-lifted", "Ada"),
            ("frozen", "a person"),
        ]


def releases(client: httpx.Client, shop: Shop) -> list[dict[str, Any]]:
    """Release runs of the copy's testing, the oldest first."""
    found = client.post("/flow_runs/filter", json={"limit": 200}).json()
    wanted = {"application": shop.name, "environment": "testing"}
    runs = [run for run in found if wanted == {key: run["parameters"].get(key) for key in wanted}]
    return sorted((run for run in runs if run["deployment_id"]), key=lambda run: run["created"])


@contextmanager
def engine(run: dict[str, Any]) -> Iterator["subprocess.Popen[str]"]:
    """The process in which a process worker executes the run; waited for at the end."""
    environment = {"PREFECT_API_URL": str(PREFECT_API_URL.value()), "PREFECT__FLOW_RUN_ID": run["id"]}
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect.engine"],
        env={**os.environ, **environment},
        cwd=places.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        said, _ = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), said


def work(run: dict[str, Any]) -> None:
    """Execute the run until it ends or waits."""
    with engine(run):
        pass


def state(client: httpx.Client, run: dict[str, Any]) -> str:
    return str(client.get(f"/flow_runs/{run['id']}").json()["state"]["name"])


def question(client: httpx.Client, run: dict[str, Any]) -> str:
    """The markdown of the Resume form."""
    keys = client.get(f"/flow_runs/{run['id']}").json()["state"]["state_details"]["run_input_keyset"]
    return str(json.loads(client.get(f"/flow_runs/{run['id']}/input/{keys['description']}").text))


def answer(client: httpx.Client, run: dict[str, Any], *, approved: bool) -> None:
    body = {"run_input": {"approved": approved, "approver": "Ada", "comment": ""}}
    said = client.post(f"/flow_runs/{run['id']}/resume", json=body).json()
    assert said["status"] == "ACCEPT", said
