"""What a release takes away for good, who took it out, and when a person has to say so first."""

import json
from typing import Any

import pytest

from headway.decide.review import irreversible, removal
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
        (of("example.com/v1", "Deployment"), "Deployment/it, with what its controller keeps for it"),
        (of("postgresql.cnpg.io/v1", "Cluster"), "Cluster/it, with what its controller keeps for it"),
        (
            of("snapshot.storage.k8s.io/v1", "VolumeSnapshot"),
            "VolumeSnapshot/it, with what its controller keeps for it",
        ),
        (of("example.com/v1", "Database", **KEEP), ""),
        (of("networking.k8s.io/v1", "Ingress"), ""),
        (of("rbac.authorization.k8s.io/v1", "Role"), ""),
    ],
)
def test_what_goes_away(before: str, says: str) -> None:
    old = manifests.by_key(manifests.split(before))
    assert [each.what for each in removal.removals(old, {})] == ([says] if says else [])
    assert list(removal.removals(old, old)) == []


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param([], id="a list"),
        pytest.param({"volumeClaimTemplates": "data"}, id="claims are a word"),
        pytest.param({"volumeClaimTemplates": {"data": {}}}, id="claims are a mapping"),
        pytest.param({"volumeClaimTemplates": ["data", None, {"metadata": "data"}]}, id="claims are words"),
        pytest.param({**CLAIMS, "persistentVolumeClaimRetentionPolicy": "Delete"}, id="a policy is a word"),
    ],
)
def test_what_no_api_server_would_take_is_left_to_it(spec: Any) -> None:
    odd, sound = (
        manifests.by_key(manifests.split(of("apps/v1", "StatefulSet", each))) for each in (spec, CLAIMS)
    )
    assert list(removal.removals(sound, odd)) == []
    assert list(irreversible.changes(sound, odd)) == []
    assert len(list(removal.removals(odd, {}))) == 1


def stateful(when_scaled: str, **spec: Any) -> dict[str, Any]:
    return {**CLAIMS, "persistentVolumeClaimRetentionPolicy": {"whenScaled": when_scaled}, **spec}


LOST = "StatefulSet/it, from {} to {} replicas: the claims (data, log) of those that go are deleted"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        pytest.param(
            stateful("Delete", replicas=3), stateful("Delete", replicas=1), LOST.format(3, 1), id="fewer"
        ),
        pytest.param(
            stateful("Retain", replicas=3),
            stateful("Delete", replicas=2),
            LOST.format(3, 2),
            id="from now on",
        ),
        pytest.param(
            stateful("Delete", replicas=3), stateful("Delete"), LOST.format(3, 1), id="not said any more"
        ),
        pytest.param(stateful("Delete"), stateful("Delete", replicas=0), LOST.format(1, 0), id="none"),
        pytest.param(
            stateful("Delete", replicas=3), stateful("Retain", replicas=1), "", id="kept from now on"
        ),
        pytest.param(stateful("Delete", replicas=1), stateful("Delete", replicas=3), "", id="more"),
        pytest.param(
            {**stateful("Delete", replicas=3), "volumeClaimTemplates": []},
            {**stateful("Delete", replicas=1), "volumeClaimTemplates": []},
            "",
            id="it has no claims",
        ),
    ],
)
def test_claims_that_go_as_a_statefulset_is_scaled_down(
    before: dict[str, Any], after: dict[str, Any], says: str
) -> None:
    old, new = (
        manifests.by_key(manifests.split(of("apps/v1", "StatefulSet", each))) for each in (before, after)
    )
    assert [each.what for each in removal.removals(old, new)] == ([says] if says else [])
    assert [each for each in irreversible.changes(old, new) if "replicas" in each] == (
        [f"{says}."] if says else []
    )


@pytest.mark.parametrize(
    ("live", "wants", "says"),
    [
        pytest.param(5, 3, LOST.format(5, 3), id="it would be scaled back"),
        pytest.param(5, 5, "", id="the version has as many"),
        pytest.param(1, 2, "", id="somebody has scaled it down already"),
    ],
)
def test_what_somebody_scaled_by_hand_counts_as_it_lives(live: int, wants: int, says: str) -> None:
    old, new = (
        manifests.by_key(manifests.split(of("apps/v1", "StatefulSet", stateful("Delete", replicas=each))))
        for each in (3, wants)
    )
    scaled = {Key("apps", "StatefulSet", "shop", "it"): live}
    assert [each.what for each in removal.removals(old, new, "shop", scaled)] == ([says] if says else [])


@pytest.mark.parametrize(("when_deleted", "fate"), [("Delete", "go with it"), ("Retain", "stay behind")])
def test_what_cannot_be_undone_says_what_becomes_of_claims(when_deleted: str, fate: str) -> None:
    spec = {**CLAIMS, "persistentVolumeClaimRetentionPolicy": {"whenDeleted": when_deleted}}
    old = manifests.by_key(manifests.split(of("apps/v1", "StatefulSet", spec)))
    (said,) = irreversible.changes(old, {})
    assert said.endswith(f"its claims {fate}.")


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
