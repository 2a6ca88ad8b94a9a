"""Runs for the release view, whose Prefect is loaded only when somebody asks for one: the board is there seconds before."""

import os
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from headway.decide.review.look_times import LookTimes
from headway.errors import NoServer
from headway.view.runs import Report, RunLine, Runs, Started, Waiting


class LateRuns:
    """headway.view.runs.Runs. Raises NoServer where no server is named: none is started for a view."""

    def url(self, run: str) -> str:
        return self._runs.url(run)

    def start(self, deployment: str, parameters: Mapping[str, object], *, once: str) -> Started:
        return self._runs.start(deployment, parameters, once=once)

    def waiting(self, application: str, environment: str) -> Waiting | None:
        return self._runs.waiting(application, environment)

    def unanswered(self) -> Sequence[RunLine]:
        return self._runs.unanswered()

    def applications(self) -> Collection[str]:
        return self._runs.applications()

    def answer(self, waiting: Waiting, said: Mapping[str, object]) -> None:
        self._runs.answer(waiting, said)

    def recent(self, application: str, limit: int) -> Sequence[RunLine]:
        return self._runs.recent(application, limit)

    def plan(self, application: str, environment: str, title: str) -> Report | None:
        return self._runs.plan(application, environment, title)

    def reports(self, application: str, environment: str) -> Sequence[Report]:
        return self._runs.reports(application, environment)

    def look_times(self, application: str) -> LookTimes:
        return self._runs.look_times(application)

    def rollout(self, run: str) -> Sequence[tuple[datetime, str]]:
        return self._runs.rollout(run)

    def deliveries(self, application: str) -> Sequence[Report]:
        return self._runs.deliveries(application)

    @cached_property
    def _runs(self) -> Runs:
        if not os.environ.get("PREFECT_API_URL"):
            from prefect.settings import PREFECT_API_URL

            if not PREFECT_API_URL.value():
                raise NoServer(next_step="Set it, or use a profile; a release view is started anew then.")
        from headway.cli.view_runs import PrefectRuns

        return PrefectRuns()
