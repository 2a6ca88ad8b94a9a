"""docs/first-application.md, as a reader follows it: every command in it, on the sandbox.

Prefect's server and worker are the test's own: on the sandbox's nobody knows what else is under way.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from sandbox import address as sandbox_address
from sandbox.demo.cluster_truth import ClusterTruth
from sandbox.failure import SandboxError
from sandbox.seed import Layout, buckets
from sandbox.seed.commands import clean_environment, go_environment, program, run
from tests.prefect.conftest import Patient, environment_of, running_server
from tests.prefect.worker_bench import kill_session
from tests.told import Shell, Step, not_said, steps

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "first-application.md"
LOOKS = ("headway status", "headway approve tea production --show", "headway audit")
"""What only looks is done again until it shows what the document shows: runs go on beside the reader."""
PATIENCE_SECONDS = 120
QUIET_SECONDS = 2
"""Within which a run is there that the end of another starts."""

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


@pytest.fixture
def own_prefect(tmp_path: Path, kept: Path, sandbox: sandbox_address.Address) -> Iterator[dict[str, str]]:
    """Settings of a server that has a worker and knows nothing yet."""
    home = tmp_path / "prefect"
    home.mkdir()
    environment = environment_of(home)
    with running_server(home, environment, kept), worker(home, environment, sandbox):
        yield {name: environment[name] for name in ("PREFECT_HOME", "PREFECT_API_URL")}


@contextmanager
def worker(home: Path, environment: Mapping[str, str], sandbox: sandbox_address.Address) -> Iterator[None]:
    """It has made the work pool, and runs what is started within seconds."""
    path = os.pathsep.join([str(sandbox.bin), str(Path(sys.executable).parent), os.environ["PATH"]])
    settings = {"PYTHONPATH": str(ROOT), "PATH": path}
    with (home / "worker.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "headway", "worker", "start"],
            env={**environment, **settings},
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for_pool(environment["PREFECT_API_URL"])
        yield
    finally:
        # Told to end it would wait for its runs; what they run against is taken away next.
        kill_session(process)


def wait_for_pool(api: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while httpx.get(f"{api}/work_pools/headway").status_code != 200:
        assert time.monotonic() < until, "the worker made no work pool"
        time.sleep(0.5)


@pytest.fixture
def shell(sandbox: sandbox_address.Address, tmp_path: Path) -> Iterator[Shell]:
    """In the clone, of somebody who has used nothing yet."""
    layout = Layout(sandbox, "tea")
    forget(layout)
    kept = {name: value for name, value in clean_environment().items() if not name.startswith("PREFECT_")}
    person = {
        f"GIT_{role}_{what}": "ada@example.com"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    own = {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path), "GOCACHE": go_cache()}
    shell = Shell(ROOT, {**kept, **go_environment(), **person, **own})
    try:
        yield shell
    finally:
        with suppress(ProcessLookupError):
            os.killpg(shell.group, signal.SIGTERM)
        shell.close()
        forget(layout)


def test_the_story_is_as_the_document_tells_it(shell: Shell, own_prefect: dict[str, str]) -> None:
    for step in steps(DOCUMENT.read_text()):
        begun = time.monotonic()
        code, said = done(shell, step, own_prefect["PREFECT_API_URL"])
        print(f"$ {step.command}\n{said}({time.monotonic() - begun:.1f} s)")
        where = f"{DOCUMENT.name}:{step.line}: {step.command}"
        assert code == 0, f"{where} ended with {code}:\n{said}"
        assert not (missing := not_said(step.shown, said)), f"{where} did not say {missing!r}, but:\n{said}"
        if "sandbox env" in step.command:
            shell.run("export " + " ".join(f"{name}={value}" for name, value in own_prefect.items()), 10)


def done(shell: Shell, step: Step, api: str) -> tuple[int, str]:
    until = time.monotonic() + PATIENCE_SECONDS
    looks = step.command.startswith(LOOKS)
    while True:
        if looks:
            wait_for_runs(api, until)
        code, said = shell.run(step.command, PATIENCE_SECONDS)
        as_told = code == 0 and not not_said(step.shown, said)
        if as_told or not looks or time.monotonic() > until:
            return code, said


def wait_for_runs(api: str, until: float) -> None:
    """Until none is under way: each look is a process that takes processor time, which they need."""
    types = {"any_": ["SCHEDULED", "PENDING", "RUNNING"]}
    quiet_since = time.monotonic()
    with httpx.Client(base_url=api, transport=Patient()) as server:
        while time.monotonic() - quiet_since < QUIET_SECONDS and time.monotonic() < until:
            time.sleep(0.5)
            begun = {"before_": datetime.now(UTC).isoformat()}
            under_way = {"flow_runs": {"state": {"type": types}, "expected_start_time": begun}}
            if server.post("/flow_runs/count", json=under_way).raise_for_status().json():
                quiet_since = time.monotonic()


def forget(layout: Layout) -> None:
    """What an earlier reader left, and this one."""
    shutil.rmtree(layout.remotes, ignore_errors=True)
    ClusterTruth(layout).delete_namespaces()
    buckets.delete(layout)
    crane = program(layout.address.bin, "crane")
    try:
        tags = run([crane, "ls", layout.image("catalog")]).split()
    except SandboxError:
        return
    for digest in {run([crane, "digest", f"{layout.image('catalog')}:{tag}"]) for tag in tags}:
        run([crane, "delete", f"{layout.image('catalog')}@{digest}"])


def go_cache() -> str:
    """What Go has built already."""
    return run(["go", "env", "GOCACHE"], environment=go_environment())
