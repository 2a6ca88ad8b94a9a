"""What people filter runs by in Prefect's UI, from when they are created."""

from collections.abc import Mapping
from typing import Any

from headway.model import run_parameters


def of_application(name: str) -> str:
    return f"application:{name}"


def of_environment(name: str) -> str:
    return f"environment:{name}"


def of(parameters: Mapping[str, Any]) -> list[str]:
    """Of a run with these parameters: its application, and each of its environments; none of a run that is about all."""
    if not (application := parameters.get("application")):
        return []
    environments = map(of_environment, run_parameters.environments(parameters))
    return [of_application(str(application)), *environments]
