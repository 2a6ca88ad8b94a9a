"""The figures of every release that has a record: for the command, and for whoever scrapes a view."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.figures import WINDOW, Figures, figures
from headway.workspace import known_releases
from headway.workspace.release_history import ReleaseHistoryReader


def of_clusters(
    clusters: Iterable[Cluster],
    now: datetime,
    *,
    namespace: str = "",
    window: timedelta = WINDOW,
    reader: ReleaseHistoryReader | None = None,
) -> tuple[tuple[Figures, ...], tuple[str, ...]]:
    """With what could not be read, a sentence each. `reader`: one that is kept reads archives once.

    Raises Unreachable, Refused.
    """
    reader = reader or ReleaseHistoryReader()
    histories = reader.look_at(each.store for each in known_releases.every(clusters, namespace))
    found = [figures(each.ref, each.entries, now, window) for each in histories]
    trouble = [f"{each.ref}: {said}" for each in histories for said in each.trouble]
    return tuple(sorted(found, key=lambda each: each.ref)), tuple(trouble)
