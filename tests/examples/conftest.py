"""The example as a fixture, and the programs that its tests run."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from sandbox import places
from sandbox.seed.commands import clean_environment, go_environment

EXAMPLE = places.ROOT / "examples" / "shop"
REPOSITORIES = {
    "catalog": EXAMPLE / "services" / "catalog",
    "cart": EXAMPLE / "services" / "cart",
    "storefront": EXAMPLE / "services" / "storefront",
    "tests": EXAMPLE / "tests",
    "application": EXAMPLE / "application",
}

Run = Callable[..., "subprocess.CompletedProcess[str]"]
environment_with_go = cache(go_environment)


@pytest.fixture
def run() -> Run:
    """Runs a command with a commit's author set, and returns what it did."""
    author = {
        f"GIT_{role}_{what}": "tester@example.com"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }

    def command(
        argv: Sequence[str | Path], cwd: Path, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        env: Mapping[str, str] = {**clean_environment(), **environment_with_go(), **author, **environment}
        return subprocess.run(
            list(map(str, argv)), cwd=cwd, env=env, capture_output=True, text=True, check=False
        )

    return command


@pytest.fixture
def repository(tmp_path: Path, run: Run) -> Callable[[str], Path]:
    """Makes a git repository with one commit out of the example's folder of that name."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(REPOSITORIES[name], folder)
        for argv in (
            ["git", "init", "--quiet", "--initial-branch=main"],
            ["git", "remote", "add", "origin", f"https://user:secret@git.example.com/shop/{name}.git"],
            ["git", "add", "--all"],
            ["git", "commit", "--quiet", "--message", "Begin"],
        ):
            done = run(argv, folder)
            assert done.returncode == 0, done.stderr
        return folder

    return make


@pytest.fixture
def sops() -> Path:
    return places.VENV / "bin" / "sops"


@pytest.fixture(scope="session")
def helm() -> str:
    """Helm as the sandbox has it: a test without it fails, and says what to do."""
    for candidate in (os.environ.get("HEADWAY_HELM"), places.STATE / "bin" / "helm", shutil.which("helm")):
        if candidate and Path(candidate).exists():
            return str(candidate)
    pytest.fail("helm is not built: run make sandbox")
