"""`python -m bench.worker`: from an event to a flow that runs, by Headway's worker and by Prefect's process worker.

On the sandbox's Prefect server, in one run, in turns: each worker has a work pool of its own, and in it a deployment of Headway's
`deliver` that an automation starts. The application is none, so that each run ends by itself, at once. While one is measured the
other does not run: its polls would be answered first.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import httpx

from bench.surroundings import of_the_worker
from sandbox import address as sandbox_address
from sandbox import places

NOBODY = "bench-nobody"
KINDS = {"headway": "Headway's worker", "process": "Prefect's process worker"}
TURNS = 2
POLL_SECONDS = 2
LEAVES_ALONE_SECONDS = 1.5
"""After an event nobody else asks the server for so long, which answers one request after the other."""
PATIENCE_SECONDS = 60


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.worker", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="events to each (10)")
    arguments = parser.parse_args()
    address = sandbox_address.load()
    of_the_worker(address)
    waited: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with ExitStack() as stack:
        api = stack.enter_context(httpx.Client(base_url=address.prefect_api, timeout=30))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        for _ in range(TURNS):
            for kind in KINDS:
                with _worker(api, kind, folder) as deployment:
                    # The first run of a worker reads what the later ones find read.
                    _, *seconds = [
                        _until_it_runs(api, kind, deployment) for _ in range(arguments.rounds // TURNS + 1)
                    ]
                    waited[kind] += seconds
    print(
        f"| event -> flow Running, {len(waited['headway'])} events each, poll {POLL_SECONDS} s | median s | min - max |"
    )
    print("| --- | ---: | ---: |")
    for kind, seconds_of in waited.items():
        print(f"| {KINDS[kind]} | {median(seconds_of):.2f} | {min(seconds_of):.2f} - {max(seconds_of):.2f} |")
    return 0


@contextmanager
def _worker(api: httpx.Client, kind: str, folder: Path) -> Iterator[str]:
    """A work pool, a worker that polls it, and the deployment that an event starts; taken away afterwards."""
    pool = f"bench-{kind}"
    api.delete(f"/work_pools/{pool}")
    _post(api, "/work_pools/", {"name": pool, "type": kind, "base_job_template": _template(kind)})
    deployment = _deployment(api, pool)
    automation = _post(api, "/automations/", _automation(pool, deployment))["id"]
    argv = ["-m", "prefect", "worker", "start", "--type", kind, "--install-policy", "never", "--pool", pool]
    log = folder / f"{kind}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *argv],
            cwd=places.ROOT,
            env={**os.environ, "PREFECT_WORKER_QUERY_SECONDS": str(POLL_SECONDS)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(lambda: _post(api, f"/work_pools/{pool}/workers/filter", {}), f"no worker: {log}")
        yield deployment
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        api.delete(f"/automations/{automation}")
        for run in _runs(api, deployment):
            api.delete(f"/flow_runs/{run['id']}")
        api.delete(f"/deployments/{deployment}")
        api.delete(f"/work_pools/{pool}")


def _template(kind: str) -> Any:
    """Of the worker's type, as `prefect work-pool create` takes it."""
    from prefect.workers.process import ProcessWorker

    from headway.worker.worker import HeadwayWorker

    of_kind = HeadwayWorker if kind == HeadwayWorker.type else ProcessWorker
    return of_kind.get_default_base_job_template()


def _deployment(api: httpx.Client, pool: str) -> str:
    parameters = {name: {"title": name} for name in ("application", "hint", "dry_run")}
    body = {
        "name": pool,
        "flow_id": _post(api, "/flows/", {"name": "deliver"})["id"],
        "entrypoint": "flows.deliver.deliver",
        "pull_steps": [],
        "work_pool_name": pool,
        "job_variables": {"command": "python -m prefect.engine"},
        "parameter_openapi_schema": {"type": "object", "properties": parameters},
    }
    return str(_post(api, "/deployments/", body)["id"])


def _automation(pool: str, deployment: str) -> dict[str, Any]:
    return {
        "name": pool,
        "trigger": {
            "type": "event",
            "posture": "Reactive",
            "expect": [f"{pool}.go"],
            "threshold": 1,
            "within": 0,
        },
        "actions": [
            {
                "type": "run-deployment",
                "source": "selected",
                "deployment_id": deployment,
                "parameters": {"application": NOBODY},
            }
        ],
    }


def _until_it_runs(api: httpx.Client, kind: str, deployment: str) -> float:
    """Seconds from the event to the start of the run, by the run's own time. Waits until it has ended."""
    before = {run["id"] for run in _runs(api, deployment)}
    emitted = datetime.now(UTC)
    event = {
        "id": str(uuid4()),
        "occurred": emitted.isoformat(),
        "event": f"bench-{kind}.go",
        "resource": {"prefect.resource.id": f"bench-{kind}"},
    }
    _ask(api.post("/events", json=[event]))
    time.sleep(LEAVES_ALONE_SECONDS)

    def ended() -> list[Any]:
        new = [run for run in _runs(api, deployment) if run["id"] not in before]
        return [run for run in new if run["state_type"] in ("COMPLETED", "FAILED", "CRASHED")]

    (run,) = _wait(ended, "no run ended")
    return (datetime.fromisoformat(run["start_time"]) - emitted).total_seconds()


def _runs(api: httpx.Client, deployment: str) -> list[Any]:
    wanted = {"deployments": {"id": {"any_": [deployment]}}}
    return list(_post(api, "/flow_runs/filter", wanted))


def _wait(reached: Any, otherwise: str) -> Any:
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := reached()):
        if time.monotonic() > until:
            raise RuntimeError(otherwise)
        time.sleep(0.2)
    return found


def _post(api: httpx.Client, path: str, body: Any) -> Any:
    return _ask(api.post(path, json=body)).json()


def _ask(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise RuntimeError(f"{answer.request.method} {answer.request.url}: {answer.text}")
    return answer


if __name__ == "__main__":
    sys.exit(main())
