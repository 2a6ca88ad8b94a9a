"""The database of the sandbox's Prefect server: PostgreSQL of the system's package, with its data in the state folder.

SQLite lets one write at a time, and Prefect's server on it stands still for a minute when many runs want to. PostgreSQL
refuses to run as root. It listens on a socket in a folder that only its user and root may enter, and lets in whoever runs the
sandbox.
"""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from sandbox import packages
from sandbox.failure import SandboxError
from sandbox.processes import Service
from sandbox.unprivileged import as_user, is_closed, is_root

NAME = "postgres"
USER = "postgres"
"""Comes with the package."""
DATABASE = "postgres"
"""Comes with the data."""
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # Prefect's server opens fifteen at most.
    "max_connections": "40",
    "shared_buffers": "32MB",
    "max_wal_size": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def service(state: Path) -> Service:
    """The server, of whose data `prepare` makes sure first."""
    folder, data = _folder(state), _data(state)
    settings = {**_SETTINGS, "unix_socket_directories": str(folder)}
    said = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    asked = [f"--host={folder}", f"--username={_who()}", f"--dbname={DATABASE}"]
    ready = [str(_programs() / "pg_isready"), "--quiet", *asked]
    return Service(
        NAME,
        [*_as_its_user(state), str(_programs() / "postgres"), "-D", str(data), *said],
        ready=lambda _: subprocess.run(ready, check=False).returncode == 0,
        environment=_environment(),
        cwd=data,
        # Fast: it ends whoever is connected, and then itself in order.
        end=signal.SIGINT,
    )


def url(state: Path) -> str:
    """The database as Prefect's settings name it."""
    return f"postgresql+asyncpg://{_who()}@/{DATABASE}?host={quote(str(_folder(state)))}"


def prepare(state: Path) -> None:
    """Makes the data where there is none yet, whole or not at all. Raises SandboxError with initdb's last words."""
    data = _data(state)
    if data.exists():
        return
    partial = data.with_name(f"{data.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if is_root():
        shutil.chown(data.parent, USER, USER)
    done = subprocess.run(
        [
            *(*_as_its_user(state), str(_programs() / "initdb"), "-D", str(partial)),
            *(f"--username={_who()}", "--auth-local=peer", "--auth-host=reject"),
            *("--encoding=UTF8", "--no-locale", "--no-instructions"),
        ],
        cwd=data.parent,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SandboxError(f"PostgreSQL makes no database:\n{(done.stdout + done.stderr)[-800:]}")
    partial.rename(data)


def _folder(state: Path) -> Path:
    """Of the socket, whose path may have 107 bytes, and of the data."""
    return state / NAME


def _data(state: Path) -> Path:
    """By version, as Debian's folders are: one does not read what another has written."""
    return _folder(state) / _programs().parent.name


def _programs() -> Path:
    # Preflight asks what it listens on before it is installed.
    found = shutil.which("postgres", path=packages.search_path())
    return Path(found).resolve().parent if found else Path("/usr/lib/postgresql/15/bin")


def _as_its_user(state: Path) -> list[str]:
    return as_user(USER, USER, reads_everything=is_closed(_folder(state))) if is_root() else []


def _who() -> str:
    """The role that the sandbox's own user has, and no other user."""
    return pwd.getpwuid(os.geteuid()).pw_name


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
