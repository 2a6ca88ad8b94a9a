"""The charts' tests and the Jobs of headway.yaml side by side: who waits for whom, and what one that fails does to others."""

import signal
import threading
from collections.abc import Callable, Mapping

import pytest

from headway.decide.release import failure_cause
from headway.errors import Conflict, HeadwayError, LeaseLost, Retryable, Unreachable
from headway.model.application import ClusterTest
from headway.model.tests import TestReport, TestResult
from headway.workspace import release_tests

CHART_SAID_NO = TestResult("cart-check", False, "cart-check", "500", "it exited with 1", said_no=True)
CHART_PASSED = TestResult("cart-check", True, "cart-check", "")
PATIENCE_SECONDS = 20


def job(name: str, *needs: str) -> ClusterTest:
    return ClusterTest(name=name, image="tests:1", needs=needs)


def ended(name: str, *, passed: bool = True) -> TestResult:
    return TestResult(name, passed, f"{name}-1", "", said_no=not passed, kind="Job")


BOTH = (job("buy"), job("sell"))


def report_of(jobs: Mapping[str, TestResult | HeadwayError], charts: TestResult | HeadwayError) -> TestReport:
    def run_charts() -> TestReport:
        if isinstance(charts, HeadwayError):
            raise charts
        return TestReport((charts,))

    def run_job(test: ClusterTest, _: Callable[[], str]) -> TestResult:
        answer = jobs[test.name]
        if isinstance(answer, HeadwayError):
            raise answer
        return answer

    return release_tests.run(run_charts, run_job, BOTH, in_turn=False)


@pytest.mark.story
def test_a_test_that_said_no_is_heard_where_another_could_not_be_run() -> None:
    quota = Retryable("exceeded quota", where="Job sell")
    report = report_of({"buy": ended("buy", passed=False), "sell": quota}, CHART_PASSED)
    assert [(each.name, each.said_no, each.passed) for each in report.results] == [
        ("cart-check", False, True),
        ("buy", True, False),
        ("sell", False, False),
    ]
    assert failure_cause.of_tests(report) == "version"


def test_a_job_that_said_no_is_heard_where_the_charts_tests_could_not_be_run() -> None:
    report = report_of({"buy": ended("buy", passed=False), "sell": ended("sell")}, Unreachable("away"))
    assert [(each.name, each.ran, each.passed) for each in report.results] == [
        ("chart-tests", False, False),
        ("buy", True, False),
        ("sell", True, True),
    ]
    assert failure_cause.of_tests(report) == "version"


def test_a_chart_s_test_that_said_no_is_heard_where_a_job_could_not_be_run() -> None:
    report = report_of({"buy": Unreachable("away"), "sell": ended("sell")}, CHART_SAID_NO)
    assert failure_cause.of_tests(report) == "version"


@pytest.mark.parametrize(
    ("buy", "sell", "charts"),
    [
        pytest.param(ended("buy"), Unreachable("away"), CHART_PASSED, id="nobody said no"),
        pytest.param(ended("buy", passed=False), LeaseLost("lost"), CHART_PASSED, id="the lease is lost"),
        pytest.param(ended("buy", passed=False), Conflict("somebody"), CHART_SAID_NO, id="somebody else"),
    ],
)
def test_what_could_not_be_run_is_raised_else(
    buy: TestResult, sell: HeadwayError, charts: TestResult
) -> None:
    with pytest.raises(type(sell)):
        report_of({"buy": buy, "sell": sell}, charts)


@pytest.mark.parametrize("error", [Unreachable("away"), LeaseLost("lost")])
def test_the_charts_tests_that_could_not_be_run_are_raised(error: HeadwayError) -> None:
    with pytest.raises(type(error)):
        report_of({"buy": ended("buy"), "sell": ended("sell")}, error)


def test_jobs_begin_with_the_charts_tests() -> None:
    begun = threading.Event()

    def charts() -> TestReport:
        assert begun.wait(PATIENCE_SECONDS)
        return TestReport((CHART_PASSED,))

    def run_job(test: ClusterTest, _: Callable[[], str]) -> TestResult:
        begun.set()
        return ended(test.name)

    assert release_tests.run(charts, run_job, BOTH, in_turn=False).passed


@pytest.mark.parametrize("failure", [CHART_SAID_NO, Unreachable("away"), KeyboardInterrupt()], ids=repr)
def test_a_job_beside_charts_tests_that_failed_is_not_waited_for(failure: object) -> None:
    begun, told = threading.Event(), list[str]()

    def charts() -> TestReport:
        assert begun.wait(PATIENCE_SECONDS)
        if isinstance(failure, BaseException):
            raise failure
        return TestReport((CHART_SAID_NO,))

    def run_job(test: ClusterTest, in_vain: Callable[[], str]) -> TestResult:
        begun.set()
        ended_early = threading.Event()
        for _ in range(PATIENCE_SECONDS * 100):
            if why := in_vain():
                told.append(why)
                return TestResult(test.name, False, "", "", why, ran=False, kind="Job")
            ended_early.wait(0.01)
        raise AssertionError("nobody said that it is in vain")

    if isinstance(failure, BaseException):
        with pytest.raises(type(failure)):
            release_tests.run(charts, run_job, (job("long"),), in_turn=False)
    else:
        report = release_tests.run(charts, run_job, (job("long"),), in_turn=False)
        assert [each.name for each in report.failures] == ["cart-check"]
    assert told == ["it was ended: a test of the charts failed"]


@pytest.mark.parametrize("needs", [(), ("chart-tests",)], ids=["beside", "after"])
def test_a_job_is_not_waited_for_once_the_run_is_cancelled(needs: tuple[str, ...]) -> None:
    waits, told = threading.Event(), list[str]()

    def charts() -> TestReport:
        waits.set()
        return TestReport((CHART_PASSED,))

    def run_job(test: ClusterTest, in_vain: Callable[[], str]) -> TestResult:
        assert waits.wait(PATIENCE_SECONDS)
        pause = threading.Event()
        pause.wait(0.05)
        signal.pthread_kill(main, signal.SIGINT)
        for _ in range(PATIENCE_SECONDS * 100):
            if why := in_vain():
                told.append(why)
                break
            pause.wait(0.01)
        return TestResult(test.name, False, "", "", "", ran=False, kind="Job")

    main = threading.main_thread().ident
    assert main
    with pytest.raises(KeyboardInterrupt):
        release_tests.run(charts, run_job, (job("long", *needs),), in_turn=False)
    assert told


@pytest.mark.parametrize(
    ("in_turn", "charts_pass", "expected"),
    [
        pytest.param(False, True, ["log-in", "charts", "buy", "sell"], id="what needs them follows"),
        pytest.param(False, False, ["log-in", "charts"], id="they failed"),
        pytest.param(True, True, ["charts", "buy", "log-in", "sell"], id="in turn"),
        pytest.param(True, False, ["charts"], id="in turn, they failed"),
    ],
)
def test_jobs_that_need_the_charts_tests_come_after_them(
    in_turn: bool, charts_pass: bool, expected: list[str]
) -> None:
    ran = list[str]()
    logged_in = threading.Event()

    def charts() -> TestReport:
        assert in_turn or logged_in.wait(PATIENCE_SECONDS)
        ran.append("charts")
        return TestReport((CHART_PASSED if charts_pass else CHART_SAID_NO,))

    def run_job(test: ClusterTest, _: Callable[[], str]) -> TestResult:
        ran.append(test.name)
        if test.name == "log-in":
            logged_in.set()
        return ended(test.name)

    tests = (job("sell", "buy"), job("buy", "chart-tests"), job("log-in"))
    assert release_tests.run(charts, run_job, tests, in_turn=in_turn).passed is charts_pass
    assert ran == expected
