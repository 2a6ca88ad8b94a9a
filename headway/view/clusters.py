"""The page of a cluster: all that runs there, also what nobody here released."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from headway.decide.review.workloads import Workload
from headway.view import pages
from headway.view.access import Known
from headway.view.base import View, frame
from headway.view.kept import Kept
from headway.view.told import Away
from headway.workspace import workloads
from headway.workspace.workloads import Inventory

LIVES_SECONDS = 20.0
PARTLY = "something of this cluster could not be read: this page may not show all that is yours"


class Inventories:
    """Many viewers cost one look, as with the board; a cluster that hangs keeps those of no other waiting."""

    def __init__(self, view: View) -> None:
        self._looks = view.looks
        self._read: Kept[Inventory] = Kept(LIVES_SECONDS, patience_seconds=10.0)

    def close(self) -> None:
        self._read.close()

    def of(self, cluster: str) -> tuple[Inventory, str]:
        """What runs in a cluster, as it was read last, and why it could not be read again; empty where it could. `cluster`:
        one of the view's. Raises Away where nothing is known of it."""
        found, trouble = self._read.get(
            cluster, lambda: workloads.read(self._looks.opened(cluster)), room=cluster
        )
        if found is None:
            raise Away(trouble, where=cluster, next_step="Try again in a minute.")
        return found, trouble


def show_cluster(view: View, request: Request, known: Known, inventories: Inventories) -> Response:
    cluster = request.path_params["cluster"]
    if cluster not in {each.name for each in view.looks.clusters}:
        raise HTTPException(404)
    places = {
        (each.status.namespace, each.status.ref.release): each
        for each in view.looks.sight().releases
        if each.cluster == cluster and known.visitor.may_see(each.status)
    }

    def shown(workload: Workload) -> bool:
        return known.visitor.sees_all or (workload.release_namespace, workload.release) in places

    if not known.visitor.sees_all and not places:
        raise HTTPException(404)
    inventory, trouble = inventories.of(cluster)
    # They name namespaces and Secrets of whatever is in the cluster.
    troubles = inventory.troubles if known.visitor.sees_all else (PARTLY,) * bool(inventory.troubles)
    return pages.page(
        "cluster.html",
        **frame(view, known),
        cluster=cluster,
        workloads=[each for each in inventory.workloads if shown(each)],
        troubles=(*((trouble,) if trouble else ()), *troubles),
        places=places,
        path_of=view.path,
    )
