"""First releases that wait for an approval: no record tells of them, so Prefect is asked, where a server is named."""

from typing import Any

from headway.cli import plain_prefect

SECONDS = 2.0
"""Nobody waits longer for it."""
_RUNS = 200
"""That wait, of all applications, the newest first."""


def waiting(application: str) -> frozenset[str]:
    """The environments in which a run waits. None where Prefect cannot be asked: who explains one says so."""
    if not plain_prefect.url():
        return frozenset()
    wanted = {
        "flows": {"name": {"any_": ["release"]}},
        "deployments": {"name": {"any_": ["release"]}},
        "flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}},
        "sort": "START_TIME_DESC",
        "limit": _RUNS,
    }
    try:
        runs: list[dict[str, Any]] = plain_prefect.ask("/flow_runs/filter", wanted, seconds=SECONDS)
        places = [each["parameters"] for each in runs]
        return frozenset(
            str(each.get("environment")) for each in places if each.get("application") == application
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return frozenset()
