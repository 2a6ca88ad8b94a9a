"""Where everything in the sandbox is, as tests and the demo read it: .sandbox/sandbox.json."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox import files, places
from sandbox.failure import SandboxError

FILE = places.STATE / "sandbox.json"


@dataclass(frozen=True, slots=True)
class S3Address:
    """Endpoint and keys of the S3."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str


@dataclass(frozen=True, slots=True)
class Address:
    """Addresses are URLs, but for the registry's (host:port); the rest are absolute paths."""

    kubeconfig: Path
    """The administrator's."""
    worker_kubeconfig: Path
    """With the rights of examples/rbac alone."""
    registry: str
    s3: S3Address
    git: str
    git_root: Path
    prefect_api: str
    bin: Path
    age_key_file: Path


def load(file: Path = FILE) -> Address:
    """Reads the description that `up` wrote; raises SandboxError when there is none."""
    try:
        read = json.loads(file.read_text())
    except FileNotFoundError:
        raise SandboxError("the sandbox was never started in this clone", "make up") from None
    paths = {
        name: Path(read[name])
        for name in ("kubeconfig", "worker_kubeconfig", "git_root", "bin", "age_key_file")
    }
    return Address(
        registry=read["registry"],
        s3=S3Address(**read["s3"]),
        git=read["git"],
        prefect_api=read["prefect_api"],
        **paths,
    )


def save(address: Address, file: Path = FILE) -> None:
    """Writes the description for those who load it."""
    files.write(file, json.dumps(asdict(address), indent=2, default=str) + "\n")
