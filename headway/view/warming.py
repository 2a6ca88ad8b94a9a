"""What the first page of a release would wait for, done as the view begins: clients of chart repositories load slowly."""

import logging
from threading import Thread

from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.errors import Unreachable
from headway.view.base import View

_LOG = logging.getLogger(__name__)


def begin(view: View) -> Thread:
    """Beside what people ask for; nobody waits for it, and what goes wrong is told when it is asked for."""
    thread = Thread(target=warm, args=(view,), name="warming", daemon=True)
    thread.start()
    return thread


def warm(view: View) -> None:
    """Reads the newest revision of one release of each chart repository."""
    for cluster in view.looks.clusters:
        try:
            stores = ReleaseRecordStore.all(view.looks.opened(cluster.name))
            for store in {each.charts: each for each in stores}.values():
                view.histories.look(store, newest=1)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one cluster
            _LOG.warning("%s: %s", cluster.name, error, exc_info=not isinstance(error, Unreachable))
