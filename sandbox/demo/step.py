"""A step of the story: what is done, and what must be true afterwards."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.demo.stage import Stage


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    do: Callable[[Stage], None]
    check: Callable[[Stage], Iterator[str]]
    """Yields the facts it found on the real systems; raises UntrueError at the first that is not as told."""
    expected_failures: tuple[str, ...] = ()


def play(step: Step, stage: Stage) -> None:
    """Does and checks, and adds the step to the table, whatever becomes of it."""
    began = time.monotonic()
    stage.since = datetime.now(UTC)
    stage.expected_failures = step.expected_failures
    stage.tell.say("")
    stage.tell.say(f"{step.name}")
    result = "FAILED"
    try:
        step.do(stage)
        for fact in step.check(stage):
            stage.tell.true(fact)
        result = "as told"
    finally:
        stage.tell.ended(step.name, result, time.monotonic() - began)
