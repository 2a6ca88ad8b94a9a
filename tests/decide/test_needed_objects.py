"""What a pod cannot start without, and what it says of the version that one of these is not there."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headway.decide.pods.needed_objects import Brought, Needed, brought, missing, needed
from headway.decide.pods.pod_failures import failures

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
SOON, LATER = START + timedelta(seconds=5), START + timedelta(seconds=31)
SETTINGS, TOKEN = Needed("ConfigMap", "settings"), Needed("Secret", "token")

# name: (the pod's spec, what it needs)
SPECS: dict[str, tuple[Mapping[str, Any], set[Needed]]] = {
    "nothing": ({}, set()),
    "volumes": (
        {"volumes": [{"configMap": {"name": "settings"}}, {"secret": {"secretName": "token"}}]},
        {SETTINGS, TOKEN},
    ),
    "projected volumes": (
        {
            "volumes": [
                {
                    "projected": {
                        "sources": [
                            {"serviceAccountToken": {"path": "t"}},
                            {"configMap": {"name": "settings"}},
                            {"secret": {"name": "token"}},
                        ]
                    }
                }
            ]
        },
        {SETTINGS, TOKEN},
    ),
    "environment": (
        {
            "initContainers": [{"envFrom": [{"configMapRef": {"name": "settings"}}]}],
            "containers": [
                {
                    "env": [
                        {"name": "A", "value": "plain"},
                        {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                        {"name": "C", "valueFrom": {"secretKeyRef": {"name": "token", "key": "c"}}},
                    ]
                }
            ],
        },
        {SETTINGS, TOKEN},
    ),
    "what is optional": (
        {
            "volumes": [{"configMap": {"name": "settings", "optional": True}}, {"emptyDir": {}}],
            "containers": [{"envFrom": [{"secretRef": {"name": "token", "optional": True}}]}],
        },
        set(),
    ),
}


@pytest.mark.parametrize(("spec", "wanted"), SPECS.values(), ids=SPECS)
def test_what_a_pod_needs(spec: Mapping[str, Any], wanted: set[Needed]) -> None:
    assert needed({"metadata": {"name": "web-1"}, "spec": spec}) == wanted


def pod(why: str = "ContainerCreating") -> dict[str, Any]:
    return {
        "metadata": {"name": "web-1"},
        "spec": {"volumes": [{"configMap": {"name": "settings"}}]},
        "status": {
            "phase": "Pending",
            "startTime": "2026-11-23T10:00:00Z",
            "containerStatuses": [{"name": "web", "state": {"waiting": {"reason": why}}}],
        },
    }


def document(kind: str, name: str, version: str = "v1", **annotations: str) -> dict[str, Any]:
    return {"kind": kind, "apiVersion": version, "metadata": {"name": name, "annotations": annotations}}


CONFIG = document("ConfigMap", "settings")
WEB = document("Deployment", "web", "apps/v1")
HOOK = document("Job", "make", "batch/v1", **{"helm.sh/hook": "post-upgrade"})
OPERATED = document("ExternalSecret", "settings", "external-secrets.io/v1")
INGRESS = document("Ingress", "web", "networking.k8s.io/v1")

GONE = "Pod web-1 cannot be created: ConfigMap settings is not there"
TAKEN_OUT = f"{GONE}, which its chart has brought so far, and does not bring any more"
# name: (what is applied, what was before, the pod, whether it is there, when, ends the wait, cause, sentence)
Case = tuple[list[Any], list[Any], dict[str, Any], bool | None, datetime, bool, str | None, str]
MISSING: dict[str, Case] = {
    "it is there": ([WEB], [WEB], pod(), True, LATER, False, None, ""),
    "nobody can tell": ([WEB], [WEB], pod(), None, LATER, False, None, ""),
    "the pod runs": ([WEB], [WEB, CONFIG], pod("CrashLoopBackOff"), False, SOON, False, None, ""),
    "the pod has just begun": ([WEB], [WEB], pod(), False, START, False, None, ""),
    "the chart has taken it out, and the pod has just begun": (
        [WEB],
        [WEB, CONFIG],
        pod(),
        False,
        START,
        True,
        "version",
        TAKEN_OUT,
    ),
    "the chart has taken it out": ([WEB], [WEB, CONFIG], pod(), False, SOON, True, "version", TAKEN_OUT),
    "taken out, for its environment": (
        [WEB],
        [CONFIG],
        pod("CreateContainerConfigError"),
        False,
        SOON,
        True,
        "version",
        TAKEN_OUT,
    ),
    "taken out, beside what Kubernetes itself knows": (
        [WEB, INGRESS],
        [CONFIG],
        pod(),
        False,
        SOON,
        True,
        "version",
        TAKEN_OUT,
    ),
    "an operator makes it now": ([WEB, OPERATED], [CONFIG], pod(), False, SOON, False, "unknown", GONE),
    "a hook makes it now": ([WEB, HOOK], [CONFIG], pod(), False, SOON, False, "unknown", GONE),
    "nobody has brought it yet": ([WEB], [WEB], pod(), False, SOON, False, "unknown", GONE),
    "nobody has brought it in half a minute": ([WEB], [WEB], pod(), False, LATER, True, "unknown", GONE),
    "somebody has deleted it": ([WEB, CONFIG], [CONFIG], pod(), False, SOON, False, "unknown", GONE),
}


@pytest.mark.parametrize(
    ("now", "before", "seen", "there", "at", "ends", "cause", "sentence"), MISSING.values(), ids=MISSING
)
def test_what_is_missing(
    now: list[Any],
    before: list[Any],
    seen: dict[str, Any],
    there: bool | None,
    at: datetime,
    ends: bool,
    cause: str | None,
    sentence: str,
) -> None:
    found = list(missing(seen, lambda _: there, brought(now, before), at))
    assert [each.sentence for each in found] == ([sentence] if sentence else [])
    assert any(each.final for each in found) is ends
    assert (found[0].cause if found else None) == cause


def test_without_a_clock_it_counts_at_once() -> None:
    (found,) = missing(pod(), lambda _: False, Brought(), None)
    assert found.final


def test_what_crashes_beside_a_pod_that_waits_for_it_does_not_speak_of_the_version() -> None:
    crashing = {
        "metadata": {"name": "cart-1"},
        "status": {
            "containerStatuses": [
                {"name": "app", "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
            ]
        },
    }
    found = failures(
        [crashing, pod()], now=SOON, lacks=lambda each: missing(each, lambda _: False, Brought(), SOON)
    )
    assert {(each.pod, each.cause, each.final) for each in found} == {
        ("web-1", "unknown", False),
        ("cart-1", "unknown", False),
    }
