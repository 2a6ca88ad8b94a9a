"""Clusters beside each other: one that hangs keeps no page of another waiting, and none tells what is not for all."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import cast

import pytest

from headway.clients.kubernetes.cluster import Cluster
from headway.view import Looks, NamedCluster, clusters
from headway.view.base import View
from headway.view.clusters import Inventories
from headway.view.lanes import AT_ONCE, WAITING, Lane, Lanes
from headway.view.told import Away
from headway.workspace import workloads
from headway.workspace.workloads import Inventory
from tests.view.places import browser, cluster, sign_in, signing_in, status


class Hangs:
    """The inventory of cluster "slow" takes until it is let go."""

    def __init__(self) -> None:
        self.go_on, self.began = Event(), Event()

    def read(self, found: Cluster) -> Inventory:
        if str(found) == "slow":
            self.began.set()
            self.go_on.wait(20)
        return Inventory((), (f"Secret elsewhere/of-{found}",))


@pytest.fixture
def hangs(monkeypatch: pytest.MonkeyPatch) -> Hangs:
    hangs = Hangs()
    monkeypatch.setattr(workloads, "read", hangs.read)
    return hangs


def test_an_inventory_waits_for_its_own_cluster_alone(hangs: Hangs) -> None:
    named = [NamedCluster(each, lambda each=each: cast(Cluster, each)) for each in ("slow", "quick")]  # type: ignore[misc]
    looks = Looks(named, lambda _: ())
    view = cast(View, type("", (), {"looks": looks})())
    inventories = Inventories(view)
    waits = threading.Thread(target=inventories.of, args=("slow",))
    waits.start()
    assert hangs.began.wait(10)
    assert inventories.of("quick")[0].troubles == ("Secret elsewhere/of-quick",)
    hangs.go_on.set()
    waits.join(10)
    looks.close()


@pytest.mark.parametrize(
    ("who", "told"),
    [
        pytest.param("ada", "Secret elsewhere/of-", id="to whoever may see all"),
        pytest.param("bob", clusters.PARTLY, id="to whoever may see a part, that it may not be whole"),
    ],
)
@pytest.mark.usefixtures("hangs")
def test_what_could_not_be_read_is_named_to_whoever_may_see_it(who: str, told: str, tmp_path: Path) -> None:
    real, _ = cluster(tmp_path)
    view = Looks([NamedCluster("here", lambda: real)], lambda _: (status(),))
    with browser(view, signing_in(tmp_path), tmp_path) as opened:
        sign_in(opened, who)
        page = opened.get("/clusters/here").text
    assert told in page
    assert ("elsewhere" in page) == (who == "ada")


SLOW = Lane("cluster slow")


def run(lanes: Lanes, *works: tuple[Lane, Callable[[], object]]) -> list[object]:
    async def all_of_them() -> list[object]:
        return await asyncio.gather(*(lanes.run(lane, work) for lane, work in works), return_exceptions=True)

    return asyncio.run(all_of_them())


def test_a_lane_that_hangs_is_told_of_and_keeps_no_other_waiting() -> None:
    go_on, lanes = Event(), Lanes(patience=0.05)
    found = run(lanes, *[(SLOW, lambda: go_on.wait(20))] * (AT_ONCE + 1), (Lane("quick"), lambda: "here"))
    assert found[-1] == "here"
    assert {str(each) for each in found[:-1]} == {
        "cluster slow: it takes long to answer. Try again in a minute."
    }
    go_on.set()
    lanes.close()


def test_no_more_wait_in_a_lane_than_so_many() -> None:
    go_on, lanes = Event(), Lanes(patience=0.3)
    began = time.monotonic()

    def told_at_once() -> object:
        return time.monotonic() - began

    found = run(lanes, *[(SLOW, lambda: go_on.wait(20))] * (AT_ONCE + WAITING), (SLOW, told_at_once))
    assert isinstance(found[-1], Away)
    go_on.set()
    lanes.close()
    found = run(Lanes(), (SLOW, lambda: 1))
    assert found == [1]


def test_where_a_release_is_is_known_without_waiting() -> None:
    named = [NamedCluster("here", lambda: cast(Cluster, "here"))]
    looks = Looks(named, lambda _: (status(),))
    assert looks.clusters_of("shop", "testing") == frozenset()
    looks.sight()
    assert (looks.clusters_of("shop", "testing"), looks.clusters_of("shop", "nowhere")) == (
        {"here"},
        frozenset(),
    )
    looks.close()
