"""What a package gives to Helm in one environment: values in order, secrets in memory, and what must not be shown."""

import subprocess
import sys
from pathlib import Path

import pyrage
import pytest

from headway.workspace import release_content
from headway.workspace.release_content import ReleaseContent
from tests.clients.packages import archive

CLEAR = "db:\n  password: hunter22\n  pin: 12345678\n  user: shop\n"


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReleaseContent:
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "key.txt").write_text(f"{key}\n")
    (tmp_path / "clear.yaml").write_text(CLEAR)
    sops = Path(sys.executable).with_name("sops")
    encrypt = [sops, "encrypt", "--age", str(key.to_public()), tmp_path / "clear.yaml"]
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(tmp_path / "key.txt"))
    files = {
        "Chart.yaml": b"apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        "headway.yaml": b"application: shop\nenvironments: {testing: {charts: s3://testing}}\n",
        "values/testing.yaml": b"db: {name: main}\n",
        "secrets/testing.yaml": subprocess.run(encrypt, check=True, capture_output=True).stdout,
    }
    return release_content.read(
        archive({f"shop/{path}": data for path, data in files.items()}), "testing", "shop"
    )


def test_secrets_go_to_helm_with_the_values_and_are_not_printed(content: ReleaseContent) -> None:
    assert sorted(content.secrets) == ["12345678", "hunter22", "shop"]
    assert content.secret_paths == {("db", "password"), ("db", "pin"), ("db", "user")}
    with content.files() as files:
        assert [b"hunter22" in path.read_bytes() for path in files.paths] == [False, True]
        assert files.secrets == content.secrets
        assert "hunter22" not in repr((content, files))
