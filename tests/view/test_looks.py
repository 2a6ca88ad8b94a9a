"""Whoever only looks is never kept waiting by a cluster that was seen before; whoever has just acted sees what came of it."""

from pathlib import Path
from threading import Event
from typing import cast

from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.status import ReleaseStatus
from headway.view.looks import Looks, NamedCluster


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
