"""A repository on a real Gitea whose branch is protected."""

import secrets
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.forge import Forge
from tests.git_remote import GitRemote


class Hosted:
    """A repository there, with what is pushed to it before its branch is protected."""

    def __init__(self, remote: GitRemote, forge: Forge, client: httpx.Client) -> None:
        self._client = client
        name = f"shop-{secrets.token_hex(4)}"
        self.at = f"/repos/{forge.admin}/{name}"
        self.page = f"{forge.url}/{forge.admin}/{name}"
        self.api("POST", "/user/repos", name=name, auto_init=True, default_branch="main")
        host = forge.url.removeprefix("http://")
        pushed = f"http://{forge.admin}:{forge.password}@{host}/{forge.admin}/{name}.git"
        subprocess.run(["git", "push", "-q", "--force", pushed, "main"], cwd=remote.path, check=True)
        self.api("POST", f"{self.at}/branch_protections", rule_name="main", enable_push=False)

    def api(self, method: str, path: str, **body: Any) -> Any:
        answer = self._client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    @property
    def open(self) -> list[Any]:
        return list(self.api("GET", f"{self.at}/pulls?state=open"))

    def merge_by_hand(self, number: int) -> None:
        """As a person presses the button: once more, as long as the host has not looked whether it merges."""
        for _ in range(150):
            answer = self._client.post(f"{self.at}/pulls/{number}/merge", json={"Do": "merge"})
            if answer.is_success:
                return
            assert "try again later" in answer.text, answer.text
            time.sleep(0.1)
        pytest.fail("the forge never looks")

    def values(self, branch: str = "main") -> str:
        return self._client.get(f"{self.at}/raw/values.yaml?ref={branch}").text


@pytest.fixture
def client(forge: Forge) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"token {forge.token}"}
    with httpx.Client(base_url=f"{forge.url}/api/v1", headers=headers, timeout=30) as client:
        yield client
