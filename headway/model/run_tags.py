"""What people filter runs by in Prefect's UI, from when they are created."""

from collections.abc import Iterable, Mapping
from typing import Any

from headway.model import run_parameters

PLAN = "plan:"
"""How the tag of a run begins that asks a person: what follows is the key of the plan."""


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


def plan_among(tags: Iterable[str]) -> str:
    """The key of the plan that a run asks about; empty where it has asked nobody yet."""
    return next((tag.removeprefix(PLAN) for tag in tags if tag.startswith(PLAN)), "")
