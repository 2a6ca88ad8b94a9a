"""Runs that the sandbox's worker executes, and a person who cancels them in Prefect's UI."""

import time
from collections.abc import Callable

from sandbox.demo.prefect_api import PrefectApi

PATIENCE_SECONDS = 90


class Worker:
    def __init__(self, prefect: PrefectApi) -> None:
        self._prefect = prefect

    def cancel_release(self, application: str, environment: str, reached: Callable[[], object]) -> None:
        """Cancel the release that a delivery has started, at work, as soon as `reached` holds; return when it has ended."""
        about = {"application": application, "environment": environment}
        run = next(
            run.id
            for run in self._prefect.runs(["release/release"])
            if about.items() <= run.parameters.items()
        )
        self._wait(lambda: self._prefect.run(run).type == "RUNNING", "it never began")
        self._wait(reached, "it never came to the point at which it is cancelled")
        self._prefect.set_state(self._prefect.run(run), "CANCELLING", "Cancelling")
        self._wait(lambda: self._prefect.run(run).ended, "nobody ended it")
        assert self._prefect.run(run).type in ("CANCELLED", "CRASHED")

    @staticmethod
    def _wait(reached: Callable[[], object], otherwise: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not reached():
            assert time.monotonic() < until, otherwise
            time.sleep(0.02)
