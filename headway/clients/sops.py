"""Decrypts sops files into memory: what is decrypted never reaches a disk."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from headway.clients import command
from headway.errors import BadInput, MissingKey
from headway.formats.secret_placeholders import is_encrypted

MEMORY = Path("/dev/shm")
_KEY_SETTINGS = ("SOPS_", "AWS_", "GOOGLE_", "CLOUDSDK_", "AZURE_", "VAULT_", "GNUPGHOME", "XDG_CONFIG_HOME")


def decrypt(data: bytes, file: str) -> bytes:
    """The file in the clear. `file` is its name for messages, and says by its ending how to read it.

    A file that sops has not encrypted is given back as it is. Raises MissingKey where no key of this machine
    opens it, BadInput where it was changed behind sops' back.
    """
    if not is_encrypted(data):
        return data
    done = command.run(
        [_binary(), "decrypt", "--filename-override", Path(file).name, "--", "/dev/stdin"],
        env={name: value for name, value in os.environ.items() if name.startswith(_KEY_SETTINGS)},
        input=data,
        timeout=30,
    )
    if done.returncode:
        said = " ".join(done.stderr.split())[:600]
        if "MAC mismatch" in said or "data key" not in said:
            raise BadInput(f"sops cannot decrypt it: {said}", where=file, next_step="Edit it with sops only.")
        raise MissingKey(
            "no key on this machine opens it",
            where=file,
            next_step="Give the worker its key (SOPS_AGE_KEY_FILE, or the cloud's key service).",
        )
    return done.stdout


@contextlib.contextmanager
def memory_files(contents: Sequence[bytes]) -> Iterator[list[Path]]:
    """Files in memory, readable by this user alone, in the order of `contents`; gone afterwards."""
    if not MEMORY.is_dir():
        raise BadInput("it is missing, and secrets are never written to a disk", where=str(MEMORY))
    with tempfile.TemporaryDirectory(prefix="headway-values-", dir=MEMORY) as folder:
        paths = []
        for number, data in enumerate(contents):
            path = Path(folder) / f"{number}.yaml"
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            paths.append(path)
        yield paths


def _binary() -> str:
    """HEADWAY_SOPS, else sops on PATH, else the one installed beside this interpreter."""
    wanted = os.environ.get("HEADWAY_SOPS") or "sops"
    found = shutil.which(wanted) or shutil.which(wanted, path=str(Path(sys.executable).parent))
    if found is None:
        raise BadInput(
            f"there is no program {wanted!r}", where="sops", next_step="Install sops 3.10 or newer."
        )
    return found
