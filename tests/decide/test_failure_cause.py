"""What is the version's fault and what is not, by what helm, the API server, kubelets, runtimes and registries really say.

The corpus is failure_messages.yaml: a message as it was said, who said it, and what it speaks of.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from headway.decide.release.failure_cause import backoff, of_error, of_tests, pause_after
from headway.decide.release.failure_phrases import PHRASES, classify
from headway.errors import BadInput, HeadwayError, Refused, Retryable, Unreachable
from headway.model.record import Attempt, Cause
from headway.model.tests import TestReport, TestResult, not_run

CORPUS = yaml.safe_load(Path(__file__).with_name("failure_messages.yaml").read_text())


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: f"{case['source']}: {case['case']}")
def test_cause_of_a_message(case: dict[str, str]) -> None:
    cause, meaning = classify(case["message"])
    assert cause == case["cause"], meaning
    assert bool(meaning) == (cause != "unknown")


def test_every_phrase_is_in_the_corpus() -> None:
    said = [case["message"] for case in CORPUS]
    first = {next((id(each) for each in PHRASES if each.pattern.search(text)), 0) for text in said}
    assert [each.meaning for each in PHRASES if id(each) not in first] == []


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("resource Deployment/shop/nodejs not ready. status: InProgress, message: Available: 0/1", "unknown"),
        ("resource Deployment/shop/node-exporter not ready. status: InProgress", "unknown"),
        ("Pod eviction-5d9c7-x2x4q, container etcdserver ended 3 times", "unknown"),
        ('Deployment.apps "eviction-api" is invalid: spec.template: Required value', "version"),
        ('Service "token" is invalid: nodePort: Invalid value: 503: not for a registry', "version"),
        ("release shop-prod/etcdserver: error calling include: nil", "version"),
        ("execution error at (nodejs/templates/x.yaml:1:3): set hooks.shutdown", "version"),
        ("template: nodejs/templates/shutdown.yaml:3:4: function x not defined", "version"),
        ('admission webhook "nodes.example" denied the request: no label shutdown', "version"),
    ],
)
def test_names_that_people_chose_do_not_decide_who_is_to_blame(message: str, cause: Cause) -> None:
    assert classify(message)[0] == cause


WHERE = "release shop-testing/shop"
BEFORE_HELM_WROTE: dict[str, tuple[HeadwayError, Cause]] = {
    "nobody answered": (Unreachable("it did not answer", where=WHERE), "surroundings"),
    "may go away": (Retryable("being terminated", where=WHERE), "surroundings"),
    "no room for helm's own secret": (
        BadInput('secrets "x" is forbidden: exceeded quota: secrets', where=WHERE, next_step="Change it."),
        "surroundings",
    ),
    "somebody else's object": (Refused("invalid ownership metadata", where=WHERE), "surroundings"),
    "template": (BadInput("execution error at (shop/templates/x.yaml:1:3)", where=WHERE), "version"),
    "what nobody knows": (BadInput("the moon is full", where=WHERE), "unknown"),
}


@pytest.mark.parametrize(("error", "cause"), BEFORE_HELM_WROTE.values(), ids=BEFORE_HELM_WROTE)
def test_cause_of_what_failed_before_helm_wrote_a_revision(error: HeadwayError, cause: Cause) -> None:
    assert of_error(error) == cause


NO = TestResult("buy", False, "buy-1", "500", "it exited with 1", said_no=True)
CUT = TestResult("buy", False, "buy-1", "buying", "its pod was deleted while it ran")
OUT_OF_TIME = TestResult("buy", False, "buy-1", "buying", "it did not end within 300 s")
NO_IMAGE = TestResult("buy", False, "buy-1", "", "Pod buy-1: image r/buy:1 cannot be pulled", cause="version")
AWAY = TestResult(
    "buy", False, "buy-1", "", "it did not end within 300 s: no route to host", cause="surroundings"
)
NOBODY_KNOWS = TestResult("buy", False, "buy-1", "", "BackoffLimitExceeded", cause="unknown")
REFUSED = TestResult("buy", False, "", "", 'pods "buy" is forbidden: exceeded quota: small', ran=False)


@pytest.mark.parametrize(
    ("report", "cause"),
    [
        pytest.param(TestReport((NO,)), "version", id="it ran to its end and said no"),
        pytest.param(TestReport((CUT,)), "unknown", id="it had logged something when its pod was drained"),
        pytest.param(TestReport((NO, not_run("sell"))), "version", id="another was not reached"),
        pytest.param(TestReport((OUT_OF_TIME,)), "unknown", id="out of time"),
        pytest.param(TestReport((REFUSED,)), "surroundings", id="a quota kept it from running"),
        pytest.param(TestReport((CUT, NO)), "version", id="one of two said no"),
        pytest.param(TestReport((NO_IMAGE,)), "version", id="its image does not exist"),
        pytest.param(TestReport((AWAY, NO_IMAGE)), "version", id="one of two has no image"),
        pytest.param(TestReport((AWAY, not_run("sell"))), "surroundings", id="its registry is away"),
        pytest.param(TestReport((OUT_OF_TIME, AWAY)), "surroundings", id="another's registry is away"),
        pytest.param(TestReport((NOBODY_KNOWS,)), "unknown", id="its pod decides, not its words"),
    ],
)
def test_cause_of_failed_tests(report: TestReport, cause: Cause) -> None:
    assert of_tests(report) == cause


@pytest.mark.parametrize(
    ("outcome", "tries", "seconds"),
    [
        pytest.param("failed", 1, 30, id="failed"),
        pytest.param("failed", 2, 60, id="failed again"),
        pytest.param("tests-failed", 3, 120, id="tests failed for the third time"),
        pytest.param("started", 1, 0, id="killed: goes on at once"),
        pytest.param("interrupted", 1, 0, id="cut off: goes on at once"),
        pytest.param("started", 2, 30, id="killed again"),
        pytest.param("interrupted", 2, 30, id="cut off again"),
        pytest.param("interrupted", 3, 60, id="cut off for the third time"),
    ],
)
def test_pause_after_an_attempt(outcome: str, tries: int, seconds: int) -> None:
    attempt = Attempt.model_validate(
        {
            "chart_digest": "sha256:1",
            "values_digest": "v",
            "version": "1",
            "revision": 1,
            "started_at": datetime(2026, 11, 23, 10, tzinfo=UTC),
            "outcome": outcome,
            "tries": tries,
        }
    )
    assert pause_after(attempt) == timedelta(seconds=seconds)


def test_backoff_doubles_up_to_half_an_hour() -> None:
    assert [backoff(n) / timedelta(seconds=30) for n in (0, 1, 2, 3, 7, 100)] == [1, 1, 2, 4, 60, 60]
