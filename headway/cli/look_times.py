"""When an application was looked at, and is looked at next, as Prefect knows it: three questions beside whatever else is read."""

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from typing import Any

from headway.cli import plain_prefect
from headway.clients import beside
from headway.decide.review import look_times
from headway.decide.review.look_times import LastLook, LookTimes
from headway.errors import HeadwayError, NoServer, Unreachable
from headway.model import run_names
from headway.model.block_kinds import APPLICATION, SITE

SECONDS = 2.0
"""Nobody waits longer for it."""
_RUNS = 10
"""Newest deliveries of an application and looks at all, among which one is no dry run and left to no other."""


def begun(application: str) -> "Future[LookTimes]":
    """Raises by `result` what `read` raises."""
    return beside.begun({application: partial(read, application)}, 1, "look times")[application]


def told(asked: "Future[LookTimes]") -> str:
    """A sentence; why it is not known, where it is not."""
    try:
        return look_times.sentence(asked.result(SECONDS), datetime.now(UTC))
    except NoServer as error:
        return f"when it is looked at is not known: {error}"
    except (HeadwayError, TimeoutError):
        return "when it is looked at is not known: Prefect does not answer"


def read(application: str) -> LookTimes:
    """Raises NoServer where none is named, Unreachable where it does not answer as one does."""
    if not plain_prefect.url():
        raise NoServer
    try:
        registered_at = _registered_at(application)
        last = _last(application, registered_at)
        if registered_at is None:
            return LookTimes(last, None, look_times.NOT_REGISTERED)
        next_at = _next()
        return LookTimes(last, next_at, "" if next_at else _why_none())
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Unreachable(
            f"it does not answer as Prefect does ({error})",
            where="Prefect server",
            next_step="headway doctor says what it needs.",
        ) from error


def _registered_at(application: str) -> datetime | None:
    """None where it is not."""
    wanted = {
        "block_documents": {"name": {"any_": [application]}},
        "block_types": {"slug": {"any_": [APPLICATION, SITE]}},
        "limit": 1,
    }
    found = plain_prefect.ask("/block_documents/filter", wanted, seconds=SECONDS)
    return next((_moment(each["created"]) for each in found if each["name"] == application), None)


def _last(application: str, registered_at: datetime | None) -> LastLook | None:
    """By a run of `deliver`, or of `watch`, which looks at all that are registered when it begins."""
    own = run_names.DELIVER.format(application=application)
    runs = _runs(
        {
            "flow_runs": {
                "name": {"any_": [own, run_names.WATCH]},
                "state": {"type": {"not_any_": ["SCHEDULED"]}},
            },
            "sort": "START_TIME_DESC",
            "limit": _RUNS,
        }
    )
    for each in runs:
        if not each["start_time"] or each["parameters"].get("dry_run"):
            continue
        at, kind = _moment(each["start_time"]), str(each["state_type"])
        said = str(each["state"].get("message") or "")
        if each["name"] == own:
            return LastLook(at, each["parent_task_run_id"] is not None, kind, said)
        if registered_at and at >= registered_at and each["state"].get("name") != run_names.HANDED_OVER:
            return look_times.of_watch(at, kind, said, application)
    return None


def _next() -> datetime | None:
    """When `watch` runs next, or was to run."""
    runs = _runs(
        {
            "deployments": {"name": {"any_": ["watch"]}},
            "flows": {"name": {"any_": ["watch"]}},
            "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
            "sort": "NEXT_SCHEDULED_START_TIME_ASC",
            "limit": 1,
        }
    )
    return _moment(runs[0]["expected_start_time"]) if runs else None


def _why_none() -> str:
    found = plain_prefect.ask(
        "/deployments/filter",
        {"deployments": {"name": {"any_": ["watch"]}}, "flows": {"name": {"any_": ["watch"]}}, "limit": 1},
        seconds=SECONDS,
    )
    if not found:
        return look_times.NOT_DEPLOYED
    runs = not found[0]["paused"] and any(each["active"] for each in found[0]["schedules"])
    return look_times.NOT_PLANNED if runs else look_times.PAUSED


def _runs(wanted: Mapping[str, object]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plain_prefect.ask("/flow_runs/filter", wanted, seconds=SECONDS)
    return found


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
