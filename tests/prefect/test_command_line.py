"""The commands against real parts: a git remote, a Prefect server; and what they say when one is missing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.settings import PREFECT_API_URL, temporary_settings

from blocks import Application
from headway.cli import main
from tests.prefect.test_events import runs_of

ROOT = Path(__file__).resolve().parents[2]
DECLARED = """\
application: {name}
services:
  cart: {{git: https://git.example.com/cart.git, image: registry.example.com/cart}}
environments:
  testing: {{charts: s3://testing}}
  staging: {{charts: s3://staging, after: testing}}
"""


Done = subprocess.CompletedProcess[str]


def headway_itself(*arguments: str, environment: dict[str, str] | None = None) -> Done:
    argv = [sys.executable, "-m", "headway", *arguments]
    return subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def headway(*arguments: str) -> Done:
    """In this process, which has loaded Prefect and knows its server."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = main(arguments)
    return Done(arguments, code, out.getvalue(), err.getvalue())


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A real git repository with the headway.yaml of an application of its folder's name."""
    folder = tmp_path / f"a-{uuid4().hex[:8]}"
    folder.mkdir()
    (folder / "headway.yaml").write_text(DECLARED.format(name=folder.name))
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    for command in (("init", "-q", "-b", "main"), ("add", "."), (*author, "commit", "-q", "-m", "Begin")):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def registered(prefect_api: str) -> Iterator[None]:
    """The application `cli`, whose repository nobody asks."""
    with temporary_settings({PREFECT_API_URL: prefect_api}):
        Application(git_url="https://git.example.com/cli.git").save("cli", overwrite=True)
    yield
    with temporary_settings({PREFECT_API_URL: prefect_api}):
        Application.delete("cli")


def test_check_says_what_a_headway_yaml_declares(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text(DECLARED.format(name="shop"))
    done = headway_itself("check", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "shop: services cart; environments testing -> staging\n"


def test_check_names_file_and_line_of_every_finding(tmp_path: Path) -> None:
    file = tmp_path / "headway.yaml"
    file.write_text(DECLARED.format(name="shop") + "gates: none\n")
    done = headway("check", str(file))
    assert done.returncode == 1
    assert f"{file}:7" in done.stderr
    assert "gates" in done.stderr


def test_check_holds_chart_yaml_against_charts_url(tmp_path: Path) -> None:
    declared = DECLARED.format(name="shop").replace(
        "s3://testing}", "s3://testing, charts_url: https://x/testing}"
    )
    (tmp_path / "headway.yaml").write_text(declared)
    chart = "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n"
    dependency = "- {{name: cart, version: 0.1.0, repository: {url}}}\n"
    (tmp_path / "Chart.yaml").write_text(chart + dependency.format(url="s3://testing"))
    done = headway("check", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"{tmp_path}/Chart.yaml:5: dependency cart names s3://testing; write repository:"
    )
    (tmp_path / "Chart.yaml").write_text(chart + dependency.format(url="https://x/testing"))
    assert headway("check", str(tmp_path)).returncode == 0


def test_check_names_kinds_that_there_are_not(tmp_path: Path) -> None:
    declared = DECLARED.format(name="shop").replace("s3://testing}", "s4://testing}")
    declared = declared.replace(
        "registry.example.com/cart}", "registry.example.com/cart, policy: {kind: newest}}"
    )
    (tmp_path / "headway.yaml").write_text(declared)
    done = headway("check", str(tmp_path))
    assert done.returncode == 1
    assert "services.cart.policy.kind: there is no image policy 'newest'" in done.stderr
    assert "Known: calver, commit-order, digest, exact," in done.stderr
    assert "environments.testing.charts: s4://testing: not the address of a chart repository" in done.stderr


def test_check_of_a_missing_file_says_so(tmp_path: Path) -> None:
    done = headway("check", str(tmp_path))
    assert done.returncode == 1
    assert f"{tmp_path}/headway.yaml: it cannot be read" in done.stderr


def test_wrong_usage_is_another_exit_code() -> None:
    assert headway("roll-back", "shop", "testing").returncode == 2


def test_a_prefect_server_that_does_not_answer_may_answer_later(prefect_environment: dict[str, str]) -> None:
    nobody = prefect_environment | {
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
        "PREFECT_CLIENT_MAX_RETRIES": "0",
    }
    done = headway_itself("deliver", "shop", environment=nobody)
    assert done.returncode == 75
    assert "Prefect server" in done.stderr
    assert "Traceback" not in done.stderr


def _added(remote: Path) -> str:
    name = remote.name
    return f"saved headway-application/{name}: file://{remote} main\n{name}: services cart; environments testing -> staging\n"


@pytest.mark.sandbox
def test_add_registers_an_application_under_its_own_name(in_prefect: httpx.Client, remote: Path) -> None:
    for _ in range(2):
        done = headway("add", f"file://{remote}")
        assert done.returncode == 0, done.stderr
        assert done.stdout == _added(remote)
    assert _registered_url(in_prefect, remote.name) == f"file://{remote}"


@pytest.mark.sandbox
def test_add_reads_a_policy_apart_from_headway_yaml_and_keeps_its_place(
    in_prefect: httpx.Client, remote: Path
) -> None:
    declared = DECLARED.format(name=remote.name)
    policy = declared[declared.index("environments:") :]
    content = declared.replace(policy, "environments: {testing: {}, staging: {}}\n")
    (remote / "headway.yaml").write_text(content)
    (remote / "policy.yaml").write_text(policy)
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    for command in (("add", "."), (*author, "commit", "-q", "-m", "Keep policy apart")):
        subprocess.run(["git", *command], cwd=remote, check=True)
    done = headway("add", f"file://{remote}")
    assert (done.returncode, "environments.testing.charts: is missing" in done.stderr) == (1, True)
    for more in (["--policy-path", "policy.yaml"], []):
        done = headway("add", f"file://{remote}", *more)
        assert done.returncode == 0, done.stderr
        assert done.stdout == _added(remote)
    found = in_prefect.get(f"/block_types/slug/headway-application/block_documents/name/{remote.name}").json()
    assert found["data"]["policy_path"] == "policy.yaml"


@pytest.mark.sandbox
def test_add_refuses_a_name_that_belongs_to_another_repository(
    in_prefect: httpx.Client, remote: Path
) -> None:
    assert headway("add", f"file://{remote}").returncode == 0
    other = remote.parent / "other"
    subprocess.run(["git", "clone", "-q", str(remote), str(other)], check=True)
    done = headway("add", f"file://{other}")
    assert done.returncode == 1
    assert f"registered already, for file://{remote}" in done.stderr
    assert f"headway remove {remote.name}, then this again" in " ".join(done.stderr.split())
    assert _registered_url(in_prefect, remote.name) == f"file://{remote}"


@pytest.mark.sandbox
def test_add_leads_no_cluster_of_another_application_elsewhere(
    in_prefect: httpx.Client, remote: Path, tmp_path: Path
) -> None:
    """The other one names the block that the first has by convention."""
    block = f"{remote.name}-testing"
    assert headway("add", f"file://{remote}", "--cluster", "testing=in-cluster").returncode == 0
    other = tmp_path / f"b-{uuid4().hex[:8]}"
    subprocess.run(["git", "clone", "-q", str(remote), str(other)], check=True)
    declared = DECLARED.format(name=other.name).replace("s3://testing}", f"s3://testing, cluster: {block}}}")
    (other / "headway.yaml").write_text(declared)
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *author, "commit", "-qam", "Share"], cwd=other, check=True)
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        "contexts: [{name: x, context: {cluster: x, user: x}}]\nusers: [{name: x, user: {token: a}}]\n"
        "clusters: [{name: x, cluster: {server: https://elsewhere}}]\n"
    )
    done = headway("add", f"file://{other}", "--cluster", f"testing=x@{kubeconfig}")
    assert done.returncode == 1
    assert (
        f"headway-cluster/{block}: {remote.name} would be led elsewhere: it opens https://elsewhere"
        in done.stderr
    )
    found = in_prefect.get(f"/block_types/slug/headway-cluster/block_documents/name/{block}").json()
    assert found["data"]["in_cluster"]
    assert headway("add", f"file://{other}", "--cluster", "testing=in-cluster").returncode == 0


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["--branch", "nowhere"], "nowhere", id="no-such-branch"),
        pytest.param(
            ["--s3-credentials", "none"], "there is no block headway-s3-credentials/none", id="no-such-block"
        ),
    ],
)
def test_add_changes_nothing_when_it_cannot_look(
    in_prefect: httpx.Client,
    remote: Path,
    arguments: list[str],
    says: str,
) -> None:
    before = in_prefect.post("/block_documents/filter", json={}).json()
    done = headway("add", f"file://{remote}", *arguments)
    assert done.returncode in (1, 75)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert in_prefect.post("/block_documents/filter", json={}).json() == before


@pytest.mark.sandbox
@pytest.mark.usefixtures("deployed", "registered")
@pytest.mark.parametrize(
    ("arguments", "deployment", "parameters"),
    [
        pytest.param(["deliver", "cli"], "deliver/deliver", {"application": "cli"}, id="deliver"),
        pytest.param(
            ["release", "cli", "testing", "--by", "Ada"],
            "release/release",
            {"application": "cli", "environment": "testing", "adopt": False, "by": "Ada", "reason": ""},
            id="release",
        ),
        pytest.param(
            ["promote", "cli", "testing", "--reason", "calm", "--by", "Ada"],
            "release/release",
            {
                "application": "cli",
                "environment": "testing",
                "reason": "calm",
                "by": "Ada",
                "promote": "newest",
            },
            id="promote",
        ),
        pytest.param(
            ["freeze", "cli", "testing", "--reason", "audit", "--by", "Ada"],
            "freeze/freeze",
            {"application": "cli", "environment": "testing", "reason": "audit", "by": "Ada"},
            id="freeze",
        ),
        pytest.param(
            ["lift", "cli", "testing", "hold", "--reason", "fixed", "--by", "Ada"],
            "lift/lift",
            {"application": "cli", "environment": "testing", "what": "hold", "reason": "fixed", "by": "Ada"},
            id="lift",
        ),
        pytest.param(
            ["roll-back", "cli", "testing", "--reason", "slow", "--version", "1.2.3", "--by", "Ada"],
            "roll-back/roll-back",
            {
                "application": "cli",
                "environment": "testing",
                "reason": "slow",
                "version": "1.2.3",
                "by": "Ada",
            },
            id="roll-back",
        ),
    ],
)
def test_a_command_starts_a_run_and_says_where_to_see_it(
    in_prefect: httpx.Client,
    arguments: list[str],
    deployment: str,
    parameters: dict[str, str],
) -> None:
    done = headway(*arguments)
    assert done.returncode == 0, done.stderr
    run = in_prefect.get(f"/flow_runs/{done.stdout.strip().rpartition('/')[2]}").json()
    assert run["deployment_id"] == in_prefect.get(f"/deployments/name/{deployment}").json()["id"]
    assert {key: value for key, value in run["parameters"].items() if value is not None} == parameters


@pytest.mark.sandbox
@pytest.mark.usefixtures("deployed")
def test_a_hint_of_ci_starts_a_delivery(in_prefect: httpx.Client) -> None:
    application = f"a-{uuid4().hex[:8]}"
    Application(git_url="https://git.example.com/shop/application.git").save(application)
    image = ("registry.example.com/shop/cart", "main-0a1b2c3")
    done = headway("hint", "image", *image, "--application", application)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"headway.image.pushed: headway.application.{application}\n"
    (run,) = runs_of(in_prefect, application, count=1)
    said = {"event": "headway.image.pushed", "repository": image[0], "tag": image[1]}
    assert run["parameters"] == {"application": application, "hint": said}


@pytest.mark.sandbox
@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("answer", [pytest.param([], id="yes"), pytest.param(["--reject"], id="no")])
def test_approve_shows_the_plan_and_answers_it(in_prefect: httpx.Client, answer: list[str]) -> None:
    """The waiting run is put into the state in which suspend_flow_run leaves it."""
    environment = f"e{len(answer)}"
    run = _waiting_run(in_prefect, environment, plan="# Plan\n\nDeployment cart: image changes")
    shown = headway("approve", "cli", environment, "--show")
    assert shown.stdout == "# Plan\n\nDeployment cart: image changes\n"
    assert in_prefect.get(f"/flow_runs/{run}").json()["state"]["type"] == "PAUSED"
    done = headway("approve", "cli", environment, "--approver", "Ada", *answer)
    assert done.returncode == 0, done.stderr
    assert "Deployment cart: image changes" in done.stdout
    said = json.loads(in_prefect.get(f"/flow_runs/{run}/input/gate-response").text)
    assert said == {"approved": not answer, "approver": "Ada", "comment": ""}
    assert in_prefect.get(f"/flow_runs/{run}").json()["state"]["type"] == "SCHEDULED"


def _registered_url(client: httpx.Client, application: str) -> str:
    found = client.get(f"/block_types/slug/headway-application/block_documents/name/{application}")
    return str(found.json()["data"]["git_url"])


def created_run(client: httpx.Client, deployment: str, body: dict[str, Any]) -> str:
    made = client.post(f"/deployments/{deployment}/create_flow_run", json=body).raise_for_status()
    return str(made.json()["id"])


def _waiting_run(client: httpx.Client, environment: str, plan: str) -> str:
    deployment = client.get("/deployments/name/release/release").json()["id"]
    body = {"parameters": {"application": "cli", "environment": environment}}
    run = created_run(client, deployment, body)
    keyset = {"description": "gate-description", "response": "gate-response", "schema": "gate-schema"}
    schema = {"type": "object", "properties": {"approved": {"type": "boolean"}}, "required": ["approved"]}
    for key, value in (("gate-description", plan), ("gate-schema", schema)):
        client.post(
            f"/flow_runs/{run}/input", json={"key": key, "value": json.dumps(value)}
        ).raise_for_status()
    running = {"state": {"type": "RUNNING"}, "force": True}
    client.post(f"/flow_runs/{run}/set_state", json=running).raise_for_status()
    details = {"pause_reschedule": True, "run_input_keyset": keyset, "pause_timeout": "2100-01-01T00:00:00Z"}
    paused = {"state": {"type": "PAUSED", "name": "Suspended", "state_details": details}, "force": True}
    client.post(f"/flow_runs/{run}/set_state", json=paused).raise_for_status()
    return run


@pytest.mark.sandbox
def test_people_are_told_by_automations_that_are_there_once(in_prefect: httpx.Client) -> None:
    name = f"team-{uuid4().hex[:8]}"
    CustomWebhookNotificationBlock(name=name, url="http://127.0.0.1:9/told").save(name)
    arguments = ("notify", "--block", f"custom-webhook/{name}", "--application", name)
    for said in ("made", "there already"):
        done = headway(*arguments)
        assert done.returncode == 0, done.stderr
        kinds = ("waits", "released", "rolled-back", "frozen")
        assert done.stdout.splitlines() == [f"headway {kind} of {name}: {said}" for kind in kinds]
    found = in_prefect.post("/automations/filter", json={}).raise_for_status().json()
    ours = [each for each in found if each["name"].endswith(name)]
    assert sorted(each["trigger"]["expect"][0] for each in ours) == [
        "headway.release.frozen",
        "headway.release.rolled-back",
        "headway.release.tested",
        "headway.release.waits",
    ]
    assert headway("notify", "--block", "custom-webhook/none").returncode == 1
