"""The S3 of the sandbox: one SeaweedFS process. Anyone may read, as chart repositories want it."""

import json
from collections.abc import Sequence
from pathlib import Path

from sandbox import files, places, receiver
from sandbox.ports import Listener
from sandbox.processes import Service
from sandbox.webcheck import answers, ask

ENDPOINT = "http://127.0.0.1:8333"
ACCESS_KEY = "headway"
SECRET_KEY = "headway-sandbox"
REGION = "us-east-1"

_S3, _MASTER, _VOLUME, _FILER = 8333, 9433, 9480, 9488
_TMP = Path("/tmp")
_GRPC = 10000  # SeaweedFS serves gRPC on each port plus this.


def service(state: Path) -> Service:
    """The server, after its data folder and identities are written."""
    data = state / "s3"
    data.mkdir(parents=True, exist_ok=True)
    identities = files.write(data / "identities.json", json.dumps(_identities(), indent=2), mode=0o600)
    files.write(data / "notification.toml", _notifications(state), mode=0o600)
    ports = (_S3, _MASTER, _VOLUME, _FILER)
    argv = [
        str(places.VENV / "bin" / "weed"),
        "server",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={_MASTER}",
        "-master.telemetry=false",
        # One master needs no time to hear from others.
        "-master.electionTimeout=1s",
        # Every bucket takes seven volumes at its first write; small ones, and room for many.
        "-master.volumeSizeLimitMB=256",
        "-volume.max=700",
        f"-volume.port={_VOLUME}",
        "-volume.preStopSeconds=0",
        f"-filer.port={_FILER}",
        "-s3",
        f"-s3.port={_S3}",
        f"-s3.config={identities}",
        "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]
    listens = tuple(Listener("127.0.0.1", port + extra) for port in ports for extra in (0, _GRPC))
    if not any(each.resolve().is_relative_to(_TMP) for each in (data, places.VENV)):
        argv = with_its_own_tmp(argv, state / "s3-tmp")
    return Service("s3", argv, ready=lambda _: _ready(), listens=listens, cwd=data)


def with_its_own_tmp(argv: Sequence[str], folder: Path) -> list[str]:
    """SeaweedFS names sockets in /tmp by its ports, and takes away those that are there: of another sandbox that has a network of
    its own, and the same ports, too. It sees `folder` there; its pid stays the same."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = 'mount --bind "$0" "$1" && shift && exec "$@"'
    return ["unshare", "--mount", "--", "sh", "-c", mounted, str(folder), str(_TMP), *argv]


def _notifications(state: Path) -> str:
    """What is written to buckets is told to the receiver of hints. SeaweedFS looks for this file where it is started."""
    return f"""\
[notification.webhook]
enabled = true
endpoint = "{receiver.address("s3")}"
bearer_token = "{receiver.secret(state, "s3")}"
event_types = ["create", "update", "delete"]
path_prefixes = ["/buckets/"]
"""


def _identities() -> dict[str, object]:
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    return {
        "identities": [
            {
                "name": "headway",
                "credentials": credentials,
                "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            },
            {"name": "anonymous", "actions": ["Read", "List"]},
        ]
    }


def _ready() -> bool:
    topology = ask(f"http://127.0.0.1:{_MASTER}/dir/status")
    has_volumes = bool(topology) and topology.get("Topology", {}).get("Max", 0) > 0
    return has_volumes and answers(f"{ENDPOINT}/healthz")
