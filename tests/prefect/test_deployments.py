"""deployments.yaml, applied to a real server."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from blocks import Application
from headway.cli import look_times
from headway.decide.review.look_times import NOT_REGISTERED, PAUSED, LookTimes

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("deployed")]

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = {
    "watch/watch": [],
    "deliver/deliver": ["application", "hint", "dry_run"],
    "release/release": ["application", "environment", "adopt", "by", "reason", "dry_run", "promote"],
    "release-many/release-many": ["application", "environments"],
    "roll-back/roll-back": ["application", "environment", "reason", "version", "by", "dry_run"],
    "freeze/freeze": ["application", "environment", "reason", "by", "dry_run"],
    "lift/lift": ["application", "environment", "what", "reason", "by", "dry_run"],
    "run-tests/run-tests": ["application", "environment", "by", "reason"],
    "plan-pull-requests/plan-pull-requests": ["application", "pull_request", "dry_run"],
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_is_described_in_the_form(in_prefect: httpx.Client, name: str) -> None:
    properties = _deployment(in_prefect, name)["parameter_openapi_schema"]["properties"]
    assert sorted(properties) == sorted(PARAMETERS[name])
    undescribed = [key for key, schema in properties.items() if not schema.get("description")]
    assert not undescribed


def test_a_worker_needs_no_checkout(in_prefect: httpx.Client, tmp_path: Path) -> None:
    deployments = [_deployment(in_prefect, name) for name in PARAMETERS]
    assert [each["pull_steps"] for each in deployments] == [[]] * len(PARAMETERS)
    assert {each["path"] for each in deployments} == {None}
    entrypoints = [each["entrypoint"] for each in deployments]
    assert "/" not in "".join(entrypoints)
    load = "from prefect.flows import load_flow_from_entrypoint as load; import sys"
    done = subprocess.run(
        [sys.executable, "-c", f"{load}; print(*(load(each).name for each in sys.argv[1:]))", *entrypoints],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [name.partition("/")[0] for name in PARAMETERS]


def test_watch_runs_every_five_minutes(in_prefect: httpx.Client) -> None:
    watch = _deployment(in_prefect, "watch/watch")
    assert [(each["schedule"]["interval"], each["active"]) for each in watch["schedules"]] == [(300, True)]


@pytest.fixture
def registered(in_prefect: httpx.Client) -> Iterator[str]:  # noqa: ARG001
    name = "shop-of-nobody"
    Application(git_url="https://git.example.com/nobody.git").save(name, overwrite=True)
    yield name
    Application.delete(name)


def test_when_the_next_look_is_can_be_asked(
    in_prefect: httpx.Client, monkeypatch: pytest.MonkeyPatch, registered: str
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", str(in_prefect.base_url).rstrip("/"))
    watch = _deployment(in_prefect, "watch/watch")["id"]
    in_prefect.post(f"/deployments/{watch}/schedule", json={}).raise_for_status()
    now = datetime.now(UTC)
    assert look_times.read("shop-that-was-removed") == LookTimes(None, None, NOT_REGISTERED)
    times = look_times.read(registered)
    assert times.next_at
    assert now - timedelta(minutes=1) < times.next_at <= now + timedelta(minutes=5)
    in_prefect.post(f"/deployments/{watch}/pause_deployment").raise_for_status()
    try:
        assert look_times.read(registered) == LookTimes(None, None, PAUSED)
    finally:
        in_prefect.post(f"/deployments/{watch}/resume_deployment").raise_for_status()


@pytest.mark.parametrize("name", PARAMETERS)
def test_nothing_is_limited_by_what_a_server_may_forget(in_prefect: httpx.Client, name: str) -> None:
    assert _deployment(in_prefect, name)["global_concurrency_limit"] is None


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name != "watch/watch"])
def test_nothing_else_is_scheduled(in_prefect: httpx.Client, name: str) -> None:
    assert _deployment(in_prefect, name)["schedules"] == []


def test_applied_again_nothing_changes(
    in_prefect: httpx.Client, apply_deployments: Callable[[], None]
) -> None:
    before = _everything(in_prefect)
    apply_deployments()
    assert _everything(in_prefect) == before


def test_the_schedule_of_watch_comes_up(in_prefect: httpx.Client) -> None:
    """Prefect's scheduler really works with what is installed: a run of watch is scheduled by itself."""
    wanted = {"flow_runs": {"deployment_id": {"any_": [_deployment(in_prefect, "watch/watch")["id"]]}}}
    until = time.monotonic() + 90
    while not in_prefect.post("/flow_runs/filter", json=wanted).json():
        assert time.monotonic() < until, "no run of watch was scheduled"
        time.sleep(1)


def test_an_operator_finds_the_block_types_in_the_ui(in_prefect: httpx.Client) -> None:
    names = {each["name"] for each in in_prefect.post("/block_types/filter", json={}).json()}
    assert {"Headway application", "Headway cluster", "Headway git credentials"} <= names
    assert {"Headway registry credentials", "Headway S3 credentials"} <= names


def test_the_file_names_no_other_pool() -> None:
    document = yaml.safe_load((ROOT / "deployments.yaml").read_text())
    assert {entry["work_pool"]["name"] for entry in document["deployments"]} == {"headway"}


def _deployment(client: httpx.Client, name: str) -> dict[str, Any]:
    answer = client.get(f"/deployments/name/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _everything(client: httpx.Client) -> dict[str, Any]:
    """Deployments and automations without what only says when and under which number they were written."""
    fresh = {
        "created",
        "updated",
        "version",
        "id",
        "version_id",
        "version_info",
        "anchor_date",
        "last_polled",
    }

    def lasting(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: lasting(each) for key, each in value.items() if key not in fresh}
        if isinstance(value, list):
            return sorted((lasting(each) for each in value), key=repr)
        return value

    identities = {name: _deployment(client, name)["id"] for name in PARAMETERS}
    return {
        "identities": identities,
        "deployments": {name: lasting(_deployment(client, name)) for name in PARAMETERS},
        "automations": lasting(client.post("/automations/filter", json={}).json()),
    }
