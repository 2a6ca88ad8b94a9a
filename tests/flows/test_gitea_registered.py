"""`write: pull-request` on a real Gitea as an operator registers it: by blocks, on flow runs, over https and ssh."""

import base64
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

import blocks
from flows.supply import supply
from sandbox.forge import PORT, Forge
from tests.flows.hosted import Hosted, client
from tests.front import certified, front
from tests.hosted_git import host_keys, made_key
from tests.small_application import SmallApplication

__all__ = ["client"]

pytestmark = pytest.mark.sandbox


@dataclass(frozen=True)
class Way:
    """Of git to the forge, and that of the API beside it."""

    git_url: str
    credentials: blocks.GitCredentials
    forge_url: str


@contextmanager
def by_https(hosted: Hosted, forge: Forge, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Way]:
    certificates = certified(folder / "pki")
    patch.setenv("SSL_CERT_FILE", str(certificates / "ca.crt"))
    patch.delenv("GIT_SSL_CAINFO", raising=False)
    user = blocks.GitCredentials(username=forge.admin, password=SecretStr(forge.password))
    with front(PORT, certificates=certificates) as tls:
        url = f"https://127.0.0.1:{tls.port}"
        yield Way(hosted.page.replace(forge.url, url) + ".git", user, url)


@contextmanager
def by_ssh(hosted: Hosted, forge: Forge, folder: Path, _: pytest.MonkeyPatch) -> Iterator[Way]:
    key = made_key(folder)
    hosted.api("POST", f"{hosted.at}/keys", title="headway", key=key.public, read_only=False)
    deploy_key = blocks.GitCredentials(ssh_key=SecretStr(key.private), known_hosts=host_keys(forge.ssh))
    yield Way(hosted.page.replace(forge.url, forge.git_over_ssh) + ".git", deploy_key, forge.url)


@pytest.mark.parametrize("way", [by_https, by_ssh])
@pytest.mark.usefixtures("prefect_server", "as_the_worker")
def test_as_an_operator_registers_it(
    way: Callable[..., AbstractContextManager[Way]],
    tmp_path: Path,
    forge: Forge,
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the blocks, on flow runs: a chart that changed under its version waits for the next version to be merged."""
    small = SmallApplication(tmp_path, "on-gitea").begin("write: pull-request")
    hosted = Hosted(small.git, forge, client)
    with way(hosted, forge, tmp_path, monkeypatch) as opened:
        registered(small, opened, forge)
        is_proposed_merged_and_published(small, hosted)


def registered(small: SmallApplication, way: Way, forge: Forge) -> None:
    git = way.credentials
    token = blocks.ForgeCredentials(kind="gitea", url=way.forge_url, token=SecretStr(forge.token))
    for made, name in ((git, "on-gitea"), (token, "on-gitea")):
        made.save(name, overwrite=True)
    blocks.Application(
        git_url=way.git_url,
        git_credentials=blocks.GitCredentials.load("on-gitea"),
        forge_credentials=blocks.ForgeCredentials.load("on-gitea"),
        local_folders=[str(small.git.path.parent)],
    ).save(small.name, overwrite=True)


def is_proposed_merged_and_published(small: SmallApplication, hosted: Hosted) -> None:
    supply(small.name)
    assert [entry.version for entry in small.charts.entries("small")] == ["0.1.0"]
    hosted.api("POST", f"{hosted.at}/branches", new_branch_name="theirs", old_branch_name="main")
    values = hosted.api("GET", f"{hosted.at}/contents/values.yaml?ref=theirs")
    changed = base64.b64encode(b"text: another\n").decode()
    hosted.api(
        "PUT",
        f"{hosted.at}/contents/values.yaml",
        branch="theirs",
        content=changed,
        message="Change",
        sha=values["sha"],
    )
    theirs = hosted.api("POST", f"{hosted.at}/pulls", head="theirs", base="main", title="Change", body="")
    hosted.merge_by_hand(theirs["number"])

    for _ in range(2):
        supply(small.name)
        (ours,) = hosted.open
        assert ours["head"]["ref"] == "headway/on-gitea"
        assert [entry.version for entry in small.charts.entries("small")] == ["0.1.0"]
    hosted.merge_by_hand(ours["number"])
    supply(small.name)
    assert [entry.version for entry in small.charts.entries("small")] == ["0.1.1", "0.1.0"]
