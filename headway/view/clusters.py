"""The page of a cluster: all that runs there, also what nobody here released."""

from collections import defaultdict
from threading import Lock

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from headway.clients.clock import elapsing
from headway.decide.review.workloads import Workload
from headway.view import pages
from headway.view.access import Known
from headway.view.base import View, frame, release_path
from headway.workspace import workloads
from headway.workspace.workloads import Inventory

LIVES_SECONDS = 20.0
PARTLY = "something of this cluster could not be read: this page may not show all that is yours"


class Inventories:
    """Many viewers cost one look, as with the board; a cluster that hangs keeps those of no other waiting."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[float, Inventory]] = {}
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    def of(self, view: View, cluster: str) -> Inventory:
        """`cluster`: one of the view's."""
        with self._locks[cluster]:
            at, found = self._read.get(cluster, (0.0, None))
            if found is None or elapsing() > at + LIVES_SECONDS:
                found = workloads.read(view.looks.opened(cluster))
                self._read[cluster] = (elapsing(), found)
            return found


def show_cluster(view: View, request: Request, known: Known, inventories: Inventories) -> Response:
    cluster = request.path_params["cluster"]
    if cluster not in {each.name for each in view.looks.clusters}:
        raise HTTPException(404)
    places = {
        (each.status.namespace, each.status.ref.release): each.status.ref
        for each in view.looks.sight().releases
        if each.cluster == cluster and known.visitor.may_see(each.status)
    }

    def shown(workload: Workload) -> bool:
        return known.visitor.sees_all or (workload.release_namespace, workload.release) in places

    if not known.visitor.sees_all and not places:
        raise HTTPException(404)
    inventory = inventories.of(view, cluster)
    return pages.page(
        "cluster.html",
        **frame(view, known),
        cluster=cluster,
        workloads=[each for each in inventory.workloads if shown(each)],
        # They name namespaces and Secrets of whatever is in the cluster.
        troubles=inventory.troubles if known.visitor.sees_all else [PARTLY][: len(inventory.troubles)],
        places=places,
        path=release_path,
    )
