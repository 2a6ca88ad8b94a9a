"""What the configuration file of `docker login` opens, by itself or by the programs that it names."""

import threading

from headway.clients.registry.logins import credential_helper
from headway.clients.registry.logins.kept import KeptLogins
from headway.errors import BadInput
from headway.formats import docker_config
from headway.formats.docker_config import DockerLogins, Helper, Login
from headway.model.credentials import DockerConfig

WHERE = "docker config of the registry credentials"


class DockerConfigLogins:
    """See Logins. The file is read once."""

    def __init__(self, config: DockerConfig) -> None:
        self._config = config
        self._logins: DockerLogins | None = None
        self._lock = threading.Lock()
        self._kept = KeptLogins()

    def of(self, host: str, path: str) -> Login | None:
        match self._read().of(host, path):
            case Helper() as helper:
                return self._kept.of(_key(helper), lambda: _ask(helper))
            case found:
                return found

    def refused(self, host: str, path: str) -> None:
        if isinstance(helper := self._read().of(host, path), Helper):
            self._kept.forget(_key(helper))

    def _read(self) -> DockerLogins:
        with self._lock:
            if self._logins is None:
                path = self._config.path
                where = str(path or WHERE)
                self._logins = docker_config.read(_bytes(self._config), where)
            return self._logins


def _ask(helper: Helper) -> tuple[Login | None, float]:
    return credential_helper.ask(helper), credential_helper.HOLDS


def _key(helper: Helper) -> str:
    return f"{helper.name} {helper.server}"


def _bytes(config: DockerConfig) -> bytes:
    if config.path is None:
        return config.text.encode()
    try:
        with config.path.open("rb") as file:
            return file.read(docker_config.LIMIT + 1)
    except OSError as error:
        raise BadInput(
            f"it cannot be read: {error.strerror}",
            where=str(config.path),
            next_step="docker_config_path of the registry credentials names it, on the worker.",
        ) from error
