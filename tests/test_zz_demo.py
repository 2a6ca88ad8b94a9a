"""The demo's story, told once. Its name puts it after every other test."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.cluster
@pytest.mark.timeout(1500)
def test_the_story_ends_as_told() -> None:
    argv = [sys.executable, "-m", "sandbox", "demo"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    table = done.stdout.partition("\nstep ")[2]
    rows = [line for line in table.splitlines() if "as told" in line]
    assert len(rows) == 14, table
    assert "FAILED" not in table
