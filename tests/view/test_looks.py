"""Whoever only looks is never kept waiting by a cluster that was seen before; whoever has just acted sees what came of it."""

from pathlib import Path
from threading import Event, Thread
from typing import cast

import pytest

from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.status import ReleaseStatus
from headway.view.looks import IDLE_SECONDS, LIVES_SECONDS, Looks, NamedCluster


class SlowCluster:
    """Each look after the first takes until it is let go; what it sees is its number."""

    def __init__(self) -> None:
        self.count, self.go_on = 0, Event()

    def read(self, _: Cluster) -> list[ReleaseStatus]:
        self.count += 1
        if self.count > 1:
            self.go_on.wait(20)
        return [cast(ReleaseStatus, self.count)]


def looks_at(cluster: SlowCluster) -> Looks:
    named = NamedCluster("here", lambda: cast(Cluster, Path()))
    return Looks([named], cluster.read, lives_seconds=0.0)


def seen(looks: Looks) -> list[object]:
    return [each.status for each in looks.sight().releases]


def test_a_page_shows_what_was_seen_while_a_look_takes_long() -> None:
    cluster = SlowCluster()
    looks = looks_at(cluster)
    assert seen(looks) == [1]
    assert seen(looks) == [1], "the second look has not ended"
    cluster.go_on.set()
    looks.close()


def test_who_has_just_acted_waits_for_a_look_that_began_afterwards() -> None:
    cluster = SlowCluster()
    looks = looks_at(cluster)
    seen(looks)
    cluster.go_on.set()
    looks.forget()
    assert seen(looks)[0] != 1
    looks.close()


def test_the_same_sight_until_more_is_known() -> None:
    cluster = SlowCluster()
    looks = looks_at(cluster)
    assert looks.sight() is looks.sight()
    cluster.go_on.set()
    looks.close()


def test_a_first_look_is_the_short_one_and_the_whole_one_follows_at_once() -> None:
    named = NamedCluster("here", lambda: cast(Cluster, Path()))
    looks = Looks(
        [named], lambda _: [cast(ReleaseStatus, "all")], first=lambda _: [cast(ReleaseStatus, "some")]
    )
    assert seen(looks) == ["some"]
    looks.forget()
    assert seen(looks) == ["all"]
    looks.close()


def test_a_cluster_that_hangs_keeps_the_first_page_waiting_and_no_other() -> None:
    now, go_on = [0.0], Event()
    named = [NamedCluster(each, lambda each=each: cast(Cluster, each)) for each in ("quick", "slow")]  # type: ignore[misc]

    def read(cluster: Cluster) -> list[ReleaseStatus]:
        if str(cluster) == "slow":
            go_on.wait(20)
        return [cast(ReleaseStatus, 1)]

    looks = Looks(named, read, clock=lambda: now[0])
    looks.begin()
    now[0] = 60.0
    assert [each.cluster for each in looks.sight().releases] == ["quick"], "the slow one has had its time"
    go_on.set()
    looks.close()


def test_what_nobody_has_looked_at_for_long_is_looked_at_before_it_is_shown() -> None:
    now, cluster = [0.0], SlowCluster()
    named = NamedCluster("here", lambda: cast(Cluster, Path()))
    looks = Looks([named], cluster.read, clock=lambda: now[0])
    assert seen(looks) == [1]
    now[0] = IDLE_SECONDS + LIVES_SECONDS
    waits = Thread(target=lambda: told.append(seen(looks)))
    told: list[list[object]] = []
    waits.start()
    while cluster.count < 2:
        assert waits.is_alive()
    assert told == [], "as of minutes ago"
    cluster.go_on.set()
    waits.join(20)
    assert told == [[2]]
    looks.close()


@pytest.mark.parametrize(
    ("idle", "since", "seconds"),
    [
        pytest.param(IDLE_SECONDS + 1, 0.0, 5.0, id="nobody has looked for long"),
        pytest.param(IDLE_SECONDS + 1, 4.0, 1.0, id="who comes later waits for the rest"),
        pytest.param(IDLE_SECONDS + 1, 60.0, 0.1, id="it hangs"),
        pytest.param(IDLE_SECONDS - 1, 0.0, 0.1, id="somebody has just looked"),
    ],
)
def test_how_long_a_page_waits_for_what_was_seen_before(idle: float, since: float, seconds: float) -> None:
    now, cluster = [0.0], SlowCluster()
    named = NamedCluster("here", lambda: cast(Cluster, Path()))
    looks = Looks([named], cluster.read, clock=lambda: now[0])
    seen(looks)
    now[0] += LIVES_SECONDS + idle
    looks.begin()
    now[0] += since
    assert looks._patience(looks._places[0]) == seconds
    cluster.go_on.set()
    looks.close()
