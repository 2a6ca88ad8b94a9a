"""Tells the story: each line with its seconds, and the table at the end."""

import time
from dataclasses import dataclass, field

from sandbox.build import say_at_once

MEANT_SECONDS = 300


@dataclass(slots=True)
class Telling:
    """`started`: seconds since the epoch at which the person pressed return."""

    started: float = field(default_factory=time.time)
    first_truth: float | None = None
    """Seconds until the first thing that was checked on a real system was on the screen."""
    rows: list[tuple[str, str, float]] = field(default_factory=list)

    def seconds(self) -> float:
        return time.time() - self.started

    def say(self, line: str) -> None:
        for part in line.splitlines() or [""]:
            say_at_once(f"{self.seconds():7.1f} s  {part}")

    def true(self, fact: str) -> None:
        """A sentence that was just checked on git, bucket, registry or API server."""
        self.say(f"    true  {fact}")
        if self.first_truth is None:
            self.first_truth = self.seconds()
            late = (
                " (later than the five minutes it is meant to take)"
                if self.first_truth > MEANT_SECONDS
                else ""
            )
            self.say(f"          the first true thing was on the screen after {self.first_truth:.0f} s{late}")

    def ended(self, step: str, result: str, seconds: float) -> None:
        self.rows.append((step, result, seconds))

    def table(self) -> None:
        width = max(len(step) for step, _, _ in self.rows)
        say_at_once("")
        say_at_once(f"{'step':<{width}}  {'result':<8}  {'seconds':>7}")
        say_at_once(f"{'-' * width}  {'-' * 8}  {'-' * 7}")
        for step, result, seconds in self.rows:
            say_at_once(f"{step:<{width}}  {result:<8}  {seconds:7.1f}")
        say_at_once(f"{'in all':<{width}}  {'':<8}  {self.seconds():7.1f}")
