"""What the first page of a release would wait for, done as the view begins: clients of chart repositories load slowly."""

from contextlib import suppress
from threading import Thread

from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.errors import HeadwayError
from headway.view.base import View


def begin(view: View) -> Thread:
    """Beside what people ask for; nobody waits for it, and what goes wrong is told when it is asked for."""
    thread = Thread(target=warm, args=(view,), name="warming", daemon=True)
    thread.start()
    return thread


def warm(view: View) -> None:
    """Reads the newest revision of one release of each chart repository."""
    for cluster in view.looks.clusters:
        with suppress(HeadwayError):
            stores = ReleaseRecordStore.all(view.looks.opened(cluster.name))
            for store in {each.charts: each for each in stores}.values():
                view.histories.look(store, newest=1)
