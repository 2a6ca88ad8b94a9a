"""The receiver of hints of the sandbox: `headway receiver`, to which its registry, S3 and forge send what they have to tell."""

import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox import files, machine_lock, places, prefect_server
from sandbox.ports import Listener
from sandbox.processes import Service
from sandbox.webcheck import answers

PORT = 4500
URL = f"http://127.0.0.1:{PORT}"
KINDS = {"registry": "distribution", "s3": "seaweedfs", "gitea": "gitea", "ci": "generic"}
"""By sender."""
Hinted = Mapping[str, Sequence[str]]
"""How an application's images, git and charts begin."""


def service(state: Path) -> Service:
    return Service(
        "receiver",
        [
            *(str(places.VENV / "bin" / "headway"), "receiver", "--port", str(PORT)),
            *("--config", str(_configured(state, _known(state)))),
        ],
        ready=lambda _: answers(f"{URL}/healthz"),
        listens=(Listener("127.0.0.1", PORT),),
        environment=prefect_server.client_environment(state),
        cwd=places.ROOT,
        patience_seconds=120,
    )


def address(sender: str) -> str:
    """Where it posts to."""
    return f"{URL}/hints/{sender}"


def secret(state: Path, sender: str) -> str:
    """The same as long as the state folder lives."""
    file = _folder(state) / f"{sender}.secrets"
    if not file.exists():
        files.write(file, f"{secrets.token_urlsafe(32)}\n", mode=0o600)
    return file.read_text().strip()


def know(state: Path, application: str, hinted: Hinted | None) -> None:
    """Hints for what begins so are for this application from now on; None: for nothing any more."""
    with machine_lock.one_at_a_time("receiver"):
        known = _known(state)
        known.pop(application, None)
        if hinted is not None:
            known[application] = {key: list(each) for key, each in hinted.items()}
        _configured(state, known)


def _configured(state: Path, applications: Mapping[str, Any]) -> Path:
    for sender in KINDS:
        secret(state, sender)
    said = {
        "kept": "kept",
        "quiet": "1s",
        "rate": 1000,
        "senders": {name: {"kind": kind, "secrets": f"{name}.secrets"} for name, kind in KINDS.items()},
        "applications": applications,
    }
    # JSON is YAML, too.
    return files.write(_folder(state) / "receiver.yaml", json.dumps(said, indent=2) + "\n")


def _known(state: Path) -> dict[str, Any]:
    try:
        known: dict[str, Any] = json.loads((_folder(state) / "receiver.yaml").read_text())["applications"]
    except FileNotFoundError:
        return {}
    return known


def _folder(state: Path) -> Path:
    folder = state / "receiver"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
