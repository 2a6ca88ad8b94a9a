"""Two sandboxes on one machine share no socket of SeaweedFS."""

import subprocess
import uuid
from pathlib import Path

import pytest

from sandbox import s3


@pytest.mark.sandbox
def test_what_it_writes_to_tmp_stands_in_a_folder_of_its_own(tmp_path: Path) -> None:
    name, folder = f"sandbox-{uuid.uuid4().hex}.sock", tmp_path / "own"
    argv = s3.with_its_own_tmp(["sh", "-c", f"echo $$ > /tmp/{name}"], folder)
    started = subprocess.Popen(argv)
    assert started.wait(10) == 0
    assert (folder / name).read_text() == f"{started.pid}\n", "who ends it by its pid ends it"
    assert not Path("/tmp", name).exists()
    assert str(folder) not in Path("/proc/mounts").read_text()
