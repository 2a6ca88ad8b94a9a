"""What is kept of releases beside their packages: whatever record and Helm forget, and never at the expense of a release."""

import json

import pytest

from flows.release import release
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.model.release_history import ReleaseHistory
from headway.workspace.release_history import ReleaseHistoryReader
from tests.fast.conftest import KUBECONFIG
from tests.fast.shop import Shop
from tests.fast.test_failed_version import fail_tests_of

KEPT = "charts/testing/releases/shop/testing/shop"


def look(shop: Shop) -> ReleaseHistory:
    file = shop.folder / "kubeconfig"
    file.write_text(KUBECONFIG.format(server=shop.host("testing")))
    url = f"file://{shop.folder}/charts/testing"
    store = ReleaseRecordStore(Cluster.from_kubeconfig(file), shop.namespace(), shop.name, url)
    return ReleaseHistoryReader().look(store)


def said(history: ReleaseHistory) -> list[tuple[object, ...]]:
    return [(e.revision, e.version, e.kind, e.outcome, e.by, e.archived) for e in history.entries]


def test_what_became_of_a_release_is_kept_when_record_and_helm_have_forgotten_it(delivered: Shop) -> None:
    fail_tests_of(delivered, delivered.change_code())
    delivered.deliver()
    before = look(delivered)
    assert said(before) == [
        (3, "0.1.0", "rollback", "passed", "headway", True),
        (2, "0.1.1", "release", "rolled-back", "headway", True),
        (1, "0.1.0", "release", "passed", "headway", True),
    ]
    assert before.entries[1].reason == "test cart-check failed in pod cart-check: it exited with 1"
    assert before.entries[0].why == f"0.1.1 failed: {before.entries[1].reason}"
    files = {each.name: each.read_bytes() for each in (delivered.folder / KEPT).iterdir()}
    assert len(files) == 3
    release(delivered.name, "testing")
    assert {each.name: each.read_bytes() for each in (delivered.folder / KEPT).iterdir()} == files

    store = delivered.cluster().store
    record = delivered.live("configmaps/headway.shop")
    assert record
    known = json.loads(record["data"]["record.json"]) | {"attempts": [], "good": []}
    record["data"]["record.json"] = json.dumps(known)
    path = f"/api/v1/namespaces/{delivered.namespace()}"
    store.objects[f"{path}/configmaps/headway.shop"] = record
    for number in (1, 2, 3):
        store.delete(f"{path}/secrets/sh.helm.release.v1.shop.v{number}")
    after = look(delivered)
    assert said(after) == said(before)
    (image,) = after.entries[0].images
    assert (image.repository, image.chart, image.chart_version) == (
        "registry.example.com/shop/cart",
        "cart",
        "0.1.0",
    )
    assert image.digest.startswith("sha256:")
    assert image.commit
    assert after.entries[0].commit
    assert after.entries[0].committed_at
    assert all(each.run for each in after.entries)


@pytest.mark.story
def test_what_others_put_there_is_a_line_of_trouble(delivered: Shop) -> None:
    (delivered.folder / KEPT / "20200101T000000.000000Z.json").write_text('{"schema": 1, "revision": "x"}')
    (delivered.folder / KEPT / "20200102T000000.000000Z.json").write_bytes(b"x" * 300_000)
    found = look(delivered)
    assert said(found) == [(1, "0.1.0", "release", "passed", "headway", True)]
    larger, other = found.trouble
    assert "larger than 262144 bytes" in larger
    assert "no release that Headway kept" in other


@pytest.mark.story
def test_an_archive_that_cannot_be_written_fails_no_release(delivered: Shop) -> None:
    folder = delivered.folder / "charts/testing/releases"
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("in its place")
    delivered.change_code()
    assert delivered.deliver()[0] == ("testing", "Released")
    assert said(look(delivered))[0] == (2, "0.1.1", "release", "passed", "headway", False)
