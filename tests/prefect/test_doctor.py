"""`headway doctor` against a real Prefect server, without a worker, with an application in folders."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from headway.cli import doctor, prefect_checkup
from headway.clients.git import GitCredentials
from tests.blocks.test_git_credentials import KEY
from tests.prefect.test_command_line import headway, headway_itself, remote

__all__ = ["remote"]

DEPLOYMENTS = Path(__file__).resolve().parents[2] / "deployments.yaml"


def lines(said: str) -> dict[str, dict[str, Any]]:
    return {each["what"]: each for each in json.loads(said)}


def test_the_deployments_that_are_asked_for_are_those_that_there_are() -> None:
    import yaml

    declared = yaml.safe_load(DEPLOYMENTS.read_text())["deployments"]
    flows = [each["entrypoint"].rpartition(".")[2].replace("_", "-") for each in declared]
    named = [f"{flow}/{each['name']}" for flow, each in zip(flows, declared, strict=True)]
    assert sorted(prefect_checkup.DEPLOYMENTS) == sorted(named)


def test_the_key_that_opens_git_is_named_as_git_hosts_list_it() -> None:
    said = doctor.opened_by(GitCredentials(ssh_key=KEY))
    assert re.fullmatch(r"; git by the key ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}", said)
    assert (doctor.opened_by(None), doctor.opened_by(GitCredentials("ada", "a-token"))) == ("", "")


def test_without_a_server_all_else_is_tried(remote: Path, prefect_environment: dict[str, str]) -> None:
    (remote / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
    folder = f"application: shop\nenvironments: {{testing: {{charts: 'file://{remote}'}}}}\n"
    (remote / "headway.yaml").write_text(folder)
    nobody = {name: value for name, value in prefect_environment.items() if name != "PREFECT_API_URL"}
    done = headway_itself("doctor", "-f", str(remote), "-o", "json", environment=nobody)
    assert done.returncode == 1, done.stderr
    found = lines(done.stdout)
    assert found["Prefect server"]["says"] == "no Prefect server is named"
    assert {found[each]["result"] for each in ("deployments", "worker", "cluster")} == {"unknown"}
    assert found["headway.yaml"]["result"] == "ok"
    assert found["charts write"]["result"] == "ok"
    assert found["git fetch"]["remedy"] == "git remote add origin URL"


def test_either_an_application_or_a_file_is_named() -> None:
    done = headway("doctor")
    assert done.returncode == 1
    assert "before it is registered: headway doctor -f headway.yaml." in done.stderr


@pytest.mark.sandbox
@pytest.mark.usefixtures("deployed", "in_prefect")
def test_what_a_server_has_not_is_named_with_its_remedy(remote: Path) -> None:
    done = headway("doctor", "nobody", "-o", "json")
    found = lines(done.stdout)
    assert done.returncode == 1
    assert found["Prefect server"]["result"] == found["deployments"]["result"] == "ok"
    assert (found["worker"]["result"], found["worker"]["says"]) == ("missing", "no worker is online")
    assert found["block"]["remedy"] == "Register it: headway add URL."
    assert headway("add", f"file://{remote}").returncode == 0
    found = lines(headway("doctor", remote.name, "-o", "json").stdout)
    assert found["chart"]["result"] == "missing", "it has no Chart.yaml"
