"""The variables that a run sees: those that Prefect's process worker would give it."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import certifi
from prefect.settings import get_current_settings

from headway.clients.private_files import write_whole

_READ_AT_START = ("PYTHON", "LD_", "GIT_PYTHON_", "PREFECT_")
"""How variables begin that an interpreter, the loader or a library reads once, while it starts or is imported."""
_OF_A_RUN = "PREFECT__"


TELLS = "HEADWAY_WORKER_TELLS"
"""Set where the worker tells a run that it is suspended, to the id of the state in which it took the run; a run takes it out of
what its programs see."""
_CERTIFICATES = "PREFECT_API_SSL_CERT_FILE"
_COMPARES_VERSIONS = "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED"
_ASKS_FOR_CSRF_TOKENS = "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED"


def settings(*, csrf: bool = True) -> dict[str, str]:
    """Prefect's settings as the worker has them, whatever profile or file they come from; 30 ms of processor time.

    Where the server is spoken to without TLS, one certificate stands in for the hundred that each client would read: half of what
    a short run takes otherwise. Versions of client and server are compared by the worker. `csrf`: the server may want tokens.
    """
    prefect = get_current_settings()
    found = prefect.to_environment_variables(exclude_unset=True)
    found.setdefault(_COMPARES_VERSIONS, "false")
    if not csrf:
        found.setdefault(_ASKS_FOR_CSRF_TOKENS, "false")
    if found.get("PREFECT_API_URL", "").startswith("http://") and _CERTIFICATES not in found:
        # It is a matter of speed alone.
        with suppress(OSError):
            found[_CERTIFICATES] = str(one_certificate(prefect.home))
    return found


def one_certificate(folder: Path) -> Path:
    """A file in the folder, made where it is not there; it outlives the worker, as its runs may."""
    file = folder / "headway-one-certificate.pem"
    if not file.exists():
        first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(file, f"{first}{end}\n".encode())
    return file


def of_run(
    job: Mapping[str, str | None],
    settings: Mapping[str, str],
    flow_run: UUID,
    control: tuple[int, str] | None = None,
    entrypoint: str | None = None,
) -> dict[str, str]:
    """`job`: of the prepared job configuration, the worker's own among them; `control`: port and token of Prefect's channel.
    `entrypoint`: which flow it is, where the deployment need not be read once more for that."""
    channel = (
        {"PREFECT__CONTROL_PORT": str(control[0]), "PREFECT__CONTROL_TOKEN": control[1]} if control else {}
    )
    wanted = {
        **job,
        **settings,
        "PREFECT__FLOW_RUN_ID": str(flow_run),
        # The worker has them run, also where the process cannot any more.
        "PREFECT__ENABLE_CANCELLATION_AND_CRASHED_HOOKS": "false",
        "PREFECT__FLOW_ENTRYPOINT": entrypoint,
        **channel,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def difference(inherited: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str | None]:
    """What turns `inherited` into `wanted`; None: not set."""
    changed: dict[str, str | None] = {
        name: value for name, value in wanted.items() if inherited.get(name) != value
    }
    return changed | dict.fromkeys(inherited.keys() - wanted.keys())


def read_too_early(different: Mapping[str, str | None]) -> list[str]:
    """Names of those that a fork has already read, and that would change nothing in it."""
    return sorted(
        name for name in different if name.startswith(_READ_AT_START) and not name.startswith(_OF_A_RUN)
    )
