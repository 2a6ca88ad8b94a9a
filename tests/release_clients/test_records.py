"""What Headway keeps in the cluster, and what it says when the cluster does not answer."""

import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from headway.clients.kubernetes import hmac_key
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.release import standing_orders
from headway.errors import BadInput, Conflict, Refused, Unreachable
from headway.model.audit import Said
from headway.model.record import ReleaseRecord
from sandbox import address
from tests.release_clients.by_hand import merge
from tests.release_clients.conftest import kubeconfig_of

RECORD = ReleaseRecord(application="shop", environment="testing", release="shop")


@pytest.mark.cluster
def test_a_record_is_written_by_compare_and_swap(cluster: Cluster, namespace: str) -> None:
    store = ReleaseRecordStore(cluster, namespace, "shop")
    assert store.read() == (None, "")
    first = store.write(RECORD, "")
    with pytest.raises(Conflict):
        store.create(RECORD)
    said = Said("ana", "holidays", datetime(2026, 11, 24, tzinfo=UTC))
    changed = standing_orders.frozen(RECORD, said)
    second = store.write(changed, first)
    with pytest.raises(Conflict):
        store.write(RECORD, first)
    assert store.read() == (changed, second)


@pytest.mark.cluster
def test_a_record_is_removed_as_it_was_read_and_no_other(admin: Cluster, namespace: str) -> None:
    store = ReleaseRecordStore(admin, namespace, "shop")
    first = store.write(RECORD, "")
    said = Said("ana", "holidays", datetime(2026, 11, 24, tzinfo=UTC))
    second = store.write(standing_orders.frozen(RECORD, said), first)
    with pytest.raises(Conflict):
        store.remove(first)
    assert store.read()[1] == second
    store.remove(second)
    assert store.read() == (None, "")
    with pytest.raises(Conflict, match="deleted meanwhile"):
        store.remove(second)


@pytest.mark.cluster
def test_all_records_are_found_and_say_where_versions_come_from(
    cluster: Cluster, admin: Cluster, namespace: str
) -> None:
    store = ReleaseRecordStore(cluster, namespace, "shop", "s3://shop-testing")
    assert ReleaseRecordStore.all(cluster, namespace) == ()
    version = store.create(RECORD)
    other = {"name": "headway.other", "namespace": namespace}
    cluster.api.create(f"/api/v1/namespaces/{namespace}/configmaps", {"metadata": other})
    assert ReleaseRecordStore.all(cluster, namespace) == (store,)
    store.write(RECORD, version)
    assert store in {replace(each, cluster=cluster) for each in ReleaseRecordStore.all(admin)}


@pytest.mark.cluster
def test_a_spoilt_record_names_its_config_map(cluster: Cluster, namespace: str) -> None:
    store = ReleaseRecordStore(cluster, namespace, "shop")
    store.create(RECORD)
    path = f"/api/v1/namespaces/{namespace}/configmaps/headway.shop"
    merge(cluster, path, {"data": {"record.json": "{"}})
    with pytest.raises(BadInput, match=f"{namespace}/headway.shop"):
        store.read()


@pytest.mark.cluster
def test_the_hmac_key_is_made_once_by_however_many(cluster: Cluster, namespace: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        keys = set(pool.map(lambda _: hmac_key.make(cluster, namespace, "shop"), range(6)))
    assert len(keys) == 1
    assert len(keys.pop().value) == 32


def test_an_api_server_that_does_not_answer_is_retryable_within_seconds() -> None:
    cluster = Cluster.from_kubeconfig(kubeconfig_of("https://127.0.0.1:1"))
    begun = time.monotonic()
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1.*tried again"):
        cluster.version()
    assert time.monotonic() - begun < 8


def test_a_kubeconfig_given_as_text_is_private() -> None:
    file = Cluster.from_kubeconfig(kubeconfig_of("https://127.0.0.1:1")).kubeconfig
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert os.path.ismount("/dev/shm") is False or file.is_relative_to("/dev/shm")


def test_a_kubeconfig_without_the_context_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(kubeconfig_of("https://127.0.0.1:1"))
    with pytest.raises(BadInput, match=str(file)):
        Cluster.from_kubeconfig(file, "elsewhere")


@pytest.mark.cluster
def test_what_is_forbidden_is_named(sandbox: address.Address, admin: Cluster, namespace: str) -> None:
    accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    admin.api.create(accounts, {"metadata": {"name": "guest"}})
    token = admin.api.create(f"{accounts}/guest/token", {"spec": {}})["status"]["token"]
    config = yaml.safe_load(sandbox.kubeconfig.read_text())
    config["users"] = [{"name": each["name"], "user": {"token": token}} for each in config["users"]]
    guest = Cluster.from_kubeconfig(yaml.safe_dump(config))
    with pytest.raises(Refused, match=r'cannot list resource "pods".*Grant'):
        guest.api.items(f"/api/v1/namespaces/{namespace}/pods")
