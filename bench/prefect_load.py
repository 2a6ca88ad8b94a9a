"""What runs put on a Prefect server, from one process: flow runs at once, each in a thread, while somebody else looks and logs.

python -m bench.prefect_load --at-once 1 5 20      # at PREFECT_API_URL; a line of JSON each
"""

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

import httpx
from prefect import flow, get_run_logger, task
from prefect.events import emit_event

from bench.prefect_database import Load

TASKS, LINES = 3, 5
PATIENCE_SECONDS = 40
"""For the runs of one load. Prefect's client asks a busy server again, for longer than anyone waits for a figure."""
_PAUSE = 0.05


@task
def step(number: int) -> None:
    for line in range(LINES):
        get_run_logger().info("step %d, line %d", number, line)


@flow
def run(name: str) -> None:
    """Six states, their tasks' states as events, fifteen lines of log, one event of its own."""
    for number in range(TASKS):
        step(number)
    emit_event("bench.prefect_load.ended", resource={"prefect.resource.id": f"bench.{name}"})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.prefect_load", description=__doc__)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 5, 20])
    run("first")
    for at_once in parser.parse_args().at_once:
        print(json.dumps(asdict(_loaded(at_once))), flush=True)
    # Runs that hang hold threads, which Python would wait for.
    os._exit(0)


def _loaded(at_once: int) -> Load:
    load = Load(at_once)
    pool = ThreadPoolExecutor(at_once)
    with _somebody_else(load):
        began = time.monotonic()
        runs = [pool.submit(run, f"{at_once}-{number}") for number in range(at_once)]
        done, late = wait(runs, PATIENCE_SECONDS)
        load.took = time.monotonic() - began
    load.unfinished = len(late) + sum(_failed(each) for each in done)
    return load


def _failed(each: "Future[None]") -> bool:
    return each.exception() is not None


@contextmanager
def _somebody_else(load: Load) -> Iterator[None]:
    over = threading.Event()

    def asks() -> None:
        with httpx.Client(
            base_url=os.environ["PREFECT_API_URL"], timeout=PATIENCE_SECONDS, trust_env=False
        ) as http:
            while not over.wait(_PAUSE):
                _ask(http, "/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 20}, load, load.reads)
                said = {
                    "name": "bench",
                    "level": 20,
                    "message": "hello",
                    "timestamp": datetime.now(UTC).isoformat(),
                }
                _ask(http, "/logs/", [said], load, load.writes)

    asking = threading.Thread(target=asks, daemon=True)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join(PATIENCE_SECONDS)


def _ask(http: httpx.Client, path: str, body: object, load: Load, seconds: list[float]) -> None:
    began = time.monotonic()
    try:
        good = http.post(path, json=body).is_success
    except httpx.TransportError:
        good = False
    seconds.append(time.monotonic() - began)
    load.failures += not good


if __name__ == "__main__":
    sys.exit(main())
