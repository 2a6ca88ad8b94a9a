"""What `python -m sandbox env` prints is for a shell to read."""

import subprocess
from pathlib import Path

from sandbox import environment, places
from sandbox.address import Address, S3Address

ADDRESS = Address(
    kubeconfig=Path("/a place/kubeconfig"),
    worker_kubeconfig=Path("/a place/worker.kubeconfig"),
    registry="127.0.0.1:5000",
    s3=S3Address("http://127.0.0.1:8333", "key", "it's secret", "us-east-1"),
    git="git://127.0.0.1:9418",
    git_root=Path("/a place/git"),
    prefect_api="http://127.0.0.1:4200/api",
    bin=Path("/a place/bin"),
    age_key_file=Path("/a place/age-keys.txt"),
)


def test_a_shell_reads_it() -> None:
    said = environment.lines(ADDRESS, [Path("/opt/go/bin")])
    done = subprocess.run(
        ["sh", "-c", f"{said}\nenv -0"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    read = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
    assert read["PATH"] == f"/a place/bin:{places.VENV}/bin:/opt/go/bin:/usr/bin:/bin"
    expected = {
        "GIT_URL": "git://127.0.0.1:9418",
        "GIT_ROOT": "/a place/git",
        "REGISTRY": "127.0.0.1:5000",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:8333",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "it's secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "KUBECONFIG": "/a place/kubeconfig",
        "SOPS_AGE_KEY_FILE": "/a place/age-keys.txt",
        "PREFECT_API_URL": "http://127.0.0.1:4200/api",
    }
    assert {name: read[name] for name in expected} == expected
