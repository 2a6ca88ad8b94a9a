"""The contract of git hosts on a real one: Gitea, in the sandbox."""

import base64
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from headway.clients import side_by_side
from headway.clients.forge import FileChange, Forge, GiteaForge
from headway.errors import Conflict
from headway.formats.git_object import blob_name
from headway.model.credentials import ForgeCredentials
from sandbox import forge as sandbox_forge
from tests.clients.forge_contract import AUTHOR, VALUES, ForgeContract, Repository, branch, write

pytestmark = pytest.mark.sandbox
assert branch


class RealGitea:
    """With what an administrator sees and does; `?sudo=` as somebody else."""

    comments_on_commits = False

    def __init__(self, sandbox: sandbox_forge.Forge, client: httpx.Client) -> None:
        self._sandbox, self._client = sandbox, client
        name = f"shop-{secrets.token_hex(4)}"
        self._api("POST", "/user/repos", name=name, auto_init=True, default_branch="main")
        self._another = self._somebody()
        self.url = f"{sandbox.url}/{sandbox.admin}/{name}"
        self._at = f"/repos/{sandbox.admin}/{name}"
        self.forge: Forge = self._forge(f"{self.url}.git", sandbox.token)

    def new_branch(self, name: str) -> None:
        self._ask("POST", "/branches", new_branch_name=name, old_branch_name="main")

    def write(self, branch: str, path: str, content: bytes) -> str:
        there = self._client.get(f"{self._at}/contents/{path}", params={"ref": branch})
        known = {"sha": there.json()["sha"]} if there.is_success else {}
        encoded = base64.b64encode(content).decode()
        body = {"branch": branch, "message": "Take cart 2", "content": encoded}
        said = self._ask("PUT" if known else "POST", f"/contents/{path}", **body, **known)
        return str(said["commit"]["sha"])

    def newest(self) -> tuple[str, int]:
        (newest, *_) = self._ask("GET", "/commits?sha=main&limit=1")
        return newest["commit"]["message"].strip(), len(newest["parents"])

    def read(self, branch: str, path: str) -> bytes | None:
        said = self._client.get(f"{self._at}/raw/{path}", params={"ref": branch})
        return said.content if said.is_success else None

    def changed(self, commit: str) -> tuple[str, str, list[str]]:
        said = self._ask("GET", f"/git/commits/{commit}")
        known = said["commit"]
        return known["message"], known["author"]["name"], [each["sha"] for each in said["parents"]]

    def head(self, branch: str) -> str:
        return str(self._ask("GET", f"/branches/{branch}")["commit"]["id"])

    def statuses(self, commit: str) -> list[tuple[str, str, str]]:
        said = self._ask("GET", f"/statuses/{commit}")
        said.sort(key=lambda each: each["id"], reverse=True)
        return [(each["context"], each["status"], each["target_url"]) for each in said]

    def comments(self, on: int | str) -> list[str]:
        return [each["body"] for each in self._ask("GET", f"/issues/{on}/comments")]

    def somebody_comments(self, on: int | str, text: str) -> None:
        self._ask("POST", f"/issues/{on}/comments?sudo={self._another}", body=text)

    def somebody_proposes(self, branch: str) -> int:
        # A fork has the branches that were there, and nobody has two.
        self._another = self._somebody()
        self._ask("POST", f"/forks?sudo={self._another}")
        theirs = {"head": f"{self._another}:{branch}", "base": "main", "title": "Take cart 2", "body": ""}
        return int(self._ask("POST", f"/pulls?sudo={self._another}", **theirs)["number"])

    def _somebody(self) -> str:
        name = f"somebody-{secrets.token_hex(4)}"
        who = {"username": name, "email": f"{name}@sandbox.invalid", "password": secrets.token_urlsafe(16)}
        self._api("POST", "/admin/users", **who, must_change_password=False)
        return name

    def stranger(self) -> Forge:
        return self._forge(self.url, "0" * 40)

    def nowhere(self) -> Forge:
        return self._forge(f"{self.url}-gone", self._sandbox.token)

    def _forge(self, url: str, token: str) -> Forge:
        return GiteaForge(url, ForgeCredentials(token, self._sandbox.url))

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        return self._api(method, f"{self._at}{path}", **body)

    def _api(self, method: str, path: str, **body: Any) -> Any:
        answer = self._client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def repository(forge: sandbox_forge.Forge) -> Iterator[Repository]:
    headers = {"Authorization": f"token {forge.token}"}
    with httpx.Client(base_url=f"{forge.url}/api/v1", headers=headers, timeout=30) as client:
        made = RealGitea(forge, client)
        write(made, b"cart: 1\n")
        yield made


class TestGitea(ForgeContract):
    def test_of_several_at_once_one_writes_and_the_others_are_told(
        self, repository: Repository, branch: str
    ) -> None:
        before = repository.head(branch)
        over = blob_name(repository.read(branch, VALUES) or b"")

        def written(number: int) -> str:
            changes = [FileChange(VALUES, b"cart: %d\n" % number, over), FileChange(f"lock-{number}", b"1")]
            try:
                return repository.forge.update_files(branch, changes, "Update cart", AUTHOR, on=before)
            except Conflict:
                return ""

        (made,) = filter(None, side_by_side.each(written, range(4), 4))
        assert repository.head(branch) == made
        assert repository.changed(made)[2] == [before]
