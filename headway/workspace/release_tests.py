"""Runs the tests of a release: the charts' own, and beside them the Jobs of headway.yaml that need none of them.

A chart's test that fails ends the Jobs that run beside it: no longer than the charts' own tests is waited for bad news.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

from headway.decide.release.test_rounds import job_order
from headway.errors import Conflict, HeadwayError
from headway.model.application import CHART_TESTS, ClusterTest
from headway.model.tests import TestKind, TestReport, TestResult, not_run

RunCharts = Callable[[], TestReport]
RunJob = Callable[[ClusterTest, Callable[[], str]], TestResult]
"""Gets why nobody waits for the Job any more, empty while somebody does."""
_OTHER_FAILED = "it was ended: a test of the charts failed"


def run(charts: RunCharts, job: RunJob, declared: Sequence[ClusterTest], *, in_turn: bool) -> TestReport:
    """Jobs run round by round, up to the first round with one that fails; those that need the charts' tests after them, and all
    of them where `in_turn`.

    What could not be run is raised, unless another test said no: that is not forgotten for it. Conflict is raised.
    """
    begun = time.monotonic()
    jobs = _Jobs(job)
    beside, after = job_order(declared, in_turn=in_turn)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(jobs.run, beside)
        with jobs.ended_by_errors():
            of_charts = _of_charts(charts, jobs, running)
    said_no = any(each.said_no for each in of_charts.results)
    jobs.raise_errors(unless=said_no)
    if of_charts.passed and jobs.passed:
        jobs.run(after)
        jobs.raise_errors()
    return TestReport((*of_charts.results, *jobs.results), time.monotonic() - begun)


def _of_charts(charts: RunCharts, jobs: "_Jobs", running: Future[None]) -> TestReport:
    """Once the Jobs beside them have ended as well."""
    try:
        report = charts()
    except HeadwayError as error:
        jobs.end()
        running.result()
        if isinstance(error, Conflict) or not jobs.said_no:
            raise
        return TestReport((_could_not_run(CHART_TESTS, error, kind="test"),))
    if not report.passed:
        jobs.end()
    running.result()
    return report


@dataclass
class _Jobs:
    run_one: RunJob
    results: list[TestResult] = field(default_factory=list)
    _errors: list[HeadwayError] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)

    @property
    def passed(self) -> bool:
        return all(each.passed for each in self.results)

    @property
    def said_no(self) -> bool:
        return any(each.said_no for each in self.results)

    def end(self) -> None:
        self._ended.set()

    @contextmanager
    def ended_by_errors(self) -> Iterator[None]:
        """A run that is cancelled meanwhile, or has lost its lease, waits for no Job's own end."""
        try:
            yield
        except BaseException:
            self.end()
            raise

    def run(self, rounds: Sequence[Sequence[ClusterTest]]) -> None:
        """Raises Conflict; keeps other errors."""
        for tests in rounds:
            if self._ended.is_set():
                self.results += [not_run(test.name, kind="Job") for test in tests]
                continue
            with ThreadPoolExecutor(len(tests)) as pool, self.ended_by_errors():
                self.results += pool.map(self._tried, tests)
            if not self.passed:
                return

    def raise_errors(self, *, unless: bool = False) -> None:
        if self._errors and not (unless or self.said_no):
            raise self._errors[0]

    def _tried(self, test: ClusterTest) -> TestResult:
        try:
            return self.run_one(test, self._why_ended)
        except Conflict:
            raise
        except HeadwayError as error:
            self._errors.append(error)
            return _could_not_run(test.name, error, kind="Job")

    def _why_ended(self) -> str:
        return _OTHER_FAILED if self._ended.is_set() else ""


def _could_not_run(name: str, error: HeadwayError, *, kind: TestKind) -> TestResult:
    return TestResult(name, False, "", "", str(error), ran=False, kind=kind)
