"""One run acts at a time; the latest wins and nothing is lost."""

import multiprocessing
import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest

from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.lease import LOOK_AGAIN, HandedOver, Held, ReleaseLease
from headway.errors import LeaseLost
from sandbox import address
from tests.release_clients.by_hand import merge

pytestmark = pytest.mark.cluster

SHORT = timedelta(seconds=2)


def held(lease: ReleaseLease, holder: str, duration: timedelta = timedelta(seconds=30)) -> Held:
    acquired = lease.acquire(holder, duration)
    assert isinstance(acquired, Held)
    return acquired


def test_a_second_run_hands_over_and_the_holder_looks_again(cluster: Cluster, namespace: str) -> None:
    lease = ReleaseLease(cluster, namespace, "shop")
    with held(lease, "first") as first:
        assert lease.acquire("second") == HandedOver("first")
        assert first.release() is True, "the mark must make the holder look again"
        assert lease.acquire("third") == HandedOver("first"), "the lease must stay held while it looks again"
        assert first.release() is True
        assert first.release() is False
    held(ReleaseLease(cluster, namespace, "shop"), "second").release()


def test_many_marks_ask_for_one_more_look(cluster: Cluster, namespace: str) -> None:
    lease = ReleaseLease(cluster, namespace, "shop")
    with held(lease, "first") as first:
        for number in range(3):
            assert isinstance(lease.acquire(f"later-{number}"), HandedOver)
        assert [first.release(), first.release()] == [True, False]


def test_renewal_keeps_the_lease_past_its_duration(cluster: Cluster, namespace: str) -> None:
    lease = ReleaseLease(cluster, namespace, "shop")
    with held(lease, "first", SHORT) as first:
        time.sleep(2.5 * SHORT.total_seconds())
        first.ensure_held()
        fresh = ReleaseLease(cluster, namespace, "shop")
        assert fresh.acquire("second") == HandedOver("first")
        time.sleep(SHORT.total_seconds() + 0.5)
        first.ensure_held()
        assert fresh.acquire("second") == HandedOver("first"), "a mark must not stop the renewal"


def test_a_killed_holder_is_succeeded_by_a_fresh_run(
    sandbox: address.Address, cluster: Cluster, namespace: str
) -> None:
    killed = multiprocessing.get_context("spawn").Process(
        target=_hold_for_ever, args=(sandbox.kubeconfig, namespace)
    )
    killed.start()
    lease = ReleaseLease(cluster, namespace, "shop")
    while cluster.api.find(lease.path) is None:
        time.sleep(0.05)
    assert killed.pid
    os.kill(killed.pid, signal.SIGKILL)
    killed.join()

    assert lease.acquire("next") == HandedOver("killed"), "it cannot be known yet that the holder is dead"
    deadline = time.monotonic() + 15
    while not isinstance(acquired := ReleaseLease(cluster, namespace, "shop").acquire("next"), Held):
        assert time.monotonic() < deadline, "the lease of a dead holder must expire"
        time.sleep(0.2)
    assert acquired.release() is False, "who takes over looks anyway: old marks are covered by that"


def _hold_for_ever(kubeconfig: Path, namespace: str) -> None:
    ReleaseLease(Cluster.from_kubeconfig(kubeconfig), namespace, "shop").acquire("killed", SHORT)
    time.sleep(600)


def test_a_holder_that_lost_the_lease_is_told_before_it_acts(
    cluster: Cluster, admin: Cluster, namespace: str
) -> None:
    lease = ReleaseLease(cluster, namespace, "shop")
    with held(lease, "first", SHORT) as first:
        merge(admin, lease.path, {"spec": {"holderIdentity": "somebody"}})
        time.sleep(SHORT.total_seconds())
        with pytest.raises(LeaseLost, match="somebody"):
            first.ensure_held()


def test_a_failing_holder_gives_back_and_leaves_the_mark(cluster: Cluster, namespace: str) -> None:
    lease = ReleaseLease(cluster, namespace, "shop")
    with pytest.raises(ZeroDivisionError):
        _fail_while_holding(lease)
    found = cluster.api.get(lease.path)
    assert found["spec"]["holderIdentity"] == ""
    assert LOOK_AGAIN in found["metadata"]["annotations"]


def _fail_while_holding(lease: ReleaseLease) -> None:
    with held(lease, "first"):
        assert lease.acquire("second") == HandedOver("first")
        raise ZeroDivisionError


def test_the_namespace_of_a_first_install_is_made(admin: Cluster, namespace: str) -> None:
    missing = f"{namespace}-new"
    try:
        held(ReleaseLease(admin, missing, "shop"), "first").release()
    finally:
        admin.api.delete(f"/api/v1/namespaces/{missing}")
