"""Decrypts sops files into memory: what is decrypted never reaches a disk."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

from headway.clients import command
from headway.clients.memory import MEMORY, private_folder
from headway.errors import BadInput, MissingKey
from headway.formats import sops_keys
from headway.formats.secret_placeholders import is_encrypted
from headway.model.credentials import NO_KEYS, SopsKeys

SETTINGS = {
    "age": ("SOPS_AGE_",),
    "pgp": ("SOPS_GPG_EXEC", "SOPS_PGP_FP", "GNUPGHOME"),
    "hc_vault": ("VAULT_",),
    "azure_kv": ("AZURE_",),
    "kms": ("AWS_",),
    "gcp_kms": ("GOOGLE_", "CLOUDSDK_"),
}
"""How the variables begin that sops needs, by kind of key: it is shown those of the kinds that the file names."""
FORMATS = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
"""By ending, in which sops reads a file: none but YAML and JSON, in which it is read here as well. What has another ending is
`binary`, JSON around any text: as .env or .ini sops would find key services where nobody else does.
"""
NO_HOME = "/nonexistent"
_WHERE_KEYS_GO = {
    False: "Give the worker its key (SOPS_AGE_KEY_FILE, or the cloud's key service).",
    True: "Encrypt it for sops_age_key of the application's block, or put its key there.",
}


def decrypt(data: bytes, file: str, keys: SopsKeys = NO_KEYS) -> bytes:
    """The file in the clear. `file` is its name for messages, and says by its ending how to read it.

    A file that sops has not encrypted is given back as it is. `keys`: what may open it beside the keys of this
    machine. Raises MissingKey where no key opens it, BadInput where it was changed behind sops' back or would ask
    somebody else.
    """
    if not is_encrypted(data):
        return data
    services = sops_keys.named(data, file)
    form = FORMATS.get(Path(file).suffix, "binary")
    sops_keys.require_allowed(services, keys.services, file)
    done = command.run(
        [_binary(), "decrypt", "--input-type", form, "--output-type", form, "--", "/dev/stdin"],
        env=_environment({each.kind for each in services}, keys),
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
            next_step=_WHERE_KEYS_GO[bool(keys.age)],
        )
    return done.stdout


def version() -> str:
    """Such as "3.10.2". Raises BadInput where there is no sops."""
    done = command.run([_binary(), "--version", "--disable-version-check"], env={"HOME": NO_HOME}, timeout=30)
    return " ".join(done.stdout.decode("utf-8", "replace").split()[1:2])


@contextlib.contextmanager
def memory_files(contents: Sequence[bytes]) -> Iterator[list[Path]]:
    """Files in memory, readable by this user alone, in the order of `contents`; gone afterwards."""
    if not MEMORY.is_dir():
        raise BadInput("it is missing, and secrets are never written to a disk", where=str(MEMORY))
    with tempfile.TemporaryDirectory(prefix="values-", dir=private_folder()) as folder:
        paths = []
        for number, data in enumerate(contents):
            path = Path(folder) / f"{number}.yaml"
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            paths.append(path)
        yield paths


def _environment(kinds: Set[str], keys: SopsKeys = NO_KEYS) -> Mapping[str, str]:
    """Without a cloud's key service, sops finds no credentials of a cloud either: they lie in the home, or are asked for."""
    wanted = tuple(start for kind in kinds for start in SETTINGS.get(kind, ()))
    seen = {name: value for name, value in os.environ.items() if wanted and name.startswith(wanted)}
    home = os.environ.get("HOME", "")
    configuration = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    seen["XDG_CONFIG_HOME"] = configuration
    if keys.age:
        kept = {name: value for name, value in seen.items() if not name.startswith(SETTINGS["age"])}
        seen = {**kept, "SOPS_AGE_KEY": keys.age, "XDG_CONFIG_HOME": NO_HOME}
    if kinds - sops_keys.LOCAL:
        return seen
    usual = {"GNUPGHOME": f"{home}/.gnupg"} if "pgp" in kinds else {}
    return {"HOME": NO_HOME, "AWS_EC2_METADATA_DISABLED": "true", **usual, **seen}


def _binary() -> str:
    """HEADWAY_SOPS, else sops on PATH, else the one installed beside this interpreter."""
    wanted = os.environ.get("HEADWAY_SOPS") or "sops"
    found = shutil.which(wanted) or shutil.which(wanted, path=str(Path(sys.executable).parent))
    if found is None:
        raise BadInput(
            f"there is no program {wanted!r}", where="sops", next_step="Install sops 3.10 or newer."
        )
    return found
