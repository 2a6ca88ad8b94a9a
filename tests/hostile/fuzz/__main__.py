"""Runs the targets in turn for a time, with other input each time, and prints every failure with how to see it again.

    nice -n 19 python -m tests.hostile.fuzz --seconds 3600 [--only NAME]

Ends with 1 where a promise was broken. One target breaks the same promise in the same place only once.
"""

import argparse
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from types import FrameType

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import HypothesisWarning

from tests.hostile.fuzz.promise import Target
from tests.hostile.fuzz.targets import TARGETS

BATCH = 300
PATIENCE, STANDSTILL = 30, 300
"""Seconds of processor time that one input may take, and seconds at all: it may run beside what goes before it."""
MEMORY = 4 * 2**30
SHOWN = 6000
"""Characters of what is said of one failure."""


class Endless(BaseException):
    """One input takes longer than its reader is given."""


class Fuzzed:
    """What is known of one target."""

    def __init__(self, name: str, target: Target) -> None:
        self.name, self.target = name, target
        self.examples, self.slowest = 0, 0.0
        self.failures: dict[str, str] = {}

    def batch(self, seed: int) -> None:
        try:
            self._test(seed)()
        except Exception as error:  # noqa: BLE001
            place = traceback.extract_tb(error.__traceback__)[-1]
            key = f"{type(error).__name__} in {place.filename}:{place.lineno}"
            if key not in self.failures:
                told = "".join(traceback.format_exception(error, limit=-8, chain=False))[-SHOWN:]
                self.failures[key] = told
                print(f"\n{self.name}: {key} (seed {seed})\n{told}", flush=True)

    def _test(self, seed: int) -> "type":
        @seeded(seed)
        @settings(
            max_examples=BATCH,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )
        @given(drawn=self.target.drawn)
        def test(drawn: object) -> None:
            began = time.monotonic()
            signal.setitimer(signal.ITIMER_PROF, PATIENCE)
            signal.alarm(STANDSTILL)
            try:
                self.target.held(drawn)
            except Endless:
                raise AssertionError(f"it takes longer than {PATIENCE} s") from None
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                signal.alarm(0)
                self.examples += 1
                self.slowest = max(self.slowest, time.monotonic() - began)

        return test  # type: ignore[return-value]

    def __str__(self) -> str:
        end = f", {len(self.failures)} failures" if self.failures else ""
        return f"{self.name:<28}{self.examples:>10} examples, the slowest {self.slowest * 1000:8.1f} ms{end}"


def _endless(_: int, __: FrameType | None) -> None:
    raise Endless


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.hostile.fuzz")
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--only", choices=TARGETS, action="append")
    arguments.add_argument(
        "--seed", type=int, default=None, help="of the first batch; a random one where none is given"
    )
    given_arguments = arguments.parse_args()
    warnings.simplefilter("ignore", HypothesisWarning)
    signal.signal(signal.SIGALRM, _endless)
    signal.signal(signal.SIGPROF, _endless)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    every = [Fuzzed(name, TARGETS[name]) for name in given_arguments.only or TARGETS]
    seed = random.randrange(2**32) if given_arguments.seed is None else given_arguments.seed
    end = time.monotonic() + given_arguments.seconds
    said = time.monotonic()
    while time.monotonic() < end:
        for each in every:
            each.batch(seed)
            if time.monotonic() > end:
                break
        seed += 1
        if time.monotonic() > said + 300:
            said = time.monotonic()
            failures = sum(len(each.failures) for each in every)
            print(f"{sum(each.examples for each in every)} examples, {failures} failures", flush=True)
    print(*every, sep="\n", flush=True)
    return int(any(each.failures for each in every))


if __name__ == "__main__":
    sys.exit(main())
