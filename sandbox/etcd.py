"""etcd: what the API server keeps, without waiting for the disk, as a throw-away cluster may."""

from pathlib import Path

from sandbox.ports import Listener
from sandbox.processes import Service
from sandbox.webcheck import answers

URL = "http://127.0.0.1:12379"
_PEERS = "http://127.0.0.1:12380"


def service(state: Path, programs: Path) -> Service:
    argv = [
        str(programs / "etcd"),
        f"--data-dir={state / 'etcd'}",
        f"--listen-client-urls={URL}",
        f"--advertise-client-urls={URL}",
        f"--listen-peer-urls={_PEERS}",
        f"--initial-advertise-peer-urls={_PEERS}",
        f"--initial-cluster=default={_PEERS}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]
    listens = (Listener("127.0.0.1", 12379), Listener("127.0.0.1", 12380))
    return Service("etcd", argv, ready=lambda _: answers(f"{URL}/health"), listens=listens)
