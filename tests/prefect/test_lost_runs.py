"""examples/prefect/lost-runs.yaml: a run whose machine is gone is told Crashed, and no other run is."""

import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import yaml

pytestmark = pytest.mark.sandbox

FILE = Path(__file__).resolve().parents[2] / "examples" / "prefect" / "lost-runs.yaml"
PATIENCE_SECONDS = 60


@pytest.fixture
def automation(in_prefect: httpx.Client) -> None:
    """As the file says, but for what a test would wait for."""
    said = yaml.safe_load(FILE.read_text())
    assert said["trigger"]["within"] == 600, "three heartbeats of Prefect's own setting, and some patience"
    said["trigger"]["within"] = 10
    in_prefect.post("/automations/", json=said).raise_for_status()


@pytest.mark.usefixtures("automation")
def test_a_run_that_has_said_nothing_for_long_is_crashed(in_prefect: httpx.Client) -> None:
    lost, somebody_elses, ended = (
        _running(in_prefect, tag) for tag in ("headway", "another-team", "headway")
    )
    _set_state(in_prefect, ended, {"type": "COMPLETED", "name": "Released"})
    until = time.monotonic() + PATIENCE_SECONDS
    while (state := _state(in_prefect, lost))["type"] != "CRASHED" and time.monotonic() < until:
        time.sleep(0.5)
    assert state["type"] == "CRASHED"
    assert "its machine is gone" in state["message"]
    assert [_state(in_prefect, each)["name"] for each in (somebody_elses, ended)] == ["Running", "Released"]


def _running(client: httpx.Client, tag: str) -> str:
    """A run that has sent one heartbeat."""
    flow = client.post("/flows/", json={"name": "lost"}).json()["id"]
    run: str = client.post("/flow_runs/", json={"flow_id": flow, "tags": [tag]}).json()["id"]
    _set_state(client, run, {"type": "RUNNING", "name": "Running"})
    beat = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "prefect.flow-run.heartbeat",
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
        "related": [{"prefect.resource.id": f"prefect.tag.{tag}", "prefect.resource.role": "tag"}],
    }
    client.post("/events", json=[beat]).raise_for_status()
    return run


def _set_state(client: httpx.Client, run: str, state: dict[str, str]) -> None:
    client.post(f"/flow_runs/{run}/set_state", json={"state": state, "force": True}).raise_for_status()


def _state(client: httpx.Client, run: str) -> dict[str, str]:
    state: dict[str, str] = client.get(f"/flow_runs/{run}").json()["state"]
    return state
