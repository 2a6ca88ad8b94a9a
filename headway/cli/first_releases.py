"""First releases that wait for an approval: no record tells of them, so Prefect is asked, where a server is named."""

from typing import Any

from headway.cli import plain_prefect

SECONDS = 2.0
"""Nobody waits longer for it."""
_RUNS = 200
"""That wait, of all applications, the newest first."""


def waiting(application: str) -> dict[str, str]:
    """The newest run that waits, by its environment. None where Prefect cannot be asked: who explains one says so."""
    if not plain_prefect.url():
        return {}
    wanted = {
        "flows": {"name": {"any_": ["release"]}},
        "deployments": {"name": {"any_": ["release"]}},
        "flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}},
        "sort": "START_TIME_DESC",
        "limit": _RUNS,
    }
    found: dict[str, str] = {}
    try:
        runs: list[dict[str, Any]] = plain_prefect.ask("/flow_runs/filter", wanted, seconds=SECONDS)
        for each in runs:
            if each["parameters"].get("application") == application:
                found.setdefault(str(each["parameters"].get("environment")), str(each["name"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
    return found
