"""Prefect over its HTTP API, as a CI step, a scheduler's operator and an approving person use it."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from headway.model.events import Event

FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
UNDER_WAY = ("SCHEDULED", "PENDING", "RUNNING", "CANCELLING")
"""Neither ended nor waiting for a person."""
DELIVER, RELEASE, RELEASE_MANY, WATCH, ROLL_BACK = (
    "deliver/deliver",
    "release/release",
    "release-many/release-many",
    "watch/watch",
    "roll-back/roll-back",
)
# A server on SQLite says "busy" while another writes; nothing was done then.
BUSY_PAUSES_SECONDS = (0.2, 0.5, 1, 2, 4)
FORM_WITHIN_SECONDS = 10
DEPLOYMENTS = (DELIVER, RELEASE, RELEASE_MANY, WATCH, ROLL_BACK)


class PrefectAnswerError(Exception):
    """The server does not answer, or not as asked."""


@dataclass(frozen=True, slots=True)
class Run:
    id: str
    name: str
    deployment: str
    parameters: dict[str, Any]
    type: str
    """Prefect's state type: SCHEDULED, RUNNING, PAUSED, COMPLETED, ..."""
    state: str
    """The state's name: Headway's own, such as "Released", where the run has ended."""
    state_since: datetime
    message: str
    created: datetime
    by_schedule: bool
    input_keys: dict[str, str]

    @property
    def ended(self) -> bool:
        return self.type in FINAL


class PrefectApi:
    def __init__(self, url: str) -> None:
        self.url = url
        self.ui = url.removesuffix("/api")
        self._http = httpx.Client(base_url=url, timeout=90, trust_env=False)
        self._deployments: dict[str, str] = {}

    def start(self, deployment: str, **parameters: Any) -> str:
        """The id of a new run."""
        body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        run = self._ask("POST", f"/deployments/{self._id(deployment)}/create_flow_run", body)
        return str(run["id"])

    def run(self, run_id: str) -> Run:
        return self._run(self._ask("GET", f"/flow_runs/{run_id}"))

    def runs(
        self,
        deployments: Sequence[str] = DEPLOYMENTS,
        *,
        since: datetime | None = None,
        types: Sequence[str] = (),
    ) -> list[Run]:
        """Runs of deployments, newest first, created at `since` or later, but none that is yet to come; with `types` those alone.

        Each run of the answer takes the server half a millisecond.
        """
        due_by_now = {"before_": datetime.now(UTC).isoformat()}
        if since:
            # A run may be due a moment before it is created.
            due_by_now["after_"] = (since - timedelta(seconds=5)).isoformat()
        wanted: dict[str, Any] = {
            "deployment_id": {"any_": [self._id(name) for name in deployments]},
            "expected_start_time": due_by_now,
        }
        if types:
            wanted["state"] = {"type": {"any_": list(types)}}
        body = {"flow_runs": wanted, "sort": "START_TIME_DESC", "limit": 100}
        found = [self._run(run) for run in self._ask("POST", "/flow_runs/filter", body)]
        due = [run for run in found if not (run.by_schedule and run.type == "SCHEDULED")]
        newest_first = sorted(due, key=lambda run: run.created, reverse=True)
        return [run for run in newest_first if since is None or run.created >= since]

    def emit(self, event: Event) -> None:
        """As a CI step emits it."""
        body = {
            "id": str(uuid4()),
            "occurred": datetime.now(UTC).isoformat(),
            "event": event.name,
            "resource": {"prefect.resource.id": event.resource_id},
            "payload": event.payload,
        }
        self._ask("POST", "/events", [body])

    def question(self, run: Run) -> str:
        """What a suspended run asks: the markdown of its Resume form, which Prefect gets a moment after the run is suspended."""
        until = time.monotonic() + FORM_WITHIN_SECONDS
        while True:
            found = self._http.get(f"/flow_runs/{run.id}/input/{run.input_keys['description']}")
            if found.status_code != 404 or time.monotonic() > until:
                break
            time.sleep(0.1)
        found.raise_for_status()
        text = found.text
        return str(json.loads(text)) if text.startswith('"') else text

    def resume(self, run: Run, answer: dict[str, Any]) -> str:
        """The server's verdict on the answer: ACCEPT, or why not."""
        said = self._ask("POST", f"/flow_runs/{run.id}/resume", {"run_input": answer})
        return str(said["status"])

    def artifact(self, key: str) -> str:
        """The newest artifact with the key; empty where there is none."""
        found = self._http.get(f"/artifacts/{key}/latest")
        if found.status_code == 404:
            return ""
        found.raise_for_status()
        return str(found.json()["data"])

    def schedule_watch(self, seconds: int | None) -> None:
        """Lets `watch` run every so many seconds by itself; None pauses it."""
        deployment = self._ask("GET", f"/deployments/name/{WATCH}")
        for schedule in deployment["schedules"]:
            change: dict[str, Any] = {"active": seconds is not None}
            if seconds is not None:
                change["schedule"] = {"interval": seconds, "anchor_date": datetime.now(UTC).isoformat()}
            self._ask("PATCH", f"/deployments/{deployment['id']}/schedules/{schedule['id']}", change)

    @contextmanager
    def watch_paused(self) -> Iterator[None]:
        """Its schedules are as they were afterwards."""
        deployment = self._ask("GET", f"/deployments/name/{WATCH}")
        active = [each["id"] for each in deployment["schedules"] if each["active"]]
        paths = [f"/deployments/{deployment['id']}/schedules/{each}" for each in active]
        for path in paths:
            self._ask("PATCH", path, {"active": False})
        try:
            yield
        finally:
            for path in paths:
                self._ask("PATCH", path, {"active": True})

    def set_state(self, run: Run, kind: str, name: str) -> None:
        body = {"state": {"type": kind, "name": name}, "force": kind != "CANCELLING"}
        self._ask("POST", f"/flow_runs/{run.id}/set_state", body)

    def delete(self, path: str) -> None:
        self._ask("DELETE", path)

    def artifacts(self, application: str) -> list[dict[str, Any]]:
        body = {"artifacts": {"key": {"like_": f"{application}-%"}}, "limit": 200}
        found: list[dict[str, Any]] = self._ask("POST", "/artifacts/filter", body)
        return found

    def _id(self, deployment: str) -> str:
        if deployment not in self._deployments:
            self._deployments[deployment] = self._ask("GET", f"/deployments/name/{deployment}")["id"]
        return self._deployments[deployment]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        for pause in BUSY_PAUSES_SECONDS:
            try:
                answer = self._http.request(method, path, json=body)
            except httpx.TransportError:
                if method != "GET" and not path.endswith("/filter"):
                    raise
            else:
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    break
            time.sleep(pause)
        else:
            raise PrefectAnswerError(f"{method} {path}: the Prefect server does not answer")
        if answer.is_error:
            raise PrefectAnswerError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def _run(self, run: dict[str, Any]) -> Run:
        state = run["state"] or {}
        names = {identity: name for name, identity in self._deployments.items()}
        return Run(
            id=run["id"],
            name=run["name"],
            deployment=names.get(run["deployment_id"], ""),
            parameters=run["parameters"],
            type=state.get("type", ""),
            state=state.get("name", ""),
            state_since=datetime.fromisoformat(state.get("timestamp") or run["created"]),
            message=state.get("message") or "",
            created=datetime.fromisoformat(run["created"]),
            by_schedule=bool(run["auto_scheduled"]),
            input_keys=(state.get("state_details") or {}).get("run_input_keyset") or {},
        )
