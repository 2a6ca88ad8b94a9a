"""Secrets are decrypted by the real sops, into memory, and never needed for rendering."""

import stat
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest
import yaml

from headway.clients import sops
from headway.errors import BadInput
from headway.formats.secret_placeholders import is_encrypted, placeholders

CLEAR = "db:\n  password: hunter22\n  port: 5432\n  tls: true\n  ratio: 1.5\n  list: [alpha]\n"


@pytest.fixture
def key(tmp_path: Path) -> pyrage.x25519.Identity:
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "key.txt").write_text(f"{identity}\n")
    return identity


@pytest.fixture
def encrypted(key: pyrage.x25519.Identity, tmp_path: Path) -> bytes:
    clear = tmp_path / "clear.yaml"
    clear.write_text(CLEAR)
    program = Path(sys.executable).with_name("sops")
    return subprocess.run(
        [program, "encrypt", "--age", str(key.to_public()), clear], check=True, capture_output=True
    ).stdout


def test_decrypts_with_the_key(encrypted: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(tmp_path / "key.txt"))
    assert is_encrypted(encrypted)
    assert yaml.safe_load(sops.decrypt(encrypted, "secrets/testing.yaml")) == yaml.safe_load(CLEAR)
    with sops.memory_files([sops.decrypt(encrypted, "secrets/testing.yaml")]) as (path,):
        assert path.is_relative_to("/dev/shm")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert b"hunter22" in path.read_bytes()
    assert not path.parent.exists()


def test_a_missing_key_names_the_file_and_says_what_to_do(
    encrypted: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOPS_AGE_KEY_FILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(sops.MissingKey, match=r"secrets/testing\.yaml: no key.*SOPS_AGE_KEY_FILE"):
        sops.decrypt(encrypted, "secrets/testing.yaml")


def test_a_file_changed_behind_sops_back_is_bad_input(
    encrypted: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(tmp_path / "key.txt"))
    changed = encrypted.replace(b"db:\n", b"db:\n    added: x\n", 1)
    with pytest.raises(BadInput, match=r"secrets/testing\.yaml: sops cannot decrypt it") as raised:
        sops.decrypt(changed, "secrets/testing.yaml")
    assert not isinstance(raised.value, sops.MissingKey)
    assert "hunter22" not in str(raised.value)


def test_plain_files_are_given_back() -> None:
    assert not is_encrypted(CLEAR.encode())
    assert sops.decrypt(CLEAR.encode(), "values.yaml") == CLEAR.encode()


def test_placeholders_have_the_types_of_the_secrets(encrypted: bytes) -> None:
    assert yaml.safe_load(placeholders(encrypted)) == {
        "db": {"password": "placeholder", "port": 0, "tls": False, "ratio": 0.5, "list": ["placeholder"]}
    }
