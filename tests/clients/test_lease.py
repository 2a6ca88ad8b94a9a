"""Who holds a lease, on an API server in this process: a name is not enough, nor a clock that stands still."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import ApiClient, Configuration

from headway.clients.kubernetes import api
from headway.clients.kubernetes.api import KubernetesApi, Object
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.lease import HandedOver, Held, ReleaseLease
from headway.errors import LeaseLost
from tests.fast.memory.api_server import ApiServer


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    server = ApiServer("https://here")
    server.store.create("/api/v1/namespaces", {"metadata": {"name": "shop"}})
    configuration = Configuration()
    configuration.host = server.host
    client = ApiClient(configuration)
    client.rest_client.pool_manager = server
    return Cluster(client, tmp_path / "kubeconfig")


@pytest.fixture
def requests(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Methods, from now on."""
    sent, send = list[str](), cluster.api._send

    def noted(method: str, *given: Any, **named: Any) -> Any:
        sent.append(method)
        return send(method, *given, **named)

    monkeypatch.setattr(cluster.api, "_send", noted)
    return sent


@pytest.fixture
def held(cluster: Cluster) -> Iterator[Held]:
    found = ReleaseLease(cluster, "shop", "shop").acquire("worker run-1")
    assert isinstance(found, Held)
    with found:
        yield found


@pytest.mark.usefixtures("held")
def test_a_run_that_is_started_again_while_it_lives_finds_it_held(cluster: Cluster) -> None:
    """Prefect takes a run for crashed whose process has only lost its server; Retry gives the same run a second process."""
    assert ReleaseLease(cluster, "shop", "shop").acquire("worker run-1") == HandedOver("worker run-1")


def test_what_was_given_back_is_free(cluster: Cluster, held: Held) -> None:
    assert held.release() is False
    again = ReleaseLease(cluster, "shop", "shop").acquire("worker run-1")
    assert isinstance(again, Held)
    again.release()


def test_a_machine_that_was_suspended_has_lost_it(
    cluster: Cluster, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The monotonic clock of a suspended machine stands still, and other machines' go on."""
    before, real = cluster.api.server_now(), time.clock_gettime
    held.ensure_held()
    monkeypatch.setattr(
        time, "clock_gettime", lambda clock: real(clock) + 3600 * (clock == time.CLOCK_BOOTTIME)
    )
    with pytest.raises(LeaseLost, match="could not be renewed in time"):
        held.ensure_held()
    assert (cluster.api.server_now() - before).total_seconds() >= 3600, "it dates nothing an hour ago"


def test_it_is_given_back_without_being_read(cluster: Cluster, held: Held, requests: list[str]) -> None:
    requests.clear()
    assert held.release() is False
    assert requests == ["PUT"], "what was written last says that it is ours"
    assert not ReleaseLease(cluster, "shop", "shop").is_held()


def test_a_mark_is_seen_by_whoever_gives_it_back(cluster: Cluster, held: Held, requests: list[str]) -> None:
    assert isinstance(ReleaseLease(cluster, "shop", "shop").acquire("another"), HandedOver)
    requests.clear()
    assert held.release() is True
    assert requests == ["PUT", "GET", "PUT"]
    requests.clear()
    assert held.release() is False
    assert requests == ["PUT"]


@pytest.mark.parametrize(
    ("somebody", "said"),
    [
        pytest.param(lambda api, path: api.delete(path), "it was taken away", id="deletes it"),
        pytest.param(
            lambda api, path: api.replace(path, _taken(api.get(path))),
            "it is held by 'a person'",
            id="takes it",
        ),
    ],
)
def test_what_somebody_took_is_not_given_back(
    cluster: Cluster, held: Held, somebody: Callable[[KubernetesApi, str], object], said: str
) -> None:
    somebody(cluster.api, ReleaseLease(cluster, "shop", "shop").path)
    with pytest.raises(LeaseLost, match=said):
        held.release()
    with pytest.raises(LeaseLost, match=said):
        held.ensure_held()


def _taken(lease: Object) -> Object:
    return {**lease, "spec": {**lease["spec"], "holderIdentity": "a person"}}


@pytest.mark.parametrize(
    ("renewed", "free"),
    [
        pytest.param("9999-12-31T23:59:59.999999Z", False, id="at the end of the calendar"),
        pytest.param("0001-01-01T00:00:00.000000Z", True, id="at its beginning"),
        pytest.param("2026-01-01T00:00:00", True, id="no time of a server's"),
        pytest.param("soon", True, id="no time"),
    ],
)
def test_what_somebody_wrote_as_its_time_ends_no_look(cluster: Cluster, renewed: str, free: bool) -> None:
    spec = {
        "holderIdentity": "ada",
        "renewTime": renewed,
        "leaseDurationSeconds": 2**31 - 1 if free is False else 30,
    }
    lease = ReleaseLease(cluster, "shop", "shop")
    body: Object = {"metadata": {"name": "headway.shop", "namespace": "shop"}, "spec": spec}
    cluster.api.create(lease.path.rpartition("/")[0], body)
    assert lease.is_held() is not free
    found = ReleaseLease(cluster, "shop", "shop").acquire("worker run-1")
    assert (found == HandedOver("ada")) is not free
    if isinstance(found, Held):
        found.release()


@pytest.mark.parametrize("date", ["soon", "", "Fri, 31 Dec 99999 23:59:59 GMT"])
def test_a_date_that_no_server_would_say_is_none(date: str) -> None:
    assert api._dated(date) is None


def test_a_date_without_a_zone_is_in_utc() -> None:
    found = api._dated("Sat, 28 Nov 2026 04:00:00 -0000")
    assert found
    assert found[0].isoformat() == "2026-11-28T04:00:00+00:00"
