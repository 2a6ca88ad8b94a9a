"""Which environments a run is about, by the parameters it was created with."""

from collections.abc import Mapping
from typing import Any

MANY = "environments"


def environments(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """None of a run that is about an application as a whole."""
    if one := parameters.get("environment"):
        return (str(one),)
    many = parameters.get(MANY)
    return tuple(map(str, many)) if isinstance(many, list | tuple) else ()


def is_about(parameters: Mapping[str, Any], application: str, environment: str) -> bool:
    """Whether a run acts on that release, alone or among others."""
    return parameters.get("application") == application and environment in environments(parameters)
