"""A real delivery, watched, tested once more, promoted and taken back in a browser: on the sandbox's cluster, by the flows,
with a Prefect server of the tests' own.
"""

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import sync_playwright
from prefect.client.schemas.objects import StateType
from prefect.flow_engine import load_flow_run, run_flow

from flows.deliver import deliver
from flows.release import release
from flows.roll_back import roll_back
from flows.run_tests import run_tests
from headway.cli.view_runs import PrefectRuns
from headway.clients.kubernetes.cluster import Cluster
from headway.view import Looks, NamedCluster, app
from headway.workspace.status import StatusReader
from sandbox.seed import change_configuration
from tests.fast.memory import prefect_runs
from tests.flows.shop import MakeShop, Shop
from tests.view.places import TOKENS, signing_in
from tests.view.test_browser import CHROMIUM, SWITCHES

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]
PATIENCE_MILLISECONDS = 60_000


@pytest.fixture
def shop(make_shop: MakeShop) -> Iterator[Shop]:
    with make_shop("view-story") as shop:
        yield shop


@pytest.fixture
def url(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    s3 = shop.layout.address.s3
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", s3.region)
    kubeconfig = shop.layout.address.kubeconfig
    looks = Looks(
        [NamedCluster("sandbox", lambda: Cluster.from_kubeconfig(kubeconfig))],
        lambda cluster: [
            each
            for environment in ("testing", "staging")
            for each in StatusReader().read_all(cluster, f"{shop.name}-{environment}")
        ],
        lives_seconds=0.5,
    )
    served = app(signing_in(tmp_path), looks, PrefectRuns(), folder=tmp_path)
    server = uvicorn.Server(uvicorn.Config(served, port=0, log_level="error", timeout_graceful_shutdown=1))
    beside(server.run)
    while not server.started:
        time.sleep(0.05)
    (listening,) = server.servers[0].sockets
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True


def beside(work: Callable[[], Any]) -> threading.Thread:
    """In a thread that knows the Prefect server of this one: the browser's driver has this one's event loop."""
    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True)
    thread.start()
    return thread


def done(work: Callable[[], Any]) -> None:
    beside(work).join()


def execute_what_is_scheduled(flow: Any, reason: str = "orders fail") -> None:
    scheduled = [
        run for run in prefect_runs.release_runs() if run.state and run.state.type is StateType.SCHEDULED
    ]
    run = next(each for each in scheduled if each.parameters.get("reason") == reason)
    run_flow(flow, flow_run=load_flow_run(run.id), return_type="state")


def test_a_delivery_is_watched_and_taken_back(shop: Shop, url: str) -> None:
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = chromium.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.goto(url)
        page.get_by_label("Your token").fill(TOKENS["ada"])
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("No release is here").wait_for()

        done(lambda: deliver(shop.name))
        first = str(shop.git.yaml("Chart.yaml")["version"])
        working = beside(lambda: release(shop.name, "testing", return_state=True))
        # Nobody loads the page again: the server tells it.
        page.get_by_role("link", name=f"{first} of {shop.name} in testing").wait_for()
        page.locator(".card.well").wait_for()
        working.join()

        change_configuration(shop.layout, "testing", greeting="Good morning", session_key="hunter-two")
        done(lambda: deliver(shop.name))
        second = str(shop.git.yaml("Chart.yaml")["version"])
        done(lambda: release(shop.name, "testing", return_state=True))
        page.get_by_role("link", name=f"{second} of {shop.name} in testing").click()
        page.get_by_role("link", name="Run tests").click()
        page.get_by_label("Why").fill("the database was moved")
        page.get_by_role("button", name="Run tests").click()
        page.get_by_role("heading", name="Run tests: started").wait_for()
        done(lambda: execute_what_is_scheduled(run_tests, "the database was moved"))
        page.goto(f"{url}/releases/{shop.name}/staging/promote")
        page.get_by_label("Which version").select_option(second)
        page.get_by_label("Why").fill("Ada wants to see it")
        page.get_by_role("button", name="Promote").click()
        page.get_by_role("heading", name="Promote: started").wait_for()
        done(lambda: execute_what_is_scheduled(release, "Ada wants to see it"))
        page.goto(url)
        page.get_by_role("link", name=f"{second} of {shop.name} in staging").click()
        page.get_by_text("by ada: Ada wants to see it").first.wait_for()

        page.goto(f"{url}/releases/{shop.name}/testing")
        page.get_by_role("link", name="Roll back").click()
        page.get_by_text(f"Back to {first}, revision 1.").wait_for()
        page.get_by_text("Good morning").first.wait_for()
        assert "hunter-two" not in page.content(), "a secret is marked as changed"
        page.get_by_label("Why").fill("orders fail")
        page.get_by_role("button", name="Roll back").click()
        page.get_by_role("heading", name="Roll back: started").wait_for()
        done(lambda: execute_what_is_scheduled(roll_back))
        page.goto(f"{url}/releases/{shop.name}/testing")
        page.get_by_text("ada holds").first.wait_for()
        assert page.get_by_text("orders fail").count()
        chromium.close()
    record = shop.cluster.record("testing")
    assert (record["hold"]["by"], record["hold"]["version"]) == ("ada", first)
    assert shop.cluster.revision("testing") == 3
    asked = [(each["kind"], each["by"], each["why"]) for each in record["audit"]]
    assert ("tests-started", "ada", "the database was moved") in asked
    (promoted, *_) = shop.cluster.record("staging")["audit"]
    assert (promoted["kind"], promoted["version"], promoted["by"]) == ("promoted", second, "ada")
