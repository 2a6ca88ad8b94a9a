"""The gate: nothing is written before a person approves, and what was approved is what is applied.

Runs are started by `deliver` and executed as a worker executes them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx
import pytest
from prefect.settings import PREFECT_API_URL

from flows.deliver import deliver
from sandbox import places
from sandbox.seed import Change, change_application, change_configuration, replace
from tests.flows.shop import MakeShop, Shop

pytestmark = pytest.mark.cluster

Opened = Callable[..., AbstractContextManager[Shop]]


@pytest.fixture
def gated(make_shop: MakeShop) -> Opened:
    """A copy of the example whose testing waits for approval."""

    @contextmanager
    def make(name: str, settle: str) -> Iterator[Shop]:
        gate = f"  testing:\n    gate: approval\n    settle: {settle}\n"
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
    with gated("flows-gate", "1h") as shop:
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

        deliver(shop.name)
        _, next_run = releases(prefect, shop)
        work(next_run)
        assert newer in question(prefect, next_run), "the newer one asks next"
        answer(prefect, next_run, approved=False)
        work(next_run)
        assert state(prefect, next_run) == "Rejected"
        deliver(shop.name)
        assert len(releases(prefect, shop)) == 2, "what was rejected is not asked again"
        assert [good["version"] for good in shop.cluster.record("testing")["good"]] == [shown]


def test_a_settled_newer_version_supersedes_what_waits(gated: Opened, prefect: httpx.Client) -> None:
    with gated("flows-settled", "0s") as shop:
        deliver(shop.name)
        (older,) = releases(prefect, shop)
        work(older)
        assert state(prefect, older) == "Suspended"
        change_configuration(shop.layout, "testing", greeting="Good evening", session_key="two")
        deliver(shop.name)
        assert state(prefect, older) == "Superseded"
        _, run = releases(prefect, shop)
        work(run)
        answer(prefect, run, approved=True)
        work(run)
        assert state(prefect, run) == "Released"
        version = shop.git.yaml("Chart.yaml")["version"]
        assert [good["version"] for good in shop.cluster.record("testing")["good"]] == [version]
        assert shop.cluster.history("testing")[-1]["chart"] == f"shop-{version}"
        assert shop.cluster.config("testing", "storefront")["GREETING"] == "Good evening"


def releases(client: httpx.Client, shop: Shop) -> list[dict[str, Any]]:
    """Release runs of the copy's testing, the oldest first."""
    found = client.post("/flow_runs/filter", json={"limit": 200}).json()
    wanted = {"application": shop.name, "environment": "testing"}
    runs = [run for run in found if wanted == {key: run["parameters"].get(key) for key in wanted}]
    return sorted((run for run in runs if run["deployment_id"]), key=lambda run: run["created"])


def work(run: dict[str, Any]) -> None:
    """Execute the run as a process worker does, until it ends or waits."""
    environment = {"PREFECT_API_URL": str(PREFECT_API_URL.value()), "PREFECT__FLOW_RUN_ID": run["id"]}
    done = subprocess.run(
        [sys.executable, "-m", "prefect.engine"],
        env={**os.environ, **environment},
        cwd=places.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


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
