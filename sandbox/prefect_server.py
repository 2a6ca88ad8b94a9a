"""The Prefect server of the sandbox, and the worker that runs the flows."""

import os
from datetime import datetime
from pathlib import Path

from sandbox import places
from sandbox.ports import Listener
from sandbox.processes import Service
from sandbox.webcheck import answers, ask

PORT = 4200
API = f"http://127.0.0.1:{PORT}/api"
POOL = "headway"
WORKER = "sandbox"
DRAIN_SECONDS = "3"
"""`make down` kills what lives after ten."""
_SQLALCHEMY = "PREFECT_SERVER_DATABASE_SQLALCHEMY"
_CONNECTIONS = {
    # As many as by default, but all of them kept: ten would be opened and closed with each burst, and plan all statements anew.
    f"{_SQLALCHEMY}_POOL_SIZE": "15",
    f"{_SQLALCHEMY}_MAX_OVERFLOW": "0",
    # The server has more statements than the hundred that each connection remembers.
    f"{_SQLALCHEMY}_CONNECT_ARGS_PREPARED_STATEMENT_CACHE_SIZE": "500",
}
"""Of PostgreSQL: half of its processor time with many runs at once. SQLite has no use for them."""


def server(state: Path, database: str, *, port: int = PORT) -> Service:
    """The API and the UI on one port; `database` is a URL as SQLAlchemy has them, of a database that answers."""
    home, api = _home(state), f"http://127.0.0.1:{port}/api"
    settings = {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # A changed schedule is planned within seconds, not within the minute that is Prefect's default.
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
        **_CONNECTIONS,
        "PREFECT_UI_API_URL": api,
        "DO_NOT_TRACK": "1",
    }
    return Service(
        "prefect",
        [str(places.VENV / "bin" / "prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port)],
        ready=lambda _: answers(f"{api}/health"),
        listens=(Listener("127.0.0.1", port),),
        environment=_environment(state) | settings,
        cwd=home,
        patience_seconds=120,
    )


def worker(state: Path, programs: Path) -> Service:
    """The worker; it makes the work pool if there is none, and is woken by events."""
    path = [str(programs), str(places.VENV / "bin"), os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")]
    settings = {
        "PREFECT_API_URL": API,
        "PREFECT_WORKER_QUERY_SECONDS": "5",
        "PREFECT_WORKER_HEARTBEAT_SECONDS": "15",
        "SOPS_AGE_KEY_FILE": str(state / "age-keys.txt"),
        "PATH": ":".join(path),
    }
    headway = str(places.VENV / "bin" / "headway")
    return Service(
        "worker",
        [headway, "worker", "start", "--pool", POOL, "--name", WORKER, "--drain", DRAIN_SECONDS],
        ready=_polls_since,
        environment=_environment(state) | settings,
        cwd=places.ROOT,
        patience_seconds=120,
    )


def client_environment(state: Path) -> dict[str, str]:
    """For what speaks to the server, and runs no flow."""
    return _environment(state) | {"PREFECT_API_URL": API}


def _home(state: Path) -> Path:
    home = state / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    return home


def _environment(state: Path) -> dict[str, str]:
    """The caller's environment without its own Prefect settings and without the way to its own clusters."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    for name in ("KUBECONFIG", "HELM_KUBECONTEXT", "HELM_NAMESPACE"):
        own.pop(name, None)
    return own | {"PREFECT_HOME": str(_home(state)), "PREFECT_SERVER_EPHEMERAL_ENABLED": "false"}


def _polls_since(started: datetime) -> bool:
    workers = ask(f"{API}/work_pools/{POOL}/workers/filter", body={}) or []
    beats = [worker["last_heartbeat_time"] for worker in workers if worker["name"] == WORKER]
    return any(datetime.fromisoformat(beat) >= started for beat in beats if beat)
