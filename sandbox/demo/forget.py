"""Takes away what an earlier telling left in Prefect: its runs and artifacts, and nothing else."""

import time

from sandbox.demo.prefect_api import WATCH, PrefectApi, Run

PATIENCE_SECONDS = 30


def forget(prefect: PrefectApi, application: str) -> None:
    """Pauses `watch`, ends the application's runs, deletes them and their artifacts."""
    prefect.schedule_watch(None)
    while runs := [run for run in prefect.runs() if _belongs(run, application)]:
        _forget_runs(prefect, runs)
    for artifact in prefect.artifacts(application):
        prefect.delete(f"/artifacts/{artifact['id']}")


def _forget_runs(prefect: PrefectApi, runs: list[Run]) -> None:
    for run in runs:
        if run.type in ("RUNNING", "PENDING"):
            prefect.set_state(run, "CANCELLING", "Cancelling")
        elif not run.ended:
            prefect.set_state(run, "CANCELLED", "Cancelled")
    _wait_for_end(prefect, runs)
    for run in runs:
        prefect.delete(f"/flow_runs/{run.id}")


def _belongs(run: Run, application: str) -> bool:
    return run.deployment == WATCH or run.parameters.get("application") == application


def _wait_for_end(prefect: PrefectApi, runs: list[Run]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    left = [run for run in runs if run.type in ("RUNNING", "PENDING")]
    while left and time.monotonic() < until:
        time.sleep(1)
        left = [run for run in left if not prefect.run(run.id).ended]
    for run in left:
        prefect.set_state(run, "CANCELLED", "Cancelled")
