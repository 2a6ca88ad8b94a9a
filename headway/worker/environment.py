"""The variables that a run sees: those that Prefect's process worker would give it."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import UUID

import certifi
from prefect.settings import get_current_settings

_READ_AT_START = ("PYTHON", "LD_", "GIT_PYTHON_", "PREFECT_")
"""How variables begin that an interpreter, the loader or a library reads once, while it starts or is imported."""
_OF_A_RUN = "PREFECT__"


_CERTIFICATES = "PREFECT_API_SSL_CERT_FILE"


def settings() -> dict[str, str]:
    """Prefect's settings as the worker has them, whatever profile or file they come from; 30 ms of processor time.

    Where the server is spoken to without TLS, one certificate stands in for the hundred that each client would read: half of what
    a short run takes otherwise.
    """
    prefect = get_current_settings()
    found = prefect.to_environment_variables(exclude_unset=True)
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
        with NamedTemporaryFile("w", dir=folder, delete=False) as unready:
            unready.write(f"{first}{end}\n")
        Path(unready.name).replace(file)
    return file


def of_run(
    job: Mapping[str, str | None],
    settings: Mapping[str, str],
    flow_run: UUID,
    control: tuple[int, str] | None = None,
) -> dict[str, str]:
    """`job`: of the prepared job configuration, the worker's own among them; `control`: port and token of Prefect's channel."""
    channel = (
        {"PREFECT__CONTROL_PORT": str(control[0]), "PREFECT__CONTROL_TOKEN": control[1]} if control else {}
    )
    wanted = {
        **job,
        **settings,
        "PREFECT__FLOW_RUN_ID": str(flow_run),
        # The worker has them run, also where the process cannot any more.
        "PREFECT__ENABLE_CANCELLATION_AND_CRASHED_HOOKS": "false",
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
