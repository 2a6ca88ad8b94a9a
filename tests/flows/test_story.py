"""From deliver to a tested release and back, on a real cluster: each named end, and what it leaves in every system.

A version that breaks its tests, and how it is taken back in all three places, is told by the demo, which is tested as well.
The tests are one story in the order of the file.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from kubernetes import config
from kubernetes.client import CoordinationV1Api, CoreV1Api
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL

from flows.deliver import deliver
from flows.release import release
from flows.roll_back import roll_back
from headway.decide.release import failure_cause
from headway.errors import Refused
from sandbox import places
from sandbox.seed import (
    CART_COUNTS_ITEMS,
    change_configuration,
    change_service,
)
from sandbox.seed.commands import program, run
from tests.faults.processes import kill_helm
from tests.faults.troubled_shop import TroubledShop, meanwhile
from tests.flows.shop import MakeShop, Shop

pytestmark = pytest.mark.cluster

PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Iterator[Shop]:
    with make_shop("flows-story") as shop:
        yield shop


def test_a_first_version_is_installed_tested_and_good(shop: Shop) -> None:
    deliver(shop.name)
    ended = release_to_testing(shop)
    assert ended.name == "Released", ended.message
    assert shop.cluster.unready("testing") == []
    record = shop.cluster.record("testing")
    assert [good["version"] for good in record["good"]] == [shop.git.yaml("Chart.yaml")["version"]]
    assert record["good"][0]["revision"] == shop.cluster.revision("testing") == 1
    assert {phase for phase, _ in shop.cluster.test_hooks("testing").values()} == {"Succeeded"}


def test_a_second_look_writes_nothing_anywhere(shop: Shop) -> None:
    deliver_and_settle(shop)
    before = shop.supplied(), shop.running()
    deliver(shop.name)
    ended = release_to_testing(shop)
    assert ended.name == "In sync", ended.message
    assert (shop.supplied(), shop.running()) == before


@pytest.fixture
def troubled(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> TroubledShop:
    """Tried again after a second, not after half a minute."""
    monkeypatch.setattr(failure_cause, "_FIRST", timedelta(seconds=1))
    monkeypatch.setattr(failure_cause, "_LONGEST", timedelta(seconds=1))
    return TroubledShop(shop)


def test_a_right_of_the_worker_that_is_missing_is_named(shop: Shop, troubled: TroubledShop) -> None:
    """What Headway itself asks, what only dry runs ask, what Helm asks; tests/faults has more of each."""
    good = troubled.good
    change_configuration(shop.layout, "testing", greeting="Good evening", session_key="one more")
    deliver(shop.name)
    for resource in ("leases", "services", "deployments"):
        with troubled.without_right(resource):
            ended = troubled.look()
        assert f'resource "{resource}"' in str(ended.message)
        assert troubled.good == good


def test_what_helm_was_killed_in_is_released_by_the_next_look(shop: Shop, troubled: TroubledShop) -> None:
    """The version that lacked rights is not to blame for either."""
    begun = troubled.revision + 1
    with meanwhile(lambda: troubled.wait_for_revision(begun) and kill_helm("upgrade"), lambda: None):
        troubled.look()
    troubled.look_until("Released")
    assert troubled.runs(shop.git.yaml("Chart.yaml")["version"])
    assert shop.cluster.config("testing", "storefront")["GREETING"] == "Good evening"
    assert shop.cluster.record("testing")["verdicts"] == []


def test_a_release_that_was_killed_is_finished_by_the_next_run(shop: Shop) -> None:
    good = shop.cluster.record("testing")["good"][0]
    change_configuration(shop.layout, "testing", greeting="Good morning", session_key="another")
    deliver(shop.name)
    killed_while(shop, lambda: shop.cluster.revision("testing") > good["revision"])
    assert shop.cluster.record("testing")["good"][0] == good, "it was killed before it was tested"

    assert release_to_testing(shop).name == "Handed over", "the killed one may still be alive"
    let_the_lease_expire(shop)
    ended = release_to_testing(shop)
    assert ended.name == "Released", ended.message
    record = shop.cluster.record("testing")
    assert record["good"][0]["version"] == shop.git.yaml("Chart.yaml")["version"]
    assert record["verdicts"] == []
    assert shop.cluster.history("testing")[-1]["status"] == "deployed"
    assert shop.cluster.config("testing", "storefront")["GREETING"] == "Good morning"


def test_a_version_that_never_passed_is_no_way_back(shop: Shop) -> None:
    before = shop.running(), shop.cluster.record("testing")
    with pytest.raises(Refused, match=r"9\.9\.9 never passed its tests here"):
        roll_back(shop.name, "testing", "looks odd", version="9.9.9")
    assert (shop.running(), shop.cluster.record("testing")) == before


def test_a_person_goes_back_and_deliver_leaves_it_there(shop: Shop) -> None:
    newest, former = (good["version"] for good in shop.cluster.record("testing")["good"][:2])
    ended: State[Any] = roll_back(shop.name, "testing", "customers complain", by="Ada", return_state=True)
    assert ended.name == "Rolled back", ended.message
    assert ended.is_completed()
    record = shop.cluster.record("testing")
    assert record["good"][0]["version"] == former
    assert (record["hold"]["by"], record["hold"]["not_above"]) == ("Ada", newest)
    assert record["verdicts"] == [], "what a person leaves is not barred"

    before = shop.supplied(), shop.running()
    deliver(shop.name)
    release_to_testing(shop)
    assert (shop.supplied(), shop.running()) == before


def test_where_last_good_fails_too_the_environment_is_to_blame(shop: Shop) -> None:
    """Nobody reaches the storefront any more: a person's network policy, or here its Service, is in the way."""
    change_service(shop.layout, "cart", CART_COUNTS_ITEMS)
    deliver(shop.name)
    with service_led_astray(shop, "storefront"):
        ended = release_to_testing(shop)
    assert ended.name == "Frozen", ended.message
    record = shop.cluster.record("testing")
    assert record["verdicts"] == [], "nothing is barred"
    assert record["freeze"]["by"] == "headway"
    assert shop.git.yaml("Chart.yaml")["version"] in shop.charts.versions("testing", "shop"), "still offered"


def test_a_release_made_by_hand_stays_as_it_is(shop: Shop) -> None:
    version = shop.charts.versions("staging", "shop")[0]
    namespace = shop.cluster.namespace("staging")
    helm, kubeconfig = program(shop.layout.address.bin, "helm"), str(shop.layout.address.kubeconfig)
    chart = places.ROOT / "examples" / "thirdparty" / "banner"
    where = ["--namespace", namespace, "--create-namespace", "--kubeconfig", kubeconfig]
    run([helm, "install", shop.name, str(chart), *where])
    before = shop.running("staging")

    ended: State[Any] = release(shop.name, "staging", return_state=True)
    assert version
    assert ended.name == "Unmanaged", ended.message
    assert "Headway has no record of" in str(ended.message)
    assert shop.running("staging") == before
    assert shop.cluster.record("staging") == {}


def release_to_testing(shop: Shop) -> State[Any]:
    state: State[Any] = release(shop.name, "testing", return_state=True)
    return state


def deliver_and_settle(shop: Shop) -> None:
    """Deliver, and once more: a version that was released meanwhile is promoted by the next look."""
    deliver(shop.name)
    deliver(shop.name)


def killed_while(shop: Shop, reached: Callable[[], bool]) -> None:
    """Release to testing in a process of its own, which is killed as soon as `reached` is true."""
    code = f"from flows.release import release; release({shop.name!r}, 'testing')"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value())},
        cwd=places.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while not reached():
            assert process.poll() is None, "the release ended before it could be killed"
            assert time.monotonic() < until
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def let_the_lease_expire(shop: Shop) -> None:
    """As if the half minute had passed in which a dead holder may still be alive."""
    api = CoordinationV1Api(kubernetes(shop))
    body = {"spec": {"renewTime": "2026-01-01T00:00:00.000000Z"}}
    api.patch_namespaced_lease(f"headway.{shop.name}", shop.cluster.namespace("testing"), body)


@contextmanager
def service_led_astray(shop: Shop, service: str) -> Iterator[None]:
    """Its requests go nowhere: by a label that Helm does not mend, kube-proxy is told to leave it alone."""
    api, namespace = CoreV1Api(kubernetes(shop)), shop.cluster.namespace("testing")

    def proxied_by(name: str | None) -> None:
        label = {"service.kubernetes.io/service-proxy-name": name}
        api.patch_namespaced_service(service, namespace, {"metadata": {"labels": label}})

    proxied_by("nobody")
    try:
        yield
    finally:
        proxied_by(None)


def kubernetes(shop: Shop) -> Any:
    return config.new_client_from_config(str(shop.layout.address.kubeconfig))  # type: ignore[no-untyped-call]
