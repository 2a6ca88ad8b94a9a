"""The gate: nothing is written before a person approves, and what was approved is what is applied.

Runs are started by `deliver` and executed as a worker executes them. The tests are one story in the order of the file.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prefect.settings import PREFECT_API_URL

from flows.deliver import deliver
from sandbox import places
from sandbox.seed import Change, change_application, change_configuration, replace
from tests.flows.shop import MakeShop, Shop

pytestmark = pytest.mark.cluster

GATED = "gate: approval\n    settle: 1h\n"


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Iterator[Shop]:
    with make_shop("flows-gate") as shop:
        gate = replace("headway.yaml", "  testing:\n", f"  testing:\n    {GATED}")
        change_application(shop.layout, Change("Approve what goes to testing", (gate,)))
        yield shop


@pytest.fixture(scope="module")
def prefect() -> Iterator[httpx.Client]:
    with httpx.Client(base_url=str(PREFECT_API_URL.value()), timeout=30, trust_env=False) as client:
        yield client


def test_a_first_release_waits_with_its_plan_and_nothing_is_written(
    shop: Shop, prefect: httpx.Client
) -> None:
    deliver(shop.name)
    (run,) = releases(prefect, shop)
    work(run)
    assert state(prefect, run) == "Suspended"
    version = shop.git.yaml("Chart.yaml")["version"]
    assert version in question(prefect, run)
    assert "Deployment" in question(prefect, run)
    assert shop.cluster.namespaces() == [], "all before the gate only reads"


def test_while_it_waits_a_look_starts_no_other(shop: Shop, prefect: httpx.Client) -> None:
    deliver(shop.name)
    assert len(releases(prefect, shop)) == 1


def test_a_newer_version_lets_the_waiting_one_be_read_until_it_has_settled(
    shop: Shop, prefect: httpx.Client
) -> None:
    change_configuration(shop.layout, "testing", greeting="Good morning", session_key="one")
    deliver(shop.name)
    (run,) = releases(prefect, shop)
    assert state(prefect, run) == "Suspended"


def test_an_approval_of_what_is_not_wanted_any_more_asks_again(shop: Shop, prefect: httpx.Client) -> None:
    (run,) = releases(prefect, shop)
    answer(prefect, run, approved=True)
    work(run)
    assert state(prefect, run) == "Suspended"
    assert shop.git.yaml("Chart.yaml")["version"] in question(prefect, run)
    assert shop.cluster.namespaces() == []
    deliver(shop.name)
    assert len(releases(prefect, shop)) == 1, "the run that waits is about the newest version by now"


def test_what_was_rejected_is_not_asked_again(shop: Shop, prefect: httpx.Client) -> None:
    (run,) = releases(prefect, shop)
    answer(prefect, run, approved=False)
    work(run)
    assert state(prefect, run) == "Rejected"
    deliver(shop.name)
    assert len(releases(prefect, shop)) == 1
    assert shop.cluster.namespaces() == []


def test_a_settled_newer_version_supersedes_what_waits(shop: Shop, prefect: httpx.Client) -> None:
    at_once = replace("headway.yaml", "settle: 1h", "settle: 0s")
    change_application(shop.layout, Change("Ask for the newest at once", (at_once,)))
    deliver(shop.name)
    _, older = releases(prefect, shop)
    work(older)
    assert state(prefect, older) == "Suspended"
    change_configuration(shop.layout, "testing", greeting="Good evening", session_key="two")
    deliver(shop.name)
    assert len(releases(prefect, shop)) == 3
    assert state(prefect, older) == "Superseded"


def test_what_was_approved_is_applied(shop: Shop, prefect: httpx.Client) -> None:
    *_, run = releases(prefect, shop)
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
