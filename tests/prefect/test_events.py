"""An event is a hint that starts one `deliver` of the application it is about."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from headway.model.events import STARTS_DELIVER, ChartsChanged, Event, GitPushed, ImagePushed, ReleaseOffered

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("deployed")]

SAID: dict[type[Event], tuple[str, ...]] = {
    ImagePushed: ("registry.example.com/shop/cart", 'main-"0a1b2c3'),
    GitPushed: ("https://git.example.com/shop/cart.git", "main"),
    ChartsChanged: ("s3://shop-charts-testing/index.yaml",),
    ReleaseOffered: ("testing", "1.2.3", "a run"),
}


@pytest.mark.parametrize("kind", STARTS_DELIVER)
def test_an_event_about_an_application_delivers_it(in_prefect: httpx.Client, kind: type[Event]) -> None:
    application = f"a-{uuid4().hex[:8]}"
    event = kind(application, *SAID[kind])
    emit(in_prefect, event.name, event.resource_id, event.payload)
    (run,) = runs_of(in_prefect, application, count=1)
    assert run["deployment_id"] == in_prefect.get("/deployments/name/deliver/deliver").json()["id"]
    assert run["parameters"] == {"application": application, "hint": {"event": event.name, **event.payload}}


def test_an_event_that_comes_three_times_starts_one_run(in_prefect: httpx.Client) -> None:
    application, identity = f"a-{uuid4().hex[:8]}", str(uuid4())
    for _ in range(3):
        emit(in_prefect, "headway.image.pushed", f"headway.application.{application}", {}, identity)
    wait_until_heard(in_prefect)
    assert len(runs_of(in_prefect, application, count=1)) == 1


def test_other_events_and_other_resources_start_nothing(in_prefect: httpx.Client) -> None:
    application = f"a-{uuid4().hex[:8]}"
    for told in ("rolled-back", "tested"):
        emit(in_prefect, f"headway.release.{told}", f"headway.application.{application}", {})
    emit(in_prefect, "headway.image.pushed", f"other.application.{application}", {})
    wait_until_heard(in_prefect)
    assert runs_of(in_prefect, application, count=0) == []


def emit(
    client: httpx.Client, event: str, resource: str, payload: dict[str, Any], identity: str | None = None
) -> None:
    body = {
        "id": identity or str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": event,
        "resource": {"prefect.resource.id": resource},
        "payload": payload,
    }
    answer = client.post("/events", json=[body])
    assert answer.status_code == 204, answer.text


def wait_until_heard(client: httpx.Client) -> None:
    """Until what was emitted before has started what it starts: the server takes events in their order, two at a time."""
    for _ in range(2):
        marker = f"a-{uuid4().hex[:8]}"
        emit(client, "headway.image.pushed", f"headway.application.{marker}", {})
        runs_of(client, marker, count=1)


def runs_of(client: httpx.Client, application: str, *, count: int) -> list[dict[str, Any]]:
    """Runs about the application, as soon as there are `count` of them."""
    until = time.monotonic() + 20
    while True:
        every = client.post("/flow_runs/filter", json={"limit": 200}).json()
        found = [run for run in every if application in str(run["parameters"])]
        if len(found) >= count:
            return found
        assert time.monotonic() < until, f"{len(found)} runs about {application}, not {count}"
        time.sleep(0.3)
