"""A plan shows what a person must know before they approve, and never a secret.

The golden files are what the person reads. After a wanted change run this file with HEADWAY_GOLDEN=write.
"""

import base64
import itertools
import json
import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from headway.decide.review import evidence, irreversible, plan, plan_markdown
from headway.decide.review.definitions import FoundDefinition
from headway.decide.review.event_lines import EventLines
from headway.decide.review.evidence import Evidence, FailedPart
from headway.decide.review.plan import Candidate, DigestKey, Plan, Running
from headway.errors import BadInput
from headway.formats import manifests
from headway.formats.chart_definitions import Definition
from headway.formats.manifests import Resource
from headway.model.charts import ChartEntry
from headway.model.release_ref import ReleaseRef

FOLDER = Path(__file__).with_name("plans")
BEFORE = FOLDER.joinpath("before.yaml").read_text()
AFTER = FOLDER.joinpath("after.yaml").read_text()
AGAIN = AFTER.replace("c2Vjb25k", "dGhpcmQ=")
KEY = b"key of this release"
MIGRATION = {
    "name": "migrate",
    "events": ["pre-upgrade"],
    "manifest": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec: {backoffLimit: 0}\n",
}


def entry(digest: str = "sha256:2") -> ChartEntry:
    return ChartEntry("shop", "0.1.3", digest, "shop-0.1.3.tgz", datetime(2026, 11, 23, tzinfo=UTC))


def made(
    before: str = BEFORE,
    after: str = AFTER,
    again: str = AGAIN,
    *,
    digest: str = "sha256:2",
    revision: int = 4,
    key: bytes = KEY,
    key_lasts: bool = True,
    hook: bool = True,
    secrets: Sequence[str] = (),
) -> Plan:
    hooks = [MIGRATION] if hook else []
    drift = ("Deployment catalog: spec.replicas is not what the release says",)
    running = Running("0.1.2", revision, manifests.split(before), drift) if before else Running("", revision)
    renders = (manifests.split(after, hooks), manifests.split(again, hooks))
    ref = ReleaseRef("shop", "production", "shop")
    return plan.make(ref, running, Candidate(entry(digest), *renders), DigestKey(key, key_lasts), secrets)


OTHER = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"


FAILURE = Evidence(
    ref=ReleaseRef("shop", "testing", "shop"),
    version="0.1.3",
    failure="Test buy-something failed.",
    cause="version",
    parts=(
        FailedPart(
            "Job/buy-something",
            "It ended with exit code 1.",
            pod="buy-something-x7",
            container="test",
            log="GET /prices\n```\npassword is hunter22\nexpected cents, got null\n",
        ),
        FailedPart("Deployment/cart", "0 of 2 replicas are ready."),
    ),
    events=EventLines(
        ("10:00:01 Pod/cart-1 BackOff: restarting failed container",),
        ("10:00:00 Pod/cart-1 Pulled: <image> in 2 s",),
    ),
    plan=made(hook=False),
)

GOLDEN = {
    "upgrade.md": plan_markdown.markdown(made(), "0.1.3 is wanted, 0.1.2 runs."),
    "install.md": plan_markdown.markdown(made(before="", revision=0)),
    "nothing.md": plan_markdown.markdown(made(after=BEFORE, again=BEFORE, hook=False)),
    "evidence.md": evidence.markdown(FAILURE, secrets=["hunter22", ""]),
}


def test_what_a_plan_comes_to_has_all_but_the_lines_that_differ() -> None:
    text = plan_markdown.summary(GOLDEN["upgrade.md"]).splitlines()
    assert [each for each in text if each.startswith("#")] == [
        each for each in GOLDEN["upgrade.md"].splitlines() if each.startswith("#")
    ]
    assert {
        "0.1.3 is wanted, 0.1.2 runs.",
        "- StatefulSet/queue",
        "### Resources: 1 added, 3 changed, 1 removed",
    } <= {*text}
    assert not [each for each in text if each.startswith(("`", "+", "@@", " ", "-  "))]
    assert not [each for each, after in itertools.pairwise(text) if not each and not after]


@pytest.mark.parametrize("name", GOLDEN)
def test_reads_as_agreed(name: str) -> None:
    file = FOLDER / name
    if os.environ.get("HEADWAY_GOLDEN") == "write":
        file.write_text(GOLDEN[name])
    assert GOLDEN[name] == file.read_text()


@pytest.mark.parametrize("name", GOLDEN)
def test_shows_no_secret(name: str) -> None:
    hidden = ("b2xkLXBhc3N3b3Jk", "bmV3LXBhc3N3b3Jk", "old-password", "c2Vjb25k", "dGhpcmQ=", "hunter22")
    for secret in hidden:
        assert secret not in GOLDEN[name]


OLD, NEW = "old pa$$word\n<of> 2025", "new pa$$word\n<of> 2026"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(lambda secret: {"data": {"password": secret}}, id="whole value"),
        pytest.param(
            lambda secret: {"data": {"app.conf": f"a: 1\nurl: db://shop:{secret}@db"}}, id="in a text"
        ),
        pytest.param(lambda secret: {"data": {"a": secret.replace("\n", "\n    ")}}, id="indented"),
        pytest.param(lambda secret: {"data": {"a": json.dumps({"b": secret})}}, id="in JSON"),
        pytest.param(lambda secret: {"metadata": {"annotations": {"auth": encoded(secret)}}}, id="base64"),
        pytest.param(lambda secret: {"data": {"a": f"Basic {encoded('me:' + secret)}"}}, id="inside base64"),
        pytest.param(
            lambda secret: {
                "spec": {"containers": [{"image": "a", "env": [{"name": "A", "value": secret}]}]}
            },
            id="environment variable",
        ),
        pytest.param(
            lambda secret: {"spec": {"containers": [{"image": "a", "args": [f"--password={secret}"]}]}},
            id="argument",
        ),
        pytest.param(lambda secret: {"spec": {"containers": [{"image": f"host/{secret}:1"}]}}, id="image"),
        pytest.param(lambda secret: {"data": {secret: "x"}}, id="key"),
    ],
)
def test_a_secret_is_not_shown_and_its_change_is(place: Callable[[str], dict[str, Any]]) -> None:
    def text(secret: str) -> str:
        return json.dumps(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}} | place(secret)
        )

    before, after = text(OLD), text(NEW)
    shown = plan_markdown.markdown(made(before, after, after, hook=False, secrets=[OLD, NEW]))
    for part in ("pa$$word", "<of>", "of>", encoded(OLD)[4:], encoded(NEW)[4:], encoded(NEW)[:8]):
        assert part not in shown
    assert re.search(r"^-.*<redacted \w{6}>", shown, re.MULTILINE)
    assert re.search(r"^\+.*<redacted \w{6}>", shown, re.MULTILINE)
    assert "Resources: 1 changed" in shown


def test_a_name_made_of_a_secret_is_not_shown() -> None:
    before = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db-hunter22}\n"
    shown = plan_markdown.markdown(made(before, CRD, CRD, hook=False, secrets=["hunter22"]))
    assert "StatefulSet/db-[redacted] is deleted" in shown
    assert "hunter22" not in shown


def test_short_secrets_leave_a_plan_that_can_be_read() -> None:
    short = ["", "1", "80", "3", "app", "true", "null", "info", "shop"]
    shown = plan_markdown.markdown(made(secrets=short))
    assert re.search(r"^-\s+value: <redacted \w{6}>$", shown, re.MULTILINE), "info, the whole of a value"
    assert "redacted" not in re.sub("<redacted \\w{6}>", "", shown)
    assert plan_markdown.markdown(made()).splitlines() == [
        line.replace(re.search("<.*>", line)[0], "info") if "value: <redacted" in line else line
        for line in shown.splitlines()
    ]


def test_digest_is_the_same_while_only_unstable_fields_differ() -> None:
    other_render = made(after=AGAIN, again=AFTER)
    assert made().digest == other_render.digest
    assert made().masked == ("Secret/session: data.key",)


@pytest.mark.parametrize(
    "other",
    [
        made(digest="sha256:3"),
        made(revision=5),
        made(
            after=AFTER.replace("replicas: 3", "replicas: 4"),
            again=AGAIN.replace("replicas: 3", "replicas: 4"),
        ),
        made(after=AFTER.replace("bmV3", "bmV4"), again=AGAIN.replace("bmV3", "bmV4")),
        made(hook=False),
        made(key=b"another"),
    ],
    ids=["package", "revision", "field", "secret", "hook", "key"],
)
def test_digest_asks_again_after_another(other: Plan) -> None:
    assert made().digest != other.digest


def test_document_order_is_no_change() -> None:
    turned = "\n---\n".join(reversed(BEFORE.split("---")))
    assert made(after=turned, again=turned, hook=False).changes == ()


def first_install(after: str = AFTER, key: bytes = KEY, digest: str = "sha256:2") -> str:
    return made("", after, after, revision=0, key=key, key_lasts=False, digest=digest).key


def test_without_a_lasting_key_what_was_approved_is_known_again_and_no_secret_can_be_guessed() -> None:
    assert first_install(key=b"of one look") == first_install(key=b"of the next")
    assert first_install(AFTER.replace("c2Vjb25k", "Z3Vlc3M=")) == first_install()
    assert first_install(digest="sha256:3") != first_install()
    assert first_install(f"{AFTER}\n---\n{CRD}") != first_install()


def config(name: str, value: str = "x") -> str:
    lines = "\n".join(f"  k{number}: {value}" for number in range(200))
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{lines}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [(config("big"), config("big", "y")), (OTHER, config("big")), (config("big"), OTHER)],
    ids=["changed", "added", "removed"],
)
def test_what_is_long_is_cut_and_says_where_the_whole_is(before: str, after: str) -> None:
    shown = made(before, after, after, hook=False)
    text = plan_markdown.markdown(shown, cut=True)
    assert "more lines: the whole is in artifact shop-production-plan" in text
    assert len(text.splitlines()) < 100
    assert "k199: " in plan_markdown.markdown(shown), "which is not cut"


POD_SPEC: dict[str, Any] = {"containers": [{"name": "a", "image": "b"}]}


def workload(**spec: Any) -> dict[str, Any]:
    template = {"spec": {**POD_SPEC, **spec}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a"},
        "spec": {"template": template},
    }


def with_context(**security: Any) -> dict[str, Any]:
    return workload(containers=[{"name": "a", "image": "b", "securityContext": security}])


def kind(api: str, name: str) -> dict[str, Any]:
    return {"apiVersion": api, "kind": name, "metadata": {"name": "a"}}


@pytest.mark.parametrize(
    ("document", "whole"),
    [
        (kind("rbac.authorization.k8s.io/v1", "ClusterRole"), True),
        (kind("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"), True),
        (kind("apiextensions.k8s.io/v1", "CustomResourceDefinition"), True),
        (kind("apiregistration.k8s.io/v1", "APIService"), True),
        (workload(hostNetwork=True), True),
        (workload(hostNetwork=False), False),
        (workload(volumes=[{"name": "x", "hostPath": {"path": "/"}}]), True),
        (workload(containers=[{"name": "a", "image": "b", "ports": [{"hostPort": 80}]}]), True),
        (with_context(privileged=True), True),
        (with_context(privileged=False, allowPrivilegeEscalation=False), False),
        (with_context(allowPrivilegeEscalation=True), True),
        (with_context(capabilities={"add": ["NET_ADMIN"]}), True),
        (with_context(capabilities={"drop": ["ALL"]}), False),
        (workload(), False),
        (kind("v1", "ConfigMap"), False),
    ],
)
def test_what_gives_rights_or_reaches_its_node_is_never_cut(document: dict[str, Any], whole: bool) -> None:
    document["metadata"] |= {"annotations": {f"k{number}": "x" for number in range(100)}}
    text = json.dumps(document)
    shown = plan_markdown.markdown(made("", text, text, revision=0, hook=False), cut=True)
    assert ("more lines" not in shown) is whole


def test_a_test_is_never_cut_and_what_helm_runs_is_no_resource_that_is_added() -> None:
    settings = "".join(f"\n  k{number}: x" for number in range(100))
    check = named("check", "Pod", test=True)
    check["manifest"] += f"data:{settings}\n"
    hooks = [named("migrate-2", "Job"), check]
    shown = plan_of(hooks, hooks, running=[named("migrate-1", "Job")])
    text = plan_markdown.markdown(shown, cut=True)
    assert "### Resources: no resource changes" in text
    assert "### Hooks: 1 new, 1 no more" in text
    assert "### Tests: 1 new" in text
    assert "more lines" not in text


def of_job(name: str, *images: str) -> dict[str, Any]:
    containers = [{"name": f"c{place}", "image": image} for place, image in enumerate(images)]
    document = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"containers": containers},
    }
    return {"name": name, "events": ["pre-upgrade"], "manifest": json.dumps(document)}


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        pytest.param(of_job("m-1", "sidecar:1"), of_job("m-2", "sidecar:1"), [], id="another name"),
        pytest.param(
            of_job("m-1", "tool:1"),
            of_job("m-2", "tool:2"),
            [("tool:1", "tool:2")],
            id="another name and tag",
        ),
        pytest.param(of_job("m", "tool:1"), of_job("m", "tool:2"), [("tool:1", "tool:2")], id="another tag"),
        pytest.param(of_job("m", "a:1"), of_job("m", "a:1", "b:1"), [("", "b:1")], id="one more"),
        pytest.param(of_job("m", "a:1", "b:1"), of_job("m", "a:1"), [("b:1", "")], id="one less"),
        pytest.param(of_job("m", "a:1", "a:1"), of_job("m", "a:1"), [], id="one container less of the same"),
        pytest.param(
            of_job("m-1", "a:1", "a:2"),
            of_job("m-2", "a:3"),
            [("", "a:3"), ("a:1", ""), ("a:2", "")],
            id="two gone",
        ),
    ],
)
def test_images(before: dict[str, Any], after: dict[str, Any], changed: list[tuple[str, str]]) -> None:
    shown = plan_of([after], [after], running=[before])
    assert [(each.before, each.after) for each in shown.images] == changed


def one(text: str) -> dict[manifests.Key, Resource]:
    return manifests.by_key(manifests.split(text))


CRD = (
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
    "metadata: {name: a.b}\nspec: {v: 1}\n"
)
SET = (
    "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\n"
    "spec: {volumeClaimTemplates: [{metadata: {name: data}, "
    "spec: {resources: {requests: {storage: 1Gi}}}}]}\n"
)


KEPT = (
    "apiVersion: v1\nkind: PersistentVolumeClaim\n"
    "metadata: {name: data, annotations: {helm.sh/resource-policy: keep}}\n"
)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (CRD, CRD, ""),
        (CRD, CRD.replace("v: 1", "v: 2"), "CustomResourceDefinition/a.b changes"),
        (SET, CRD, "StatefulSet/db is deleted"),
        (KEPT, OTHER, ""),
        (SET, SET.replace("1Gi", "2Gi"), "claim data grows from 1Gi to 2Gi"),
        (SET, SET.replace("1Gi", "1024Mi"), ""),
        (SET, SET.replace("1Gi", "1G"), ""),
        ("", CRD, ""),
    ],
    ids=[
        "same",
        "definition changes",
        "set goes",
        "kept claim",
        "claim grows",
        "other unit",
        "shrinks",
        "first install",
    ],
)
def test_one_way(before: str, after: str, says: str) -> None:
    sentences = " ".join(irreversible.changes(one(before), one(after)))
    assert says in sentences if says else sentences == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [("a: [", "the manifest: is not YAML"), ("a: 1", "document 1: is not a Kubernetes resource")],
    ids=["not YAML", "no kind"],
)
def test_what_is_no_manifest_is_named(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        manifests.split(text)


def test_list_is_taken_apart() -> None:
    text = (
        "kind: List\napiVersion: v1\nitems: [{kind: A, metadata: {name: a}}, {kind: B, metadata: {name: b}}]"
    )
    assert [str(each.key) for each in manifests.split(text)] == ["A/a", "B/b"]


def named(name: str, kind: str = "ConfigMap", test: bool = False) -> dict[str, Any]:
    manifest = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
    return {"name": name, "events": ["test" if test else "pre-upgrade"], "manifest": manifest}


def plan_of(*renders: list[dict[str, Any]], running: list[dict[str, Any]] | None = None) -> Plan:
    one, other = (manifests.split("", hooks) for hooks in renders)
    before = Running("0.1.2", 4, manifests.split("", running)) if running else Running()
    ref = ReleaseRef("shop", "production", "shop")
    return plan.make(ref, before, Candidate(entry(), one, other), DigestKey(KEY, True), ())


def test_a_name_that_every_render_makes_anew_leaves_the_plan_and_its_key_as_they_are() -> None:
    first = plan_of([named("migrate-a1x7")], [named("migrate-a9q2")])
    later = plan_of([named("migrate-zz01")], [named("migrate-k3k4")])
    assert first.key == later.key
    assert first.masked == later.masked == ("ConfigMap/migrate-*: metadata.name",)
    assert [change.resource for change in first.changes] == ["ConfigMap/migrate-*"]


def test_what_runs_under_a_random_name_is_not_gone() -> None:
    made_again = plan_of([named("migrate-a1x7")], [named("migrate-b9q2")], running=[named("migrate-former")])
    assert made_again.changes == ()


def test_tests_are_shown_and_stand_outside_the_key() -> None:
    config = named("settings")
    one = plan_of([config, named("buy-1a", "Pod", test=True)], [config, named("buy-2b", "Pod", test=True)])
    other = plan_of(
        [config, named("sell-1a", "Pod", test=True)], [config, named("sell-2b", "Pod", test=True)]
    )
    assert one.key == other.key
    assert "Pod/buy-*" in [change.resource for change in one.changes]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param([named("a")], [named("b")], id="another name in both renders"),
        pytest.param([named("x-1a")], [named("x-1a"), named("y")], id="one more resource"),
    ],
)
def test_other_names_are_another_plan(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    assert plan_of(one, one).key != plan_of(other, other).key


def holding(name: str, value: str) -> dict[str, Any]:
    hook = named(name)
    return {**hook, "manifest": f"{hook['manifest']}data: {{value: {value!r}}}\n"}


@pytest.mark.parametrize("random", ["shop-a1x7", "q8zk"])
def test_a_random_name_hides_no_resource_whose_name_stays(random: str) -> None:
    again = random[:-1] + "w"

    def changed(value: str) -> Plan:
        renders = ([named(name), holding("shop-settings", value)] for name in (random, again))
        return plan_of(*renders, running=[named(f"{random}9"), holding("shop-settings", "before")])

    shown = changed("after")
    assert "ConfigMap/shop-settings" in [change.resource for change in shown.changes]
    assert shown.key != changed("another").key


def test_several_random_names_of_one_kind_are_all_shown_and_in_any_order_one_plan() -> None:
    def seen(one: str, other: str) -> list[dict[str, Any]]:
        return sorted([holding(f"shop-{one}", "x"), holding(f"shop-{other}", "y")], key=lambda h: h["name"])

    first = plan_of(seen("a1", "b1"), seen("d2", "c2"))
    later = plan_of(seen("f3", "e3"), seen("g4", "h4"))
    assert len(first.changes) == 2
    assert first.key == later.key
    other = plan_of(
        [holding("shop-a1", "x"), holding("shop-b1", "z")], [holding("shop-c1", "x"), holding("shop-d1", "z")]
    )
    assert other.key != first.key


def test_parts_say_what_a_key_covers_and_hold_no_secret() -> None:
    secret = "hunter22-and-more"
    text = json.dumps({"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"password": secret}})
    shown = made(before="", after=text, again=text, secrets=[secret])
    assert shown.parts.keys() == {"package", "revision", "ConfigMap/a", "Job/migrate"}
    assert (shown.parts["package"], shown.parts["revision"]) == ("sha256:2", "4")
    other = made(before="", after=text.replace("22", "23"), again=text.replace("22", "23"))
    assert [name for name, part in other.parts.items() if part != shown.parts[name]] == ["ConfigMap/a"]
    without = made(before="", after=text, again=text, key_lasts=False)
    assert without.parts == {**shown.parts, "ConfigMap/a": "", "Job/migrate": ""}


def test_what_was_shown_before_there_was_a_key_is_known_by_it_afterwards() -> None:
    before, after = made(key=b"of a look", key_lasts=False), made()
    assert before.key != after.key
    assert before.key in after.keys
    assert made(revision=5).key not in after.keys


def of_version(name: str) -> dict[str, Any]:
    spec = {"versions": [{"name": name, "served": True}]}
    kind = "CustomResourceDefinition"
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": kind, "metadata": {"name": "a.b"}, "spec": spec}


@pytest.mark.parametrize("brings", [True, False])
def test_a_definition_in_crds_is_shown_and_what_it_loses_asks(brings: bool) -> None:
    found = FoundDefinition(Definition("crds/a.yaml", of_version("v2")), of_version("v1"), of_version("v2"))
    resources = manifests.split(BEFORE)
    candidate = Candidate(entry(), resources, resources, [found], brings)
    ref = ReleaseRef("shop", "production", "shop")
    shown = plan.make(ref, Running("0.1.2", 4, resources), candidate, DigestKey(KEY, True), ())
    text = plan_markdown.markdown(shown)
    assert "- `CustomResourceDefinition/a.b` changed (`crds/a.yaml`)" in text
    assert "-  - name: v1\n+  - name: v2" in text
    lost = "CustomResourceDefinition/a.b: its version v1 is not served any more"
    assert [each.what for each in shown.removals] == ([lost] if brings else [])
    assert (f"{lost}." in text, "crds: skip leaves them as they are" in text) == (brings, not brings)


def test_what_has_changed_since_the_answer_stands_first() -> None:
    text = plan_markdown.markdown(made(), "Why.", ["Ada approved 0.1.3", "Deployment/cart has come"])
    assert text.split("\n\n")[1:4] == [
        "Why.",
        "### Changed since the answer",
        "- Ada approved 0.1.3\n- Deployment/cart has come",
    ]
