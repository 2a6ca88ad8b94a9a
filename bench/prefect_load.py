"""What runs put on a Prefect server, from one process: flow runs at once, each in a thread, while somebody else looks and logs.

`python -m bench.prefect_load --at-once 1 5 20` does it at PREFECT_API_URL, and says a line of JSON for each.
"""

import argparse
import asyncio
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
_EVERY, _GIVES_UP = 0.5, 20


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
    arguments = parser.parse_args()
    # The first run of a process is slower.
    _loaded(1)
    for at_once in arguments.at_once:
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
    asking = threading.Thread(target=lambda: asyncio.run(_asks(load, over)), daemon=True)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()


async def _asks(load: Load, over: threading.Event) -> None:
    """A read and a write at their times, whether or not those before have been answered."""
    asked = []
    url = os.environ["PREFECT_API_URL"]
    async with httpx.AsyncClient(base_url=url, timeout=_GIVES_UP, trust_env=False) as http:
        while not over.is_set():
            look = {"sort": "START_TIME_DESC", "limit": 20}
            now = datetime.now(UTC).isoformat()
            line = {"name": "bench", "level": 20, "message": "hello", "timestamp": now}
            asked.append(asyncio.create_task(_ask(http, "/flow_runs/filter", look, load, load.reads)))
            asked.append(asyncio.create_task(_ask(http, "/logs/", [line], load, load.writes)))
            await asyncio.sleep(_EVERY)
        await asyncio.gather(*asked)


async def _ask(http: httpx.AsyncClient, path: str, body: object, load: Load, seconds: list[float]) -> None:
    began = time.monotonic()
    try:
        good = (await http.post(path, json=body)).is_success
    except httpx.TransportError:
        good = False
    seconds.append(time.monotonic() - began)
    load.failures += not good


if __name__ == "__main__":
    sys.exit(main())
