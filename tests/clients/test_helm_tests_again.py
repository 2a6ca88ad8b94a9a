"""A second run of the tests right after the first: what the first left behind says nothing of the second."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from headway.clients.command import Completed
from headway.clients.helm.release_tests import run_helm_tests
from headway.clients.kubernetes import pods as pods_of_cluster

FIRST = {"phase": "Failed", "started_at": "2026-11-23T10:00:05Z", "completed_at": "2026-11-23T10:00:09Z"}
SECOND_RUN = b"""\
TEST SUITE:     early
Last Started:   Mon Nov 23 10:01:00 2026
Last Completed: Mon Nov 23 10:01:04 2026
Phase:          Failed
TEST SUITE:     late
Last Started:   Mon Nov 23 10:00:05 2026
Last Completed: Mon Nov 23 10:00:09 2026
Phase:          Failed
"""
SAID_NO = {
    "phase": "Failed",
    "containerStatuses": [{"state": {"terminated": {"exitCode": 1, "reason": "Error"}}}],
}
EVICTED = {"phase": "Failed", "reason": "Evicted"}


def hook(name: str, weight: int, **last_run: str) -> dict[str, Any]:
    manifest = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\n"
    return {
        "name": name,
        "kind": "Pod",
        "path": "shop/templates/tests/t.yaml",
        "manifest": manifest,
        "events": ["test"],
        "weight": weight,
        "last_run": last_run,
    }


def test_a_test_that_said_no_in_the_first_run_and_was_not_reached_in_the_second_did_not_say_no_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = SimpleNamespace(revision=2, hooks=[hook("early", 0), hook("late", 1)])
    now = SimpleNamespace(revision=2, hooks=[hook("early", 0), hook("late", 1, **FIRST)])
    pods = {
        "early": {"metadata": {"name": "early"}, "status": EVICTED},
        "late": {"metadata": {"name": "late"}, "status": SAID_NO},
    }
    release = SimpleNamespace(
        where="release",
        namespace="shop",
        release="shop",
        storage=SimpleNamespace(get=lambda _: now),
        secrets_of=lambda _: (),
        cluster=SimpleNamespace(api=SimpleNamespace(find=lambda path, **_: pods[path.rpartition("/")[2]])),
    )
    completed = Completed(SECOND_RUN, "Error: pod early failed", 1, 4.0)
    changes: Any = SimpleNamespace(
        release=release, watch_pods=lambda _: None, run_tests=lambda *_, **__: (completed, None)
    )
    history: Any = [looked]
    monkeypatch.setattr(pods_of_cluster, "tail", lambda *_: "")
    report = run_helm_tests(changes, timedelta(seconds=5), history)
    assert not report.passed
    assert [(each.name, each.said_no, each.ran) for each in report.results] == [
        ("early", False, True),
        ("late", False, False),
    ]
