"""How the tests of a release ended: the chart's test hooks, and the Jobs that headway.yaml declares."""

from dataclasses import dataclass
from typing import Literal

from headway.model.record import Cause

TestKind = Literal["test", "Job", "check"]


@dataclass(frozen=True, slots=True)
class TestCase:
    """One case of a test that writes a JUnit report."""

    name: str
    outcome: Literal["passed", "failed", "skipped"]
    message: str = ""
    """Why it failed."""
    seconds: float = 0.0

    __test__ = False


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test."""

    name: str
    passed: bool
    pod: str
    log: str
    """The pod's last lines; empty where it said nothing or never ran."""
    reason: str = ""
    """Why it failed, where more is known than its log says."""
    seconds: float = 0.0
    ran: bool = True
    said_no: bool = False
    """It ran to its end and failed by itself: not killed, evicted, drained or out of time."""
    cause: Cause | None = None
    """Where its pod's state says what kept it from its end."""
    certain: bool = False
    """No other run can end otherwise: what its pod names or starts is not there."""
    kind: TestKind = "test"
    """A test hook of a chart, a Job that headway.yaml declares, or what Headway itself looks at."""
    cases: tuple[TestCase, ...] = ()
    """Of the JUnit report that it wrote, if it wrote one."""

    __test__ = False

    @property
    def sentence(self) -> str:
        """Why it failed."""
        place = f" in pod {self.pod}" if self.pod else ""
        return f"{self.kind} {self.name} failed{place}: {self.reason or 'see its log'}{self._failed_cases}"

    @property
    def ending(self) -> str:
        """How it ended, without what it said: that may be secret."""
        return f"{self.kind} {self.name} {'passed' if self.passed else 'failed'} in {self.seconds:.1f} s"

    @property
    def _failed_cases(self) -> str:
        failed = [each for each in self.cases if each.outcome == "failed"]
        if not failed:
            return ""
        first = f"{failed[0].name} ({failed[0].message})" if failed[0].message else failed[0].name
        return f"; {len(failed)} of {len(self.cases)} cases failed, the first is {first}"


@dataclass(frozen=True, slots=True)
class TestReport:
    """All tests of one run. Passed also where there are none."""

    results: tuple[TestResult, ...]
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    """What people should know of what was tested, one sentence each."""

    __test__ = False

    @property
    def passed(self) -> bool:
        return all(result.passed for result in self.results)

    @property
    def sentence(self) -> str:
        """What failed; empty where nothing did."""
        return "; ".join(each.sentence for each in self.failures)

    @property
    def failures(self) -> list[TestResult]:
        """Those that were not reached say nothing beside the one that kept them from running."""
        failed = [each for each in self.results if not each.passed]
        return [each for each in failed if each.ran] or failed


def not_run(name: str, kind: TestKind = "test") -> TestResult:
    why = "it was not run: another test failed before it"
    return TestResult(name, False, "", "", why, ran=False, kind=kind)
