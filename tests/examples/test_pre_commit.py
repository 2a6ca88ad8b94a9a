"""The application's hook refuses decrypted secrets, shown by real commits."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.seed.layout import DEMO_AGE_KEY
from tests.examples.conftest import Run


@pytest.fixture
def application(repository: Callable[[str], Path], run: Run) -> Path:
    folder = repository("application")
    assert run(["git", "config", "core.hooksPath", "hooks"], folder).returncode == 0
    return folder


def commit(folder: Path, run: Run) -> tuple[bool, str]:
    assert run(["git", "add", "--all", "--force"], folder).returncode == 0
    before = run(["git", "rev-parse", "HEAD"], folder).stdout
    done = run(["git", "commit", "--message", "Try"], folder)
    committed = run(["git", "rev-parse", "HEAD"], folder).stdout != before
    assert committed == (done.returncode == 0)
    return committed, done.stderr


ENCRYPTED = "ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]"
METADATA = f"sops:\n    mac: {ENCRYPTED}\n    version: 3.11.0\n"
PLAIN = {
    "never encrypted": "cart:\n    sessionKey: hunter2\n",
    "one decrypted leaf": f"cart:\n    sessionKey: {ENCRYPTED}\n    other: hunter2\n{METADATA}",
    "a decrypted leaf after the metadata": f"cart:\n    sessionKey: {ENCRYPTED}\n{METADATA}other: hunter2\n",
    "a decrypted item": f"keys:\n    - {ENCRYPTED}\n    - hunter2\n{METADATA}",
    "a decrypted block": f"cart:\n    sessionKey: |\n        hunter2\n{METADATA}",
    "a decrypted leaf on the next line": f"cart:\n    sessionKey:\n        hunter2\n{METADATA}",
    "a decrypted leaf in braces": f"cart: {{sessionKey: hunter2}}\n{METADATA}",
    "a comment in the clear": f"# was hunter2\ncart:\n    sessionKey: {ENCRYPTED}\n{METADATA}",
    "metadata without its code": f"cart:\n    sessionKey: {ENCRYPTED}\nsops:\n    version: 3.11.0\n",
    "hidden behind an encrypted value": f"cart:\n    sessionKey: {ENCRYPTED} hunter2\n{METADATA}",
}
WHATEVER_SOPS_ENCRYPTS = """\
# a comment
cart:
    sessionKey: hunter2  # and another
    two words: hunter2
    "a: b": hunter2
    empty: ''
    none: null
    nothing: {}
    list: []
    many:
        - one
        - two: 2
          three: true
    long: |
        a
        b
"""


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN.keys())
def test_a_plain_secret_is_refused(text: str, application: Path, run: Run) -> None:
    (application / "secrets" / "testing.yaml").write_text(text)
    committed, said = commit(application, run)
    assert not committed
    assert "secrets/testing.yaml: " in said


@pytest.mark.parametrize(
    "file", ["testing.dec.yaml", "secrets/testing.dec.yaml", "secrets/testing.json", "secrets/new one.yaml"]
)
def test_a_plain_secret_is_refused_in(file: str, application: Path, run: Run) -> None:
    (application / file).write_text(PLAIN["never encrypted"])
    committed, said = commit(application, run)
    assert not committed
    assert f"{file}: " in said


def test_what_is_staged_counts(application: Path, run: Run) -> None:
    secrets = application / "secrets" / "testing.yaml"
    encrypted = secrets.read_text()
    secrets.write_text(PLAIN["never encrypted"])
    assert run(["git", "add", "secrets"], application).returncode == 0
    secrets.write_text(encrypted)
    assert run(["git", "commit", "--message", "Try"], application).returncode == 1


def test_what_sops_writes_is_committed(application: Path, run: Run, sops: Path) -> None:
    secrets = application / "secrets" / "testing.yaml"
    secrets.write_text(WHATEVER_SOPS_ENCRYPTS)
    done = run([sops, "encrypt", "--in-place", "secrets/testing.yaml"], application)
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in secrets.read_text()
    committed, said = commit(application, run)
    assert committed, said


def test_configuration_and_deletions_are_committed(application: Path, run: Run) -> None:
    (application / "values" / "testing.yaml").write_text("storefront:\n  greeting: Hello\n")
    (application / "secrets" / "staging.yaml").unlink()
    assert commit(application, run)[0]


@pytest.mark.parametrize("environment", ["testing", "staging", "production"])
def test_the_demo_key_and_no_other_decrypts(
    environment: str, application: Path, run: Run, sops: Path, tmp_path: Path
) -> None:
    def decrypt(key_file: Path) -> tuple[int, str]:
        settings = {
            "SOPS_AGE_KEY_FILE": str(key_file),
            "HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path),
        }
        done = run([sops, "decrypt", f"secrets/{environment}.yaml"], application, **settings)
        return done.returncode, done.stdout

    status, text = decrypt(DEMO_AGE_KEY)
    assert status == 0
    assert "sessionKey: " in text
    assert decrypt(Path(os.devnull)) != (status, text)
    assert decrypt(Path(os.devnull))[0] != 0
