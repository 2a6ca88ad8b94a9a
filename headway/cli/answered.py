"""Answers that the record does not have yet: for the seconds between `headway approve` and the run's taking it up, Prefect alone
has it, and who answers twice is told by the status that nobody has.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

from headway.cli import plain_prefect
from headway.decide.review.status import ReleaseStatus
from headway.model import run_tags

SECONDS = 2.0
"""Nobody waits longer for it."""
_UNDER_WAY = ("SCHEDULED", "PENDING", "RUNNING")


def told(statuses: Sequence[ReleaseStatus]) -> list[ReleaseStatus]:
    """With who has answered, where a run that asks goes on already. As they are where Prefect cannot be asked."""
    asking = {each.asks.run for each in statuses if each.asks and each.asks.run}
    if not asking or not plain_prefect.url():
        return [*statuses]
    try:
        wanted = {"flow_runs": {"id": {"any_": sorted(asking)}}, "limit": 200}
        runs: list[dict[str, Any]] = plain_prefect.ask("/flow_runs/filter", wanted, seconds=SECONDS)
        said = {str(run["id"]): _said(run) for run in runs if run.get("state_type") in _UNDER_WAY}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return [*statuses]
    return [replace(each, answered=said.get(each.asks.run, "")) if each.asks else each for each in statuses]


def _said(run: dict[str, Any]) -> str:
    """Empty where it goes on and nobody has answered what it has asked last."""
    plan = run_tags.plan_among(run.get("tags") or ())
    if not plan:
        return ""
    path = f"/flow_runs/{run['id']}/input/suspended-{quote(plan, safe='')}-response"
    try:
        answer = plain_prefect.ask(path, seconds=SECONDS)
    except HTTPError:
        return ""
    by = " ".join(str(answer.get("approver") or "somebody").split())
    return f"was {'approved' if answer.get('approved') else 'rejected'} by {by}: its run takes that up"
