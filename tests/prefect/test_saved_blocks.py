"""`headway add` with clusters and credentials, `headway blocks` and `headway remove` against a real Prefect server."""

import json
from pathlib import Path

import httpx
import pytest

from headway.cli.saved_blocks import says
from tests.formats.test_kubeconfig_part import WHOLE
from tests.prefect.test_command_line import created_run, headway, remote

__all__ = ["remote"]
SECRET = "correct-horse-battery-staple"


def test_no_field_that_may_hold_a_secret_is_said() -> None:
    data = {
        "username": "ada",
        "password": SECRET,
        "kubeconfig": SECRET,
        "host": "r.example.com",
        "secret_key": SECRET,
    }
    assert says(data) == "host r.example.com, username ada, a kubeconfig"


def test_whom_commits_name_and_whether_they_are_signed_is_said() -> None:
    data = {"git_url": "file:///shop", "author": "Ada <ada@example.com>"}
    assert says(data) == "git url file:///shop, author Ada <ada@example.com>"
    assert says({**data, "signing_key": SECRET}) == f"{says(data)}, a signing key"
    assert says({"ssh_key": SECRET, "known_hosts": "h ssh-ed25519 AAAA"}) == "an ssh key, known hosts"


@pytest.mark.sandbox
@pytest.mark.usefixtures("deployed")
def test_an_application_with_its_blocks_from_add_to_remove(
    in_prefect: httpx.Client, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", str(in_prefect.base_url).rstrip("/"))
    name = remote.name
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(WHOLE.replace("certificate-authority: ca.crt", "insecure-skip-tls-verify: true"))
    for file in ("token", "key.pem"):
        (tmp_path / file).write_text(SECRET)
    words = ["add", f"file://{remote}", "--cluster", f"testing=eu@{kubeconfig}", "--git-user", "ada"]
    words += ["--git-token-from", str(tmp_path / "token")]

    def done(*arguments: str, code: int = 0) -> str:
        ended = headway(*arguments)
        assert ended.returncode == code, ended.stderr
        assert SECRET not in ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    before = in_prefect.post("/block_documents/filter", json={}).json()
    assert f"would save headway-cluster/{name}-testing: context eu at https://eu" in done(*words, "--dry-run")
    assert in_prefect.post("/block_documents/filter", json={}).json() == before
    assert f"saved headway-git-credentials/{name}: user ada" in done(*words)
    said = done("add", f"file://{remote}")
    assert (
        f"staging: there is no block headway-cluster/{name}-staging, which says where its cluster is" in said
    )
    assert f"{name}-testing" not in said
    found = {each["block"]: each for each in json.loads(done("blocks", name, "-o", "json"))}
    own = {f"headway-{kind}/{name}" for kind in ("application", "git-credentials")}
    assert found.keys() == own | {f"headway-cluster/{name}-testing"}
    assert found[f"headway-git-credentials/{name}"]["used_by"] == [name], "kept when it was registered again"

    deployment = in_prefect.get("/deployments/name/release/release").json()["id"]
    body = {"parameters": {"application": name, "environment": "testing"}}
    run = created_run(in_prefect, deployment, body)
    assert "Wait for it, or cancel it" in done("remove", name, code=1)
    waits = {"state": {"type": "PAUSED", "name": "Suspended"}, "force": True}
    in_prefect.post(f"/flow_runs/{run}/set_state", json=waits).raise_for_status()
    refused = done("remove", name, code=1)
    assert "waits for approval" in refused
    assert f"Answer it: headway reject {name} testing --reason WHY" in refused
    cancelled = {"state": {"type": "CANCELLED"}, "force": True}
    in_prefect.post(f"/flow_runs/{run}/set_state", json=cancelled).raise_for_status()
    assert f"would remove headway-application/{name}" in done("remove", name, "--dry-run")
    said = done("remove", name)
    assert f"stays: headway-cluster/{name}-testing, which nobody else uses" in said
    assert "to add it again with its credentials: headway add " in said
    assert f" --git-credentials {name}\n" in said
    assert f"no application '{name}' is registered" in done("remove", name, code=1)
