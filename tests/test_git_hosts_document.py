"""docs/git-hosts.md, as a reader follows it on the sandbox's forge: what its `console` blocks say to do."""

import base64
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.address import Address
from sandbox.forge import Forge
from sandbox.seed.commands import clean_environment
from tests.told import Shell, not_said, steps

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "git-hosts.md"
HEADWAY_YAML = b"application: bookshop\nenvironments:\n  testing:\n    charts: s3://bookshop-charts-testing\n"

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(120)]


@pytest.fixture
def bookshop(forge: Forge) -> Iterator[None]:
    """The repository that the document speaks of."""
    headers = {"Authorization": f"token {forge.token}"}
    place = f"/repos/{forge.admin}/bookshop"
    with httpx.Client(base_url=f"{forge.url}/api/v1", headers=headers, timeout=30) as client:
        client.delete(place)
        client.post("/user/repos", json={"name": "bookshop", "default_branch": "main"}).raise_for_status()
        content = {"content": base64.b64encode(HEADWAY_YAML).decode(), "message": "Begin", "branch": "main"}
        client.post(f"{place}/contents/headway.yaml", json=content).raise_for_status()
        yield
        client.delete(place).raise_for_status()


@pytest.fixture
def shell(sandbox: Address, tmp_path: Path) -> Iterator[Shell]:
    path = os.pathsep.join([str(sandbox.bin), str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {"PYTHONPATH": str(ROOT), "HEADWAY": str(ROOT), "PATH": path}
    shell = Shell(tmp_path, {**clean_environment(), **own, "PREFECT_API_URL": sandbox.prefect_api})
    try:
        yield shell
    finally:
        shell.close()


@pytest.mark.usefixtures("bookshop")
def test_a_deploy_key_opens_a_repository_as_the_document_tells_it(shell: Shell) -> None:
    told = steps(DOCUMENT.read_text())
    assert told
    for step in told:
        code, said = shell.run(step.command, 60)
        where = f"{DOCUMENT.name}:{step.line}: {step.command}"
        assert code == 0, f"{where} ended with {code}:\n{said}"
        assert not (missing := not_said(step.shown, said)), f"{where} did not say {missing!r}, but:\n{said}"
