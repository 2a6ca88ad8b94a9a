"""The release view as people meet it: in a browser, with and without script, by keyboard, on a phone, in the dark.

What it shows lies in memory; a real delivery is watched in test_delivery.py.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from headway.decide.release.state import State
from headway.decide.review.status import ReleaseStatus
from headway.errors import Unreachable
from headway.formats.markdown import folded
from headway.model.edits import Commit
from headway.model.record import Freeze, Hold, Rejection
from headway.view import Looks, NamedCluster, app, live
from headway.view.deliveries import Asked
from headway.view.runs import Report, RunLine, Waiting
from headway.view.settings import GitSource
from tests.fast.memory.api_server import ApiServer
from tests.view.places import NOW, TOKENS, FakeRuns, cluster, signing_in, status, stored

pytestmark = pytest.mark.sandbox
CHROMIUM = "/usr/bin/chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = "<img src=x onerror=\"document.title='taken'\">\x1b[31m[click](javascript:alert(1))"
BRANCH = "feature/<img/src=x/onerror=alert>"
FREEZE = Freeze(by="Kim", why=HOSTILE, at=NOW)
HOLD = Hold(by="Ada", why="orders fail", at=NOW, version="1.0.0", not_above="1.1.0")
BARRED = Rejection(chart_digest="sha256:a", version="1.2.0", reason="its test says no", at=NOW)
RELEASES = (
    status(version="1.1.0", state=State.OUT_OF_SYNC, waits="1.2.0", why="it is the newest"),
    status(environment="staging", state=State.HELD, hold=HOLD, rejected=(BARRED,)),
    status(environment="production", state=State.DRIFTED, drift=("Deployment web: spec.replicas",)),
    status("blog", state=State.FROZEN, freeze=FREEZE, tested_at=None),
    status("blog", "staging", state=State.UNKNOWN, trouble="the chart repository does not answer"),
)


@dataclass
class Served:
    url: str
    runs: FakeRuns
    now: list[datetime] = field(default_factory=lambda: [NOW])
    releases: list[ReleaseStatus] = field(default_factory=lambda: list(RELEASES))
    commits: Callable[[GitSource], tuple[Commit, ...]] = field(default=lambda _: ())
    looks: Looks = field(init=False)
    server: ApiServer = field(init=False)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(live, "EVERY_SECONDS", 0.2)
    real, server = cluster(tmp_path)
    runs = FakeRuns()
    runs.waits = Waiting(
        "run-1", "Release shop to testing", "http://127.0.0.1:9/1", "plan-1", f"## shop\n{HOSTILE}"
    )
    runs.lines = [
        RunLine(
            "deliver", "Deliver shop", "shop", "", "Completed", "COMPLETED", HOSTILE, NOW, 12.3, runs.url("1")
        ),
        RunLine(
            "release",
            "Release shop to testing",
            "shop",
            "testing",
            "Suspended",
            "PAUSED",
            "",
            NOW,
            3.0,
            runs.url("2"),
        ),
    ]
    left = f"main-9999999 {HOSTILE}".replace("|", "")
    runs.delivered = [
        Report("d", NOW, f"| update_application | web | left as it is | {left} |", runs.url("4"))
    ]
    runs.log = [
        (NOW, "0 of 1 new pods ready: web not yet"),
        (NOW + timedelta(seconds=3), "1 of 1 new pods ready"),
    ]
    evidence = "\n".join([HOSTILE, *folded(f"Ordinary events: {HOSTILE}", [HOSTILE])])
    runs.kept = [Report("Why 1.2.0 failed", NOW, evidence, runs.url("3"))]
    stage = Served("", runs)
    stage.server = server
    stage.looks = Looks(
        [NamedCluster("here", lambda: real)], lambda _: tuple(stage.releases), lives_seconds=0.1
    )
    served = app(
        signing_in(tmp_path, f"git: {{shop: {{url: 'https://x', branch: {BRANCH}}}}}\n"),
        stage.looks,
        runs,
        folder=tmp_path,
        now=lambda: stage.now[0],
        asked=Asked(lambda source: stage.commits(source)),
    )
    serving = uvicorn.Server(
        uvicorn.Config(served, port=0, log_level="error", timeout_graceful_shutdown=1, lifespan="on")
    )
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    while not serving.started:
        time.sleep(0.01)
    (listening,) = serving.servers[0].sockets
    stage.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    yield stage
    serving.should_exit = True
    thread.join(10)


def opened(browser: Browser, served: Served, who: str = "ada", **more: Any) -> Page:
    """Signed in, by the form, at the board."""
    context: BrowserContext = browser.new_context(base_url=served.url, **more)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Your token").fill(TOKENS[who])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    return page


PAGES = {
    "the board": "/",
    "a release": "/releases/shop/testing",
    "an application": "/applications/shop",
    "a cluster": "/clusters/here",
    "what lies between two revisions": "/releases/shop/testing/compare?from=1&to=2",
    "a revision": "/releases/shop/testing/revisions/2",
    "images of a revision": "/releases/shop/testing/revisions/2/images",
    "what its runs left": "/releases/shop/testing/reports",
    "figures": "/figures",
    "a change on its way": "/applications/shop/deliveries/1.1.0",
    "a change that was left alone": "/applications/shop/deliveries/main-9999999",
    "pods": "/releases/shop/testing/pods",
    "a page that asks why": "/releases/shop/testing/freeze",
    "a page with a choice, and what it would change": "/releases/shop/testing/roll-back",
    "a page with a plan": "/releases/shop/testing/release",
    "a page on which nothing can be pressed": "/releases/shop/staging/promote",
    "a plan to answer": "/releases/shop/testing/answer",
    "a page that is not there": "/nowhere",
}


@pytest.mark.parametrize(
    ("scheme", "rules"),
    [
        pytest.param("light", {}, id="light"),
        pytest.param("dark", {"runOnly": ["cat.color"]}, id="dark: the same pages in other colours"),
    ],
)
def test_no_page_keeps_anybody_out(chromium: Browser, served: Served, scheme: Any, rules: Any) -> None:
    page = opened(chromium, served, color_scheme=scheme)
    found = {}
    for name, path in PAGES.items():
        page.goto(path)
        result = Axe().run(page, options=rules)
        found |= {name: result.generate_report()} if result.violations_count else {}
    page.context.clear_cookies()
    page.goto("/sign-in")
    result = Axe().run(page, options=rules)
    found |= {"the sign-in": result.generate_report()} if result.violations_count else {}
    page.context.close()
    assert found == {}


def test_the_board_changes_by_itself(chromium: Browser, served: Served) -> None:
    page = opened(chromium, served)
    assert page.get_by_role("link", name="1.1.0 of shop in testing").is_visible()
    served.releases[0] = status(version="1.2.0")
    page.get_by_role("link", name="1.2.0 of shop in testing").wait_for(timeout=5000)
    served.now[0] = NOW + timedelta(days=1)
    page.get_by_text("Your session has ended").wait_for(timeout=5000)
    page.context.close()


def test_a_change_is_followed_by_itself(chromium: Browser, served: Served) -> None:
    page = opened(chromium, served)
    page.goto("/applications/shop/deliveries/main-9999999")
    page.get_by_text("Nothing took it up. web: left as it is").first.wait_for()
    served.runs.delivered = [
        Report("d", NOW, "| update_application | web | image main-9999999 waits | half by half |", "u")
    ]
    page.get_by_text("image main-9999999 waits (half by half)").first.wait_for(timeout=10_000)
    page.context.close()


def test_what_registries_say_comes_after_the_page(chromium: Browser, served: Served) -> None:
    page = opened(chromium, served)
    page.goto("/releases/shop/testing/revisions/2")
    page.get_by_text("no registry is asked").wait_for(timeout=5000)
    page.context.close()
    page = opened(chromium, served, java_script_enabled=False)
    page.goto("/releases/shop/testing/revisions/2")
    page.get_by_role("link", name="What their registries say of them").click()
    assert page.get_by_role("heading", level=1).text_content() == "Images of revision 2 of shop in testing"
    page.context.close()


def test_everything_can_be_read_and_pressed_without_script(chromium: Browser, served: Served) -> None:
    page = opened(chromium, served, java_script_enabled=False)
    page.get_by_label("Environment").select_option("staging")
    page.get_by_role("button", name="Show", exact=True).click()
    assert page.get_by_role("cell").count() == 2
    page.get_by_role("link", name="1.0.0 of shop in staging").click()
    assert page.get_by_role("heading", level=1).text_content() == "shop in staging"
    page.goto("/applications/shop")
    page.get_by_role("link", name="1.1.0", exact=True).click()
    assert page.get_by_role("heading", name="testing: done").is_visible()
    page.get_by_text("What is known of it, testing").click()
    assert page.get_by_text("sha256:2").last.is_visible()
    page.goto("/releases/shop/testing")
    page.get_by_role("link", name="Freeze").click()
    page.get_by_label("Why").fill("the database moves")
    page.get_by_role("button", name="Freeze").click()
    assert page.get_by_role("heading", level=1).text_content() == "Freeze: started"
    assert served.runs.started == [
        (
            "freeze/freeze",
            {"application": "shop", "environment": "testing", "by": "ada", "reason": "the database moves"},
        )
    ]
    page.context.close()


def test_a_plan_is_shown_and_answered(chromium: Browser, served: Served) -> None:
    page = opened(chromium, served)
    page.goto("/applications/shop")
    page.get_by_role("link", name="answer it").click()
    assert "onerror" in str(page.get_by_label("The plan").text_content())
    page.get_by_label("Why").fill("seen")
    page.get_by_role("button", name="Approve").click()
    assert page.get_by_role("heading", level=1).text_content() == "Approved"
    assert served.runs.answered == [{"approved": True, "approver": "ada", "comment": "seen"}]
    page.context.close()


def test_whoever_may_only_look_sees_no_button_and_cannot_press_one(chromium: Browser, served: Served) -> None:
    page = opened(chromium, served, "reader")
    page.goto("/releases/shop/testing")
    assert page.get_by_role("link", name="Freeze").count() == 0
    assert page.goto("/releases/shop/testing/freeze").status == 403  # type: ignore[union-attr]
    assert page.get_by_role("heading", level=1).text_content() == "Not allowed"
    page.context.close()


def test_a_session_that_has_ended_asks_who_one_is_and_does_nothing(chromium: Browser, served: Served) -> None:
    page = opened(chromium, served)
    page.goto("/releases/shop/testing/freeze")
    page.get_by_label("Why").fill("too late")
    served.now[0] = NOW + timedelta(hours=1)
    page.get_by_role("button", name="Freeze").click()
    assert page.get_by_role("heading", level=1).text_content() == "Your session has ended"
    page.goto("/")
    assert page.get_by_role("heading", level=1).text_content() == "Sign in"
    assert served.runs.started == []
    page.context.close()


def test_by_keyboard_alone(chromium: Browser, served: Served) -> None:
    page = opened(chromium, served)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "application"
    page.keyboard.type("blog")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?application=blog*")
    assert page.get_by_role("rowheader").all_text_contents() == ["blog"]
    page.context.close()


def test_on_a_phone_nothing_is_cut_off(chromium: Browser, served: Served) -> None:
    page = opened(chromium, served, viewport={"width": 360, "height": 740})
    for path in PAGES.values():
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    page.context.close()


def written_by_others(server: ApiServer) -> None:
    """In all that a chart, a pod, a commit, a branch or somebody's own Helm says."""
    hooks = [{"name": HOSTILE, "events": ["test"], "last_run": {"phase": HOSTILE}}]
    manifest = json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": HOSTILE}, "data": {HOSTILE: HOSTILE}}
    )
    said = {
        "description": HOSTILE,
        "annotations": {"headway.dev/source": HOSTILE, "headway.dev/commit": HOSTILE},
        "hooks": hooks,
        "config": {HOSTILE: HOSTILE},
    }
    for revision in (3, 4):
        stored(server, "shop-testing", "shop", revision, HOSTILE + str(revision), manifest, **said)
    labels = {"app.kubernetes.io/managed-by": HOSTILE, "helm.sh/chart": HOSTILE}
    server.store.create(
        "/apis/apps/v1/namespaces/shop-testing/deployments",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": HOSTILE.replace("/", ""), "namespace": "shop-testing", "labels": labels},
            "spec": {"template": {"spec": {"containers": [{"name": "c", "image": HOSTILE}]}}},
        },
    )


def test_what_others_wrote_runs_nowhere(chromium: Browser, served: Served) -> None:
    written_by_others(served.server)
    page = opened(chromium, served)
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    for path in (
        "/",
        "/releases/blog/testing",
        "/applications/shop",
        "/applications/shop/deliveries/main-9999999",
        "/clusters/here",
        "/releases/shop/testing",
        *map("/releases/shop/testing/{}".format, ("answer", "reports", "revisions/4", "compare?from=2&to=4")),
        "/releases/shop/testing/revisions/4/images",
    ):
        inert(page, path)
    assert refused == [], "nothing even tried"
    page.context.close()


def inert(page: Page, path: str) -> str:
    """Its text."""
    answer = page.goto(path)
    assert answer
    assert answer.status == 200, path
    page.wait_for_timeout(100)
    assert "\x1b" not in page.content(), path
    assert page.title() != "taken"
    assert page.locator("img").count() == 0
    assert page.locator('a[href^="javascript"]').count() == 0
    return page.inner_text("main")


TAG = "main-1a2b3c4"
TAKEN_UP = Commit(
    "e" * 40,
    (),
    HOSTILE,
    1_700_000_000,
    f"Update web {HOSTILE}\n\nHeadway-Stage: {HOSTILE}\nHeadway-Run: {HOSTILE}\n"
    f"Headway-Image: registry.example.com/shop/web:{TAG}\n",
)
TAKEN_BACK = Commit(
    "f" * 40,
    ("e" * 40,),
    HOSTILE,
    1_700_000_100,
    f"Take web back: {HOSTILE}\n\n- {TAG} barred\n\nHeadway-Stage: withdraw\n",
)


def away(source: GitSource) -> tuple[Commit, ...]:
    raise Unreachable(f"the branch {source.branch} is not to be had: {HOSTILE}", where=source.url)


@pytest.mark.parametrize(
    ("commits", "said"),
    [
        pytest.param(lambda _: (TAKEN_UP,), ["made by", "Update web <img src=x onerror="], id="a commit"),
        pytest.param(
            lambda _: (TAKEN_BACK, TAKEN_UP), ["Take web back: <img src=x onerror="], id="and another"
        ),
        pytest.param(away, ["[click](javascript:alert(1))"], id="a branch that is away"),
    ],
)
def test_what_git_and_runs_say_of_a_change_is_read_and_runs_nowhere(
    commits: Callable[[GitSource], tuple[Commit, ...]], said: list[str], chromium: Browser, served: Served
) -> None:
    written_by_others(served.server)
    served.commits = commits
    served.runs.delivered = [
        Report("d", NOW, f"| update_application | web | committed {HOSTILE} | Update web to {TAG} |", HOSTILE)
    ]
    served.runs.lines = [
        RunLine(
            "release", HOSTILE, "shop", "testing", HOSTILE, "PAUSED", HOSTILE, NOW, 3.0, served.runs.url("2")
        )
    ]
    page = opened(chromium, served)
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    inert(page, f"/applications/shop/deliveries/{TAG}")
    shown = page.text_content("main") or ""
    assert [each for each in said if each not in shown] == []
    inert(page, "/applications/shop")
    assert refused == [], "nothing even tried"
    page.context.close()
