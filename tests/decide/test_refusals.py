"""What it means that the API server refuses an object in a dry run: whose fault is it, if anybody's?"""

import pytest

from headway.decide.release import refusals
from headway.decide.release.failure_cause import of_error
from headway.decide.release.refusals import ROWS, Refusal, Refusals, verdict, without_dumps
from headway.errors import BadInput
from headway.formats.manifests import Key, Resource

PATCH = "API server https://10.0.0.1:6443: PATCH /apis/apps/v1/namespaces/shop/deployments/web: "
IMMUTABLE = (
    f'{PATCH}Deployment.apps "web" is invalid: spec.selector: Invalid value: {{"a":"b"}}: field is immutable'
)


def refused(
    said: str,
    *,
    retryable: bool = False,
    missing: bool = False,
    hooks_act: bool = False,
    made_anew: bool = False,
) -> Refusal:
    return Refusal("Deployment/web", said, retryable, missing, hooks_act, made_anew)


@pytest.mark.parametrize(
    ("refusal", "speaks_of"),
    [
        pytest.param(refused(IMMUTABLE), "version", id="an immutable field"),
        pytest.param(
            refused(
                f"{PATCH}failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.x"
            ),
            "version",
            id="a field that there is not",
        ),
        pytest.param(
            refused('admission webhook "kyverno" denied the request: a label is missing'),
            "version",
            id="a policy",
        ),
        pytest.param(refused('namespaces "web" not found', missing=True), "passed over", id="its namespace"),
        pytest.param(
            refused(
                'pods "p" is forbidden: error looking up service account shop/web: serviceaccount "web" not found'
            ),
            "passed over",
            id="its service account",
        ),
        pytest.param(
            refused('pods "p" is forbidden: no PriorityClass with name high was found'),
            "passed over",
            id="its priority class",
        ),
        pytest.param(
            refused('admission webhook "x" does not support dry run'),
            "passed over",
            id="a webhook without dry runs",
        ),
        pytest.param(
            refused('admission webhook "gateways" denied the request: gateway "web" does not exist'),
            "passed over",
            id="what admission looks for and may come with the release",
        ),
        pytest.param(refused(IMMUTABLE, hooks_act=True), "passed over", id="what a hook may delete before"),
        pytest.param(
            refused(IMMUTABLE, made_anew=True), "surroundings", id="an immutable field of what a person made"
        ),
        pytest.param(
            refused(IMMUTABLE, made_anew=True, hooks_act=True),
            "surroundings",
            id="the same, and a hook runs before",
        ),
        pytest.param(
            refused('Service "web" is invalid: spec.ports: Required value', made_anew=True),
            "version",
            id="what is invalid beside any object",
        ),
        pytest.param(
            refused('Service "web" is invalid: spec.ports: Required value', hooks_act=True),
            "version",
            id="what no hook can make valid",
        ),
        pytest.param(refused("exceeded quota: pods", retryable=True), "surroundings", id="a quota"),
        pytest.param(
            refused('failed calling webhook "x": connection refused', retryable=True),
            "surroundings",
            id="a webhook that is away",
        ),
        pytest.param(
            refused('services is forbidden: User "ci" cannot patch resource "services"'),
            "surroundings",
            id="a missing right",
        ),
        pytest.param(
            refused('pods "p" is forbidden: maximum cpu is 1'), "passed over", id="what no row knows"
        ),
    ],
)
def test_whose_it_is(refusal: Refusal, speaks_of: str) -> None:
    assert verdict(refusal) == speaks_of


@pytest.mark.parametrize(
    ("kind", "event", "account", "acts"),
    [
        pytest.param("Job", "pre-upgrade", "cleaner", True, id="a Job before, with an account"),
        pytest.param("Pod", "pre-install", "cleaner", True, id="a Pod before, with an account"),
        pytest.param("Job", "pre-upgrade", "", False, id="a migration, without one"),
        pytest.param("Job", "post-upgrade", "cleaner", False, id="it runs afterwards"),
        pytest.param("Job", "", "cleaner", False, id="no hook"),
    ],
)
def test_which_hooks_may_clear_the_way(kind: str, event: str, account: str, acts: bool) -> None:
    pod = {"serviceAccountName": account} if account else {}
    spec = {"template": {"spec": pod}} if kind == "Job" else pod
    key = Key("", kind, "", "it")
    resource = Resource(key, {"kind": kind, "spec": spec}, (event,) if event else ())
    assert refusals.acts_before(resource) is acts


def test_every_row_is_reached_by_a_case_above() -> None:
    assert len(ROWS) == 10


def test_they_are_sorted_and_what_is_raised_of_them_speaks_of_the_version() -> None:
    found = [refused(IMMUTABLE), refused("exceeded quota", retryable=True), refused("who knows")]
    sorted_ = refusals.sort(found)
    assert sorted_ == Refusals((f"Deployment/web: {IMMUTABLE}",), ("Deployment/web: exceeded quota",))
    assert of_error(BadInput("; ".join(sorted_.of_version), where="0.1.3 in a dry run")) == "version"


def test_a_dump_of_a_whole_structure_is_left_out() -> None:
    dump = '[{"name":"data","Spec":{"AccessModes":["ReadWriteOnce"],"Selector":null,"Resources":{"Limits":null}}}]'
    said = f'StatefulSet.apps "db" is invalid:\n spec.volumeClaimTemplates: Invalid value: {dump}: field is immutable'
    shown = str(Refusal("StatefulSet/db", said))
    assert (
        shown
        == 'StatefulSet/db: StatefulSet.apps "db" is invalid: spec.volumeClaimTemplates: field is immutable'
    )


def test_what_is_said_between_two_dumps_stays() -> None:
    dump = '{"matchLabels":{"app":"web","of":"' + "x" * 80 + '"}}'
    said = (
        f"spec.selector: Invalid value: {dump}: field is immutable, spec.strategy: Invalid value: {{}}: is odd, "
        f"spec.template: Invalid value: {dump}: `selector` does not match"
    )
    assert without_dumps(said) == (
        "spec.selector: field is immutable, spec.strategy: Invalid value: {}: is odd, spec.template: `selector` does not match"
    )


def test_who_is_told_to_delete_an_object_is_told_what_goes_with_it() -> None:
    """A claim that was kept when a version of before let it go is nobody's work by hand, and holds data."""
    kept = Refusal("PersistentVolumeClaim/db", IMMUTABLE, made_anew=True)
    assert "or a version of before left it there. Once it is deleted, and what it holds with it" in str(kept)
    assert "deleted" not in str(Refusal("PersistentVolumeClaim/db", IMMUTABLE))
