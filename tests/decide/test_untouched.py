"""Which writes to a live object have it compared again: all but a status, where the server counts what is wanted."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.decide.release import untouched

AT = datetime(2026, 11, 27, 14, tzinfo=UTC)
METADATA = {
    "name": "cart",
    "namespace": "shop",
    "uid": "u1",
    "generation": 3,
    "resourceVersion": "100",
    "labels": {"app.kubernetes.io/managed-by": "Helm"},
    "annotations": {"a": "1"},
    "managedFields": [{"manager": "helm"}],
    "creationTimestamp": "2026-11-27T14:00:00Z",
}
DEPLOYMENTS, CONFIGMAPS, CERTIFICATES = (
    ("/apis/apps/v1", "deployments"),
    ("/api/v1", "configmaps"),
    ("/apis/cert-manager.io/v1", "certificates"),
)


@pytest.mark.parametrize(
    ("kind", "change", "is_seen"),
    [
        pytest.param(DEPLOYMENTS, {"resourceVersion": "101"}, False, id="a status"),
        pytest.param(DEPLOYMENTS, {"managedFields": []}, False, id="who manages it"),
        pytest.param(DEPLOYMENTS, {"generation": 4, "resourceVersion": "101"}, True, id="scaled"),
        pytest.param(DEPLOYMENTS, {"generation": None}, True, id="not counted any more"),
        pytest.param(DEPLOYMENTS, {"uid": "u2"}, True, id="made anew"),
        pytest.param(DEPLOYMENTS, {"labels": {}}, True, id="a label is gone"),
        pytest.param(DEPLOYMENTS, {"annotations": {"a": "2"}}, True, id="an annotation"),
        pytest.param(DEPLOYMENTS, {"finalizers": ["x"]}, True, id="a finalizer"),
        pytest.param(DEPLOYMENTS, {"ownerReferences": [{"uid": "o"}]}, True, id="an owner"),
        pytest.param(DEPLOYMENTS, {"deletionTimestamp": "2026-11-27T14:01:00Z"}, True, id="on its way out"),
        pytest.param(CONFIGMAPS, {"resourceVersion": "101"}, True, id="a kind that is not counted"),
        pytest.param(CONFIGMAPS, {"managedFields": []}, False, id="the same version"),
        pytest.param(CERTIFICATES, {"resourceVersion": "101"}, True, id="a kind that others define"),
    ],
)
def test_what_is_a_change(kind: tuple[str, str], change: Mapping[str, Any], is_seen: bool) -> None:
    before = untouched.fingerprint(*kind, METADATA)
    after = untouched.fingerprint(*kind, {**METADATA, **change})
    assert (before != after) is is_seen


def test_what_is_gone_and_what_differs_is_touched() -> None:
    before = {"/a": "1", "/b": "2", "/c": "3"}
    assert untouched.touched(before, {"/a": "1", "/b": "x", "/c": None, "/d": "4"}) == ("/b", "/c")


@pytest.mark.parametrize(
    ("age", "is_recent"),
    [
        pytest.param(timedelta(), True, id="now"),
        pytest.param(timedelta(minutes=44), True, id="for all"),
        pytest.param(timedelta(hours=1), False, id="for none"),
        pytest.param(timedelta(seconds=-1), False, id="a clock went back"),
    ],
)
def test_all_is_compared_whole_again_after_a_while(age: timedelta, is_recent: bool) -> None:
    found = {untouched.is_recent(AT, AT + age, f"app-{number}") for number in range(50)}
    assert found == {is_recent}


def test_not_all_at_the_same_time() -> None:
    found = {untouched.is_recent(AT, AT + timedelta(minutes=52), f"app-{number}") for number in range(50)}
    assert found == {True, False}
