"""Signing in at a real OpenID provider, the sandbox's Gitea, in a browser: there and back, with the roles of one's groups."""

import secrets
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from headway.view import app, settings
from sandbox.forge import Forge
from tests.view.places import looks, status
from tests.view.test_browser import CHROMIUM, SWITCHES

pytestmark = pytest.mark.sandbox
PASSWORD = "correct-horse-battery"
SETTINGS = """\
url: {url}
sign_in:
  oidc:
    issuer: {issuer}
    client_id: {client}
    client_secret_file: secret
    scopes: [profile, groups]
    user_claim: preferred_username
    groups_claim: groups
roles:
  - {{who: ["group:{organisation}:testers"], may: [read], environments: [testing]}}
"""


class Api:
    """Gitea's, as its administrator."""

    def __init__(self, forge: Forge) -> None:
        headers = {"Authorization": f"token {forge.token}"}
        self._client = httpx.Client(base_url=f"{forge.url}/api/v1", headers=headers)

    def post(self, path: str, **body: Any) -> Any:
        return self._said(self._client.post(path, json=body))

    def put(self, path: str) -> None:
        self._said(self._client.put(path))

    def _said(self, answer: httpx.Response) -> Any:
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def api(forge: Forge) -> Iterator[Api]:
    made = Api(forge)
    yield made
    made.close()


@pytest.fixture
def organisation(api: Api) -> str:
    """Whose team `testers` Tess is in; Otto is in none."""
    mark = secrets.token_hex(4)
    name = f"team-{mark}"
    api.post("/orgs", username=name)
    team = api.post(
        f"/orgs/{name}/teams",
        name="testers",
        permission="read",
        units=["repo.code"],
        can_create_org_repo=False,
    )
    for who in ("tess", "otto"):
        api.post(
            "/admin/users",
            username=f"{who}-{mark}",
            email=f"{who}-{mark}@sandbox.invalid",
            password=PASSWORD,
            must_change_password=False,
        )
    api.put(f"/teams/{team['id']}/members/tess-{mark}")
    return name


@pytest.fixture
def view(forge: Forge, api: Api, organisation: str, tmp_path: Path) -> Iterator[str]:
    """Where a release view is served that knows this forge."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client = api.post(
            "/user/applications/oauth2",
            name=f"headway-{organisation}",
            redirect_uris=[f"{url}/sign-in/openid/back"],
            confidential_client=True,
        )
        (tmp_path / "secret").write_text(client["client_secret"])
        file = tmp_path / "view.yaml"
        file.write_text(
            SETTINGS.format(url=url, issuer=forge.url, client=client["client_id"], organisation=organisation)
        )
        shown = looks(status(), status(environment="production", version="0.9.0"))
        served = app(settings.read(file), shown, folder=tmp_path)
        server = uvicorn.Server(
            uvicorn.Config(served, log_level="error", timeout_graceful_shutdown=1, lifespan="on")
        )
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield url
        server.should_exit = True
        thread.join(10)


def sign_in_there(page: Page, who: str) -> None:
    page.get_by_role("link", name="Sign in with 127.0.0.1").click()
    page.locator("input[name=user_name]").fill(who)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.locator("button[name=granted][value=true]").click()


def test_somebody_signs_in_at_the_forge_and_sees_what_their_team_may(view: str, organisation: str) -> None:
    mark = organisation.removeprefix("team-")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = chromium.new_page(base_url=view)
        page.goto("/releases/shop/testing")
        assert Axe().run(page).violations_count == 0
        sign_in_there(page, f"tess-{mark}")
        page.wait_for_url(f"{view}/releases/shop/testing")
        page.goto("/")
        assert page.get_by_text(f"Signed in as tess-{mark}").is_visible()
        assert "1.0.0" in page.content()
        assert "0.9.0" not in page.content()
        page.get_by_role("button", name="Sign out").click()
        page.goto("/")
        assert page.get_by_role("heading", level=1).text_content() == "Sign in"
        # The forge knows them still, and asks nothing twice.
        page.get_by_role("link", name="Sign in with 127.0.0.1").click()
        page.wait_for_url(f"{view}/")
        assert page.get_by_text(f"Signed in as tess-{mark}").is_visible()

        other = chromium.new_context(base_url=view).new_page()
        other.goto("/")
        sign_in_there(other, f"otto-{mark}")
        other.wait_for_url(f"{view}/")
        assert other.get_by_text(f"Signed in as otto-{mark}").is_visible()
        assert "1.0.0" not in other.content()
        chromium.close()
