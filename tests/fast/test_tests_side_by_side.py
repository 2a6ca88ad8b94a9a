"""Tests that run side by side, where one of them cannot be run."""

from types import SimpleNamespace
from typing import Any

import pytest

from headway.decide.release import failure_cause
from headway.errors import Conflict, HeadwayError, LeaseLost, Retryable, Unreachable
from headway.model.application import ClusterTest
from headway.model.tests import TestReport, TestResult
from headway.workspace import held_release
from headway.workspace.held_release import HeldRelease

NO = TestResult("buy", False, "buy-1", "500", "it exited with 1", said_no=True, kind="Job")
YES = TestResult("buy", True, "buy-1", "", kind="Job")
BOTH = (ClusterTest(name="buy", image="tests:1"), ClusterTest(name="sell", image="tests:1"))


def report_of(monkeypatch: pytest.MonkeyPatch, buy: TestResult, sell: HeadwayError) -> TestReport:
    def run(_: object, test: ClusterTest, *__: object) -> TestResult:
        if test.name == "sell":
            raise sell
        return buy

    monkeypatch.setattr(held_release, "run_declared", run)
    monkeypatch.setattr(held_release, "run_helm_tests", lambda *_, **__: TestReport(()))
    held: Any = HeldRelease.__new__(HeldRelease)
    workspace = SimpleNamespace(image_exists=None)
    ref = SimpleNamespace(release="shop")
    helm = SimpleNamespace(secrets_of=lambda _: ())
    held.context = SimpleNamespace(workspace=workspace, cluster=None, namespace="shop", ref=ref, helm=helm)
    held.helm, held.ensure_lease = SimpleNamespace(tell=lambda _: None), lambda: None
    seen: Any = SimpleNamespace(history=())
    report: TestReport = held.run_tests(1, BOTH, seen, in_turn=False)
    return report


@pytest.mark.story
def test_a_test_that_said_no_is_heard_where_another_could_not_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    report = report_of(monkeypatch, NO, Retryable("exceeded quota", where="Job sell"))
    assert [(each.name, each.said_no, each.passed) for each in report.results] == [
        ("buy", True, False),
        ("sell", False, False),
    ]
    assert failure_cause.of_tests(report) == "version"


@pytest.mark.parametrize(
    ("buy", "sell"), [(YES, Unreachable("away")), (NO, LeaseLost("lost")), (NO, Conflict("somebody"))]
)
def test_what_could_not_be_run_is_raised_else(
    monkeypatch: pytest.MonkeyPatch, buy: TestResult, sell: HeadwayError
) -> None:
    with pytest.raises(type(sell)):
        report_of(monkeypatch, buy, sell)
