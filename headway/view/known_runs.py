"""What Prefect says, asked in threads of its own and kept for moments: no page, and no thread of a page, waits long for it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from headway.decide.review.look_times import LookTimes
from headway.errors import BadInput, NoServer, Retryable
from headway.view import told
from headway.view.kept import Kept
from headway.view.runs import Report, RunLine, Runs, Started, Waiting
from headway.view.told import Away, CannotBeDone

LIVES_SECONDS = 3.0
RECENT = 30
"""Runs of one application."""
_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")


class KnownRuns:
    """What pages follow comes with why it is not known, or not anew; what one asks for once takes longer, or raises Away."""

    def __init__(self, runs: Runs, patience_seconds: float = 3.0) -> None:
        self._runs = runs
        self._followed: Kept[Any] = Kept(LIVES_SECONDS, patience_seconds)
        self._asked: Kept[Any] = Kept(0.0, 3 * patience_seconds)

    def url(self, run: str) -> str:
        return self._runs.url(run)

    def start(self, deployment: str, parameters: Mapping[str, object], *, once: str) -> Started:
        return _now(lambda: self._runs.start(deployment, parameters, once=once))

    def answer(self, waiting: Waiting, said: Mapping[str, object]) -> None:
        _now(lambda: self._runs.answer(waiting, said))

    def waits_now(self, application: str, environment: str) -> Waiting | None:
        """For whoever answers it: as the server says, however long that takes."""
        return _now(lambda: self._runs.waiting(application, environment))

    def waiting(self, application: str, environment: str) -> Waiting | None:
        found: Waiting | None = self._once("waiting", application, environment)
        return found

    def plan(self, application: str, environment: str, title: str) -> Report | None:
        found: Report | None = self._once("plan", application, environment, title)
        return found

    def reports(self, application: str, environment: str) -> Sequence[Report]:
        found: Sequence[Report] = self._once("reports", application, environment)
        return found

    def unanswered(self) -> tuple[Sequence[RunLine], str]:
        known, trouble = self._known("unanswered")
        return known or (), trouble

    def is_waiting(self, application: str, environment: str) -> bool | None:
        """At the gate; None where that is not known."""
        waiting, trouble = self.unanswered()
        found = any((each.application, each.environment) == (application, environment) for each in waiting)
        return found or (None if trouble else False)

    def is_registered(self, application: str) -> bool | None:
        """None where that is not known."""
        known, trouble = self._known("applications")
        return None if trouble or known is None else application in known

    def ask(self, application: str) -> None:
        """Begin to find out what pages of an application show."""
        self._begin("recent", application, RECENT)
        self._begin("deliveries", application)
        self._begin("look_times", application)

    def recent(self, application: str) -> tuple[Sequence[RunLine] | None, str]:
        return self._known("recent", application, RECENT)

    def look_times(self, application: str) -> tuple[LookTimes | None, str]:
        return self._known("look_times", application)

    def deliveries(self, application: str) -> tuple[Sequence[Report] | None, str]:
        return self._known("deliveries", application)

    def rollouts(self, runs: Sequence[str]) -> list[Sequence[tuple[datetime, str]]]:
        """What the logs of runs say of their rollouts; nothing of runs whose log is not known."""
        for each in runs:
            self._begin("rollout", each)
        return [self._known("rollout", each)[0] or () for each in runs]

    def forget(self) -> None:
        """Have all looked up anew: somebody has just started or answered one."""
        self._followed.forget()

    def close(self) -> None:
        self._followed.close()
        self._asked.close()

    def _begin(self, what: str, *about: object) -> None:
        self._followed.ask((what, *about), partial(getattr(self._runs, what), *about))

    def _known(self, what: str, *about: object) -> tuple[Any, str]:
        self._begin(what, *about)
        known, trouble = self._followed.answer((what, *about))
        return known, _in_words(trouble)

    def _once(self, what: str, *about: object) -> Any:
        known, trouble = self._asked.get((what, *about), partial(getattr(self._runs, what), *about))
        if trouble:
            raise Away(_in_words(trouble), next_step="Try again in a minute.")
        return known


def _now(ask: Callable[[], _T]) -> _T:
    """Ask for somebody who acts, and wait. Where the server refuses, they are told its words, since these are about what they
    asked for."""
    try:
        return ask()
    except NoServer:
        raise
    except BadInput as error:
        raise CannotBeDone(error.what, where=error.where, next_step=error.next_step) from error
    except Retryable as error:
        _LOG.warning("%s", error)
        raise Away(_in_words(told.sentence(error)), next_step="Try again in a minute.") from error


def _in_words(trouble: str) -> str:
    return f"Prefect {trouble.removeprefix('it ')}" if trouble.startswith("it ") else trouble
