"""What a release takes away for good, who took it out, and when a person has to say so first."""

import json
from typing import Any

import pytest

from headway.decide.review import removal
from headway.decide.review.removal import Question, Removal, needs_a_person, who_took_out
from headway.formats import manifests
from headway.formats.manifests import Key
from headway.model.edits import Commit

KEEP = {"helm.sh/resource-policy": "keep"}
ALICE = Commit("a" * 40, (), "Alice <alice@example.com>", 0, "Drop the queue")
BOB = Commit("b" * 40, (), "Bob <bob@example.com>", 0, "Add the queue")
HEADWAY = Commit("c" * 40, (), "Headway <>", 0, "Take back\n\nHeadway-Stage: withdraw_version\n")


def of(api: str, kind: str, spec: dict[str, Any] | None = None, **annotations: str) -> str:
    metadata = {"name": "it", "annotations": annotations}
    return json.dumps({"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec or {}})


def hook(text: str) -> dict[str, Any]:
    return {"name": "it", "events": ["pre-upgrade"], "manifest": text}


CLAIMS = {"volumeClaimTemplates": [{"metadata": {"name": "data"}}, {"metadata": {"name": "log"}}]}


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (of("apps/v1", "Deployment"), "Deployment/it"),
        (of("apps/v1", "DaemonSet"), "DaemonSet/it"),
        (of("batch/v1", "CronJob"), "CronJob/it"),
        (of("v1", "Pod"), "Pod/it"),
        (of("apps/v1", "StatefulSet"), "StatefulSet/it"),
        (
            of("apps/v1", "StatefulSet", CLAIMS),
            "StatefulSet/it, whose claims (data, log) stay behind, and nothing uses them",
        ),
        (
            of(
                "apps/v1",
                "StatefulSet",
                {**CLAIMS, "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}},
            ),
            "StatefulSet/it, whose claims (data, log) go with it",
        ),
        (of("v1", "PersistentVolumeClaim"), "PersistentVolumeClaim/it, with what it holds"),
        (of("v1", "Namespace"), "Namespace/it, with everything in it"),
        (
            of("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            "CustomResourceDefinition/it, with every object of its kind, in all namespaces",
        ),
        (of("v1", "PersistentVolumeClaim", **KEEP), ""),
        (of("batch/v1", "Job"), ""),
        (of("v1", "ConfigMap"), ""),
        (of("example.com/v1", "Deployment"), ""),
    ],
)
def test_what_goes_away(before: str, says: str) -> None:
    old = manifests.by_key(manifests.split(before))
    assert [each.what for each in removal.removals(old, {})] == ([says] if says else [])
    assert list(removal.removals(old, old)) == []


def test_helm_takes_no_hook_away() -> None:
    old = manifests.by_key(manifests.split("", [hook(of("v1", "Pod"))]))
    assert list(removal.removals(old, {})) == []


def test_what_becomes_a_hook_goes_away() -> None:
    claim = of("v1", "PersistentVolumeClaim")
    old, new = (manifests.by_key(manifests.split(*each)) for each in ((claim,), ("", [hook(claim)])))
    assert [each.what for each in removal.removals(old, new)] == [
        "PersistentVolumeClaim/it, with what it holds"
    ]


@pytest.mark.parametrize(
    ("before", "after", "goes_away"),
    [
        pytest.param("", "shop-testing", False, id="it names the release's own"),
        pytest.param("shop-testing", "", False, id="it names none any more"),
        pytest.param("", "other", True, id="it moves away"),
        pytest.param("other", "shop-testing", True, id="it moves here"),
        pytest.param("other", "other", False, id="it stays elsewhere"),
    ],
)
def test_a_namespace_that_is_named_is_no_other_place(before: str, after: str, goes_away: bool) -> None:
    old, new = (
        manifests.by_key(
            manifests.split(
                json.dumps(
                    {
                        "apiVersion": "apps/v1",
                        "kind": "Deployment",
                        "metadata": {"name": "it", **({"namespace": each} if each else {})},
                    }
                )
            )
        )
        for each in (before, after)
    )
    assert bool(list(removal.removals(old, new, "shop-testing"))) is goes_away


WITH, WITHOUT = frozenset({"cart", "queue"}), frozenset({"cart"})


@pytest.mark.parametrize(
    ("history", "by"),
    [
        pytest.param([(ALICE, WITHOUT), (BOB, WITH)], ALICE, id="by the newest commit"),
        pytest.param([(BOB, WITHOUT), (ALICE, WITHOUT), (BOB, WITH)], ALICE, id="by an earlier one"),
        pytest.param([(BOB, WITH), (ALICE, WITHOUT), (BOB, WITH)], None, id="it came back"),
        pytest.param([(ALICE, WITHOUT), (BOB, WITHOUT)], None, id="it never was there"),
        pytest.param([(BOB, WITHOUT), (ALICE, WITH), (BOB, WITHOUT)], BOB, id="added and taken out"),
        pytest.param([], None, id="nothing is known"),
    ],
)
def test_who_took_a_dependency_out(history: list[tuple[Commit, frozenset[str]]], by: Commit | None) -> None:
    assert who_took_out(history, "queue") == by


@pytest.mark.parametrize(
    ("commit", "says"),
    [
        (ALICE, "taken out by Alice <alice@example.com> in aaaaaaaaaaaa"),
        (HEADWAY, ""),
        (None, ""),
    ],
    ids=["a person", "Headway itself", "nobody"],
)
def test_only_a_person_has_asked(commit: Commit | None, says: str) -> None:
    assert removal.in_words(commit) == says


GONE = Removal(Key("apps", "Deployment", "", "queue"), "Deployment/queue")
SAID = Removal(Key("apps", "Deployment", "", "cart"), "Deployment/cart", by="taken out by Alice")


@pytest.mark.parametrize(
    ("question", "asks", "why"),
    [
        (
            Question("approval", "ask", [GONE], refused=True),
            False,
            "the API server refuses it, and nothing is changed",
        ),
        (Question("approval", "allow", ()), True, "every release to this environment is approved"),
        (Question("automatic", "ask", ()), False, "nothing goes away"),
        (Question("automatic", "allow", [GONE]), False, "removal: allow"),
        (Question("automatic", "ask", [SAID]), False, "a person took out what goes away"),
        (
            Question("automatic", "ask", [SAID, GONE]),
            True,
            (
                "it takes away what no commit of a person took out of the application (Deployment/queue), "
                "and `removal: ask` is set"
            ),
        ),
    ],
)
def test_who_has_to_say_so(question: Question, asks: bool, why: str) -> None:
    assert (needs_a_person(question).asks, needs_a_person(question).why) == (asks, why)


def test_every_row_is_reached() -> None:
    assert len(removal.ROWS) == 6


def test_a_plan_says_who_took_out_what() -> None:
    assert [str(GONE), str(SAID)] == ["Deployment/queue", "Deployment/cart: taken out by Alice"]
