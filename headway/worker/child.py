"""What a child of the fork parent does: it becomes the process that `python -m prefect.engine` would have been."""

import asyncio
import atexit
import os
import runpy
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from typing import NoReturn
from uuid import UUID

from headway.worker.environment import TELLS
from headway.worker.messages import Order

_ENGINE = "prefect.engine"


def execute(order: Order) -> NoReturn:
    _take_over(order)
    _end(_exit_code(lambda: _run_hooks(order) if order.hooks_of else _run_engine(order)))


def _take_over(order: Order) -> None:
    for name, value in order.environment.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    time.tzset()
    # Remembered by whoever asked for it first.
    tempfile.tempdir = None
    os.chdir(order.folder)
    if not order.streams:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)


def _run_engine(order: Order) -> None:
    # With Prefect, which the worker's own process need not have for this.
    from headway.worker import asked_once, first_question, relations, suspension

    # A worker that began before it took up this code does not.
    if taken := os.environ.pop(TELLS, None):
        suspension.heed_the_worker(taken)
    asked_once.where_results_are_kept()
    first_question.ask_patiently()
    relations.know_deployment(order.deployment)
    # It is imported, but not yet run as a program.
    warnings.filterwarnings("ignore", f"'{_ENGINE}' found in sys.modules", RuntimeWarning)
    sys.argv = [_ENGINE, order.flow_run]
    runpy.run_module(_ENGINE, run_name="__main__", alter_sys=True)


def _run_hooks(order: Order) -> None:
    from prefect.client.schemas.objects import State
    from prefect.flow_engine import load_flow_run
    from prefect.flows import load_flow_from_flow_run
    from prefect.runner._hook_runner import HookRunner

    run = load_flow_run(UUID(order.flow_run))
    state = State.model_validate_json(order.hooks_of)
    hooks = HookRunner(resolve_flow=load_flow_from_flow_run)
    asked = hooks.run_crashed_hooks if state.is_crashed() else hooks.run_cancellation_hooks
    asyncio.run(asked(run, state))


def _exit_code(work: Callable[[], None]) -> int:
    """That of an interpreter whose program this is."""
    try:
        work()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        return 1
    return 0


def _end(code: int) -> NoReturn:
    """As an interpreter ends, but for taking apart all that is imported, which takes longer than many a run."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                code = code or 120
        os._exit(code)
