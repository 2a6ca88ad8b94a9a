"""A release that a whole look has found to need nothing is seen by lists alone, until somebody touches anything of it."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event, Lock
from typing import Any

import pytest

from blocks.opening import open_workspace
from flows import stages
from flows.deliver import deliver
from flows.watch import watch
from headway.clients import together
from headway.clients.kubernetes import listings
from headway.decide.release import untouched
from headway.errors import Conflict, HeadwayError
from headway.workspace.workspace import Workspace
from tasks import promote_chart
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.memory.objects import Object
from tests.fast.shop import Shop


@pytest.fixture
def settled(make_shop: MakeShop) -> Shop:
    shop = make_shop(delivered=True, environments=("testing",))
    assert shop.deliver() == []
    return shop


def asked(shop: Shop) -> list[str]:
    """What a delivery with nothing to start asks of the cluster."""
    shop.cluster().requests.clear()
    assert shop.deliver() == []
    return [f"{method} {path}" for method, path in shop.cluster().requests]


def dry_runs(requests: list[str]) -> list[str]:
    return [each for each in requests if each.startswith("PATCH")]


def kept() -> list[Path]:
    return [*(Path.home() / ".cache" / "headway" / "settled").iterdir()]


def test_what_nobody_has_touched_is_not_compared_again(settled: Shop) -> None:
    requests = asked(settled)
    assert dry_runs(requests) == []
    folder = f"/namespaces/{settled.namespace()}"
    assert not [each for each in requests if f"{folder}/deployments/" in each], "no object by itself"
    assert "release: testing: InSync (0.1.0 is wanted, deployed and tested.)" in settled.report()


def change(part: str, key: str, value: Any) -> Callable[[Object], None]:
    def act(live: Object) -> None:
        live.setdefault(part, {})[key] = value

    return act


def reworded(live: Object) -> None:
    live["data"] = dict.fromkeys(live["data"], "something else")


def unlabelled(live: Object) -> None:
    del live["metadata"]["labels"]["app.kubernetes.io/managed-by"]


TOUCHES = {
    "scaled": ("deployments/cart", change("spec", "replicas", 7), "Deployment cart: spec.replicas"),
    "a setting": ("configmaps/greeting", reworded, "ConfigMap greeting: data."),
    "a label of Helm's": ("configmaps/greeting", unlabelled, "ConfigMap greeting: metadata.labels"),
}


@pytest.mark.parametrize("what", TOUCHES)
def test_the_next_look_sees_what_somebody_did(settled: Shop, what: str) -> None:
    place, act, said = TOUCHES[what]
    live = settled.live(place)
    assert live
    act(live)
    store = settled.cluster().store
    kind, name = place.split("/")
    prefix = "/apis/apps/v1" if kind == "deployments" else "/api/v1"
    store.replace(f"{prefix}/namespaces/{settled.namespace()}/{kind}/{name}", live)
    assert settled.deliver() == []
    assert said in settled.report()
    assert settled.deliver() == []
    assert said in settled.report(), "it is not taken for settled"


def test_the_next_look_sees_what_is_gone(settled: Shop) -> None:
    settled.cluster().store.delete(f"/api/v1/namespaces/{settled.namespace()}/configmaps/greeting")
    assert settled.deliver() == []
    assert "ConfigMap greeting is missing" in settled.report()


def test_a_status_alone_has_nothing_compared(settled: Shop) -> None:
    store, path = settled.cluster().store, f"/apis/apps/v1/namespaces/{settled.namespace()}/deployments/cart"
    store.replace(path, {**store.get(path), "status": {"observedGeneration": 9}})
    assert dry_runs(asked(settled)) == []


def test_what_was_written_without_a_difference_is_compared_alone_and_once(settled: Shop) -> None:
    """Such as what others note on it, or a status of a kind whose changes nobody counts."""
    store, path = settled.cluster().store, f"/api/v1/namespaces/{settled.namespace()}/configmaps/greeting"
    live = store.get(path)
    live["metadata"]["annotations"]["noted"] = "by somebody"
    store.replace(path, live)
    assert dry_runs(asked(settled)) == [f"PATCH {path}"]
    assert dry_runs(asked(settled)) == []


def aged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untouched, "WHOLE_AFTER", timedelta())


def spoilt(_: pytest.MonkeyPatch) -> None:
    for each in kept():
        each.write_bytes(each.read_bytes().replace(b"InSync", b"InSink"))


def cut_off(_: pytest.MonkeyPatch) -> None:
    for each in kept():
        each.write_bytes(each.read_bytes()[:-20])


def forgotten(_: pytest.MonkeyPatch) -> None:
    for each in kept():
        each.unlink()


@pytest.mark.parametrize("odd", [aged, spoilt, cut_off, forgotten])
def test_anything_odd_is_looked_at_whole(
    settled: Shop, monkeypatch: pytest.MonkeyPatch, odd: Callable[[pytest.MonkeyPatch], None]
) -> None:
    odd(monkeypatch)
    assert len(dry_runs(asked(settled))) == len(objects(settled))


def objects(shop: Shop) -> list[str]:
    """Of the release."""
    labelled = shop.cluster().store.objects.values()
    helms = [each for each in labelled if (each["metadata"].get("labels") or {}).get(MANAGED) == "Helm"]
    return [each["metadata"]["name"] for each in helms if each["metadata"]["namespace"] == shop.namespace()]


MANAGED = "app.kubernetes.io/managed-by"


def test_a_spoilt_memory_with_a_sound_sum_is_none(settled: Shop) -> None:
    """Whoever may write there has written something else."""
    for each in kept():
        content = json.dumps({"format": [1], "objects": "x"}).encode()
        head = {"etag": '"settled"', "link": "", "sha256": hashlib.sha256(content).hexdigest()}
        each.write_bytes(json.dumps(head).encode() + b"\n" + content)
    assert len(dry_runs(asked(settled))) == len(objects(settled))


def test_a_new_version_is_released_at_once(settled: Shop) -> None:
    settled.change_code()
    assert settled.deliver() == [("testing", "Released")]
    assert len(dry_runs(asked(settled))) == len(objects(settled)), "another revision is compared whole"
    assert dry_runs(asked(settled)) == []


def record_at(shop: Shop) -> str:
    return f"/api/v1/namespaces/{shop.namespace()}/configmaps/headway.shop"


def held(live: Object) -> None:
    record = json.loads(live["data"]["record.json"])
    record["freeze"] = {"by": "Ada", "why": "stocktaking", "at": "2026-11-27T00:00:00Z"}
    live["data"]["record.json"] = json.dumps(record)


def held_after_it_was_restored(live: Object) -> None:
    """The cluster counts from an older state on, and comes by the same number."""
    held(live)
    live["metadata"]["managedFields"] = [{"manager": "Ada", "time": "2026-11-28T00:00:00Z"}]


def held_without_labels(live: Object) -> None:
    held(live)
    del live["metadata"]["labels"]


@pytest.mark.parametrize("act", [held, held_after_it_was_restored, held_without_labels])
def test_a_record_that_is_kept_is_read_again_where_anything_of_it_changed(
    settled: Shop, act: Callable[[Object], None]
) -> None:
    store, path = settled.cluster().store, record_at(settled)
    watch()
    settled.cluster().requests.clear()
    watch()
    assert path not in {each for _, each in settled.cluster().requests}, "it is as it was read"
    live = store.get(path)
    version = live["metadata"]["resourceVersion"]
    act(live)
    store.replace(path, live)
    if act is held_after_it_was_restored:
        store.objects[path]["metadata"]["resourceVersion"] = version
    settled.cluster().requests.clear()
    watch()
    assert path in {each for _, each in settled.cluster().requests}
    if act is not held_after_it_was_restored:
        assert "stocktaking" in settled.report()


@pytest.mark.parametrize("odd", [b"", b"{}", b"[1]", b"\xff"])
def test_a_kept_record_that_is_spoilt_is_none(settled: Shop, odd: bytes) -> None:
    watch()
    (kept,) = (Path.home() / ".cache" / "headway" / "records").iterdir()
    head = {"etag": '"record"', "link": "", "sha256": hashlib.sha256(odd).hexdigest()}
    kept.write_bytes(json.dumps(head).encode() + b"\n" + odd)
    settled.cluster().requests.clear()
    watch()
    assert record_at(settled) in {each for _, each in settled.cluster().requests}
    assert "release: testing: InSync (0.1.0 is wanted, deployed and tested.)" in settled.report()


def test_a_policy_that_changes_is_seen(settled: Shop) -> None:
    text = settled._headway_yaml({"testing": {"frozen": "true"}})
    settled.git.push({"headway.yaml": text}, "Freeze")
    assert settled.deliver() == []
    assert "frozen in headway.yaml" in settled.report()


def test_a_watch_over_many_asks_the_cluster_once_for_all_namespaces(
    settled: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "WIDE_FROM", 1)
    settled.cluster().requests.clear()
    watch()
    requests = {path for _, path in settled.cluster().requests}
    assert prefect_runs.work() == []
    assert requests == {
        "/api/v1/configmaps",
        "/api/v1/secrets",
        "/apis/apps/v1/deployments",
    }


def test_where_that_is_refused_each_namespace_is_asked_and_the_refusal_is_remembered(
    settled: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "WIDE_FROM", 1)
    cluster = settled.cluster()
    everywhere = ("/api/v1/configmaps", "/api/v1/secrets", "/apis/apps/v1/deployments")
    for each in everywhere:
        cluster.answers[f"GET {each}"] = (403, "it is forbidden at the cluster scope")
    for refused in (True, False):
        cluster.requests.clear()
        watch()
        paths = [path for _, path in cluster.requests]
        assert ({*everywhere} & {*paths} != set()) is refused
        assert f"/apis/apps/v1/namespaces/{settled.namespace()}/deployments" in paths
        assert "PATCH" not in {method for method, _ in cluster.requests}


def test_a_right_that_is_missing_in_the_namespace_too_leaves_the_look_as_it_was(settled: Shop) -> None:
    cluster = settled.cluster()
    folder = f"/apis/apps/v1/namespaces/{settled.namespace()}/deployments"
    find = cluster._refuse_as_scripted

    def refusing(method: str, path: str) -> None:
        if (method, path) == ("GET", folder):
            cluster.answers["GET " + folder] = (403, "it is forbidden")
        find(method, path)
        cluster.answers.clear()

    cluster._refuse_as_scripted = refusing  # type: ignore[method-assign]
    assert len(dry_runs(asked(settled))) == len(objects(settled))


def test_a_cluster_that_does_not_answer_is_said(settled: Shop) -> None:
    settled.cluster().away = True
    with pytest.raises(HeadwayError, match="testing: could not be looked at"):
        settled.deliver()


def test_a_write_is_decided_by_what_is_so_and_not_by_a_glance(delivered: Shop) -> None:
    """What many looks read once was so a moment ago: whoever is about to write reads it again."""
    image = delivered.change_code()
    deliver(delivered.name)
    prefect_runs.work()
    with together.together(4), together.glancing():
        workspace = open_workspace(delivered.name)
        before = workspace.record("testing")
        path = f"/api/v1/namespaces/{delivered.namespace()}/configmaps/headway.shop"
        store = delivered.cluster().store
        live = store.get(path)
        record = json.loads(live["data"]["record.json"])
        store.replace(path, {**live, "data": {"record.json": json.dumps({**record, "good": []})}})
        assert workspace.record("testing") == before, "as it was when somebody first asked"
        with pytest.raises(Conflict, match="read for many at once"):
            workspace.chart_repository("staging").publish  # noqa: B018
        again = workspace.record("testing")
        assert again
        assert again.good == ()
        assert workspace.chart_repository("staging").publish
    assert image


def test_a_watch_promotes_what_it_has_looked_at_again(delivered: Shop) -> None:
    delivered.change_code()
    deliver(delivered.name)
    assert ("testing", "Released") in prefect_runs.work()
    watch()
    assert delivered.offered("staging")[0] == "0.1.1"
    assert prefect_runs.work() == [("staging", "Released")]
    before = delivered.everything()
    watch()
    assert delivered.everything() == before


def test_environments_that_are_promoted_beside_each_other_are_each_looked_at_again(
    make_shop: MakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has found that it may not go by a glance does not write for the others."""
    later = ("eu-1", "eu-2", "eu-3")
    shop = make_shop(
        delivered=True, environments=("testing", *later), **{each: {"after": "testing"} for each in later}
    )
    shop.change_code()
    monkeypatch.setattr(stages, "DELIVERY", [each for each in stages.DELIVERY if each is not stages.PROMOTE])
    assert shop.deliver() == [("testing", "Released")]
    vouched, look_again = promote_chart.vouched, Workspace.look_again
    lock, one_looks_again, decided = Lock(), Event(), []

    def freeze_all() -> None:
        for each in later:
            path = f"/api/v1/namespaces/{shop.namespace(each)}/configmaps/headway.shop"
            store = shop.cluster(each).store
            live = store.get(path)
            record = json.loads(live["data"]["record.json"])
            record["freeze"] = {"by": "Ada", "why": "stocktaking", "at": "2026-11-27T00:00:00Z"}
            store.replace(path, {**live, "data": {"record.json": json.dumps(record)}})

    all_have_decided = Barrier(len(later), freeze_all)

    def decided_by_a_glance(*about: Any) -> Any:
        found = vouched(*about)
        all_have_decided.wait(20)
        with lock:
            decided.append(about)
            is_first = len(decided) == 1
        assert is_first or one_looks_again.wait(20)
        return found

    def looks_again(workspace: Workspace) -> None:
        one_looks_again.set()
        look_again(workspace)

    with together.together(4), together.glancing():
        workspace = open_workspace(shop.name)
        monkeypatch.setattr(promote_chart, "vouched", decided_by_a_glance)
        monkeypatch.setattr(Workspace, "look_again", looks_again)
        lines = stages.PROMOTE.run(workspace)
        assert together.has_stopped(), "what comes after it may hang on what was looked at again"
    assert [line.outcome for line in lines] == ["not promoted"] * 3
    assert [shop.offered(each) for each in later] == [["0.1.0"]] * 3
