"""Environments that no Cluster block gives a place: nothing is released there, and no record and no run says why."""

from collections.abc import Mapping

from headway.cli import plain_prefect
from headway.model.block_kinds import APPLICATION, CLUSTER

SECONDS = 2.0
"""Nobody waits longer for it."""


def missing(application: str, blocks: Mapping[str, str]) -> dict[str, str]:
    """Why nothing comes, by environment. `blocks`: names of Cluster blocks by environment.

    Empty where the application is not registered, and where Prefect cannot be asked.
    """
    if not (blocks and plain_prefect.url()):
        return {}
    wanted = {
        "block_documents": {"name": {"any_": [application, *blocks.values()]}},
        "block_types": {"slug": {"any_": [APPLICATION, CLUSTER]}},
        "limit": 200,
    }
    try:
        found = plain_prefect.ask("/block_documents/filter", wanted, seconds=SECONDS)
        saved = {(each["block_type"]["slug"], each["name"]) for each in found}
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    if (APPLICATION, application) not in saved:
        return {}
    return {
        environment: f"there is no block {CLUSTER}/{block}, which says where its cluster is"
        for environment, block in blocks.items()
        if (CLUSTER, block) not in saved
    }


def way_out(application: str, environment: str) -> str:
    """What to do where there is none."""
    return f"headway add URL --cluster {environment}=CONTEXT makes it; headway doctor {application} says what else is missing."
