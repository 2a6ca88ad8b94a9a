"""The forge of the sandbox: Gitea, for tests of pull requests, sign-in and webhooks. `python -m sandbox forge` starts it.

It refuses to run as root. As nobody it writes to its own folder alone; what lets it read more is that the clone and the cache may
lie in a home folder that is closed to others.
"""

import base64
import json
import os
import secrets
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox import files, forge_program, machine_lock, places, starter
from sandbox.build import Say, say_at_once
from sandbox.failure import SandboxError
from sandbox.ports import Listener
from sandbox.processes import Processes, Service
from sandbox.unprivileged import as_user, is_root
from sandbox.webcheck import answers

NAME = "gitea"
PORT, SSH_PORT = 4400, 4422
URL = f"http://127.0.0.1:{PORT}"
ADMIN = "headway"
_USER = "nobody"
_AS_NOBODY = as_user("65534", "65534", reads_everything=True)
_CONFIG = """\
APP_NAME = Headway sandbox
RUN_USER = {user}
RUN_MODE = prod
WORK_PATH = {data}

[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = {url}/
STATIC_ROOT_PATH = {program}
OFFLINE_MODE = true
START_SSH_SERVER = true
SSH_LISTEN_HOST = 127.0.0.1
SSH_LISTEN_PORT = {ssh_port}
SSH_PORT = {ssh_port}
LFS_START_SERVER = false

[database]
DB_TYPE = sqlite3
PATH = {data}/gitea.db
SQLITE_JOURNAL_MODE = WAL

[security]
INSTALL_LOCK = true
SECRET_KEY = {secret_key}
INTERNAL_TOKEN = {internal_token}
# Signs in tests, which sign in often; nothing of anybody's lies here.
PASSWORD_HASH_ALGO = pbkdf2$1000$50
MIN_PASSWORD_LENGTH = 8

[oauth2]
JWT_SECRET = {jwt_secret}

[service]
DISABLE_REGISTRATION = true

[session]
PROVIDER = memory

[webhook]
ALLOWED_HOST_LIST = loopback

[migrations]
ALLOW_LOCALNETWORKS = true

[repository]
DEFAULT_BRANCH = main

[indexer]
ISSUE_INDEXER_TYPE = db

[queue]
TYPE = channel

[actions]
ENABLED = false

[log]
MODE = console
LEVEL = warn
"""


@dataclass(frozen=True, slots=True)
class Forge:
    """Where it is, and its administrator."""

    url: str
    ssh: str
    """`host:port` of its own ssh server."""
    admin: str
    password: str = field(repr=False)
    token: str = field(repr=False)

    def sign_in(self, file: Path) -> str:
        """For people; `file` holds what is secret."""
        return (
            f"{self.url}: user {self.admin}, password and token in {places.shown(file)}; "
            f"git over ssh by a deploy key: {self.git_over_ssh}/OWNER/NAME.git"
        )

    @property
    def git_over_ssh(self) -> str:
        """Below which its repositories lie. Its own ssh server wants the user that it runs as."""
        return f"ssh://{_user()}@{self.ssh}"


def load(state: Path = places.STATE) -> Forge:
    """The forge that was started last; raises SandboxError where there is none."""
    try:
        return Forge(**json.loads(_found(state).read_text()))
    except FileNotFoundError:
        raise SandboxError("the sandbox's forge was never started in this clone", "make forge") from None


def start(state: Path = places.STATE, *, niceness: int = 0, say: Say = say_at_once) -> Forge:
    """Builds and starts what is missing of it; a second call does nothing."""
    if Processes(state).running(NAME) and answers(f"{URL}/api/healthz") and _found(state).exists():
        return load(state)
    program = forge_program.built(say=say, niceness=niceness)
    with machine_lock.one_at_a_time("forge"):
        machine_lock.check()
        processes = Processes(state)
        service = _service(state, program)
        starter.refuse_taken_ports(processes, [service])
        processes.start(service)
        processes.wait(service)
        found = _found(state)
        if not found.exists():
            forge = _with_administrator(state, program)
            files.write(found, json.dumps(asdict(forge), indent=2) + "\n", mode=0o600)
        return load(state)


def main() -> int:
    start()
    print(f"forge answers on {how_to_sign_in()}", flush=True)
    return 0


def how_to_sign_in(state: Path = places.STATE) -> str:
    """To the forge that was started last. Raises SandboxError where there is none."""
    return load(state).sign_in(_found(state))


def _found(state: Path) -> Path:
    """Where it is said how it is reached."""
    return state / NAME / "forge.json"


def _service(state: Path, program: Path) -> Service:
    """After its configuration is written."""
    folder = state / NAME
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    user = _user()
    text = _CONFIG.format(
        user=user, data=data, port=PORT, ssh_port=SSH_PORT, url=URL, program=program, **_secrets(folder)
    )
    files.write(folder / "app.ini", text, mode=0o600)
    if is_root():
        os.chown(data, 65534, 65534)
    return Service(
        NAME,
        [*_gitea(program), "web", "--config", str(folder / "app.ini")],
        ready=lambda _: answers(f"{URL}/api/healthz"),
        listens=(Listener("127.0.0.1", PORT), Listener("127.0.0.1", SSH_PORT)),
        environment=_environment(data, user),
        cwd=data,
        patience_seconds=120,
    )


def _gitea(program: Path) -> list[str]:
    return [*(_AS_NOBODY if is_root() else ()), str(program / "gitea")]


def _environment(data: Path, user: str) -> Mapping[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(data), "USER": user, "LANG": "C.UTF-8"}


def _user() -> str:
    import pwd

    return _USER if is_root() else pwd.getpwuid(os.geteuid()).pw_name


def _secrets(folder: Path) -> dict[str, str]:
    """Made once, and kept with what is encrypted by them."""
    file = folder / "secrets.json"
    if not file.exists():
        jwt = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        made = {
            "secret_key": secrets.token_urlsafe(32),
            "internal_token": secrets.token_urlsafe(48),
            "jwt_secret": jwt,
        }
        files.write(file, json.dumps(made), mode=0o600)
    read: dict[str, str] = json.loads(file.read_text())
    return read


def _with_administrator(state: Path, program: Path) -> Forge:
    folder, password = state / NAME, secrets.token_urlsafe(16)
    config = ["--config", str(folder / "app.ini")]
    user = ["--username", ADMIN, "--password", password]
    known = ["--email", f"{ADMIN}@sandbox.invalid", "--admin", "--must-change-password=false"]
    commands = (["create", *user, *known], ["change-password", *user, "--must-change-password=false"])
    data = folder / "data"
    for command in commands:
        done = subprocess.run(
            [*_gitea(program), "admin", "user", command[0], *config, *command[1:]],
            cwd=data,
            env=dict(_environment(data, _user())),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            break
    else:
        raise SandboxError(f"the forge has no administrator:\n{(done.stdout + done.stderr)[-600:]}")
    return Forge(URL, f"127.0.0.1:{SSH_PORT}", ADMIN, password, _token(password))


def _token(password: str) -> str:
    body = {"name": f"sandbox-{secrets.token_hex(4)}", "scopes": ["all"]}
    basic = base64.b64encode(f"{ADMIN}:{password}".encode()).decode()
    request = urllib.request.Request(
        f"{URL}/api/v1/users/{ADMIN}/tokens",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Basic {basic}"},
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            made: Any = json.load(answer)
    except OSError as error:
        raise SandboxError(f"the forge gives its administrator no token: {error}") from error
    return str(made["sha1"])
