"""What runs after a rollout, compared with what the package of that revision recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.clients.helm.storage import StoredRevision
from headway.clients.kubernetes import pods
from headway.decide.pods import pod_images
from headway.decide.pods.pod_images import OtherBytes
from headway.decide.pods.release_pods import select
from headway.errors import HeadwayError
from headway.formats import image_record, image_reference, manifests
from headway.workspace.release_context import ReleaseContext
from headway.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Others:
    """Containers of a rollout that run other bytes than were recorded.

    A service's tag never moves in good order. Third parties push theirs again and again, and every node that has pulled one
    keeps what it has: that is told, and holds nothing up.
    """

    of_services: tuple[OtherBytes, ...] = ()
    of_third_parties: tuple[OtherBytes, ...] = ()


def others(context: ReleaseContext, revision: int, history: Sequence[StoredRevision]) -> Others:
    """Of the pods that came with `revision`. What nobody can say is none."""
    stored = next((each for each in history if each.revision == revision), None)
    recorded = (
        {each.reference: each.digest for each in image_record.read(stored.chart_yaml)} if stored else {}
    )
    if stored is None or not recorded:
        return Others()
    resources = manifests.split(stored.manifest, stored.hooks)
    selection = select(each.document for each in resources if not each.is_test)
    came = pod_images.of_rollout(pods.pods(context.cluster, context.namespace), selection, stored.created)
    workspace = context.workspace
    found = [
        each for each in pod_images.differing(came, recorded) if not _is_one_platform_of(workspace, each)
    ]
    names = {_name(image.repository) for image in workspace.application.images.values()}
    own = [each for each in found if _name(image_reference.repository_of(each.image)) in names]
    return Others(tuple(own), tuple(each for each in found if each not in own))


def _is_one_platform_of(workspace: Workspace, other: OtherBytes) -> bool:
    """Whether what runs is a platform's image of the recorded index; also where its registry cannot be asked."""
    try:
        repository = image_reference.parse(other.image).repository
        return other.runs in workspace.registry_of(repository).platforms(repository, other.recorded)
    except HeadwayError:
        return True


def _name(repository: str) -> str:
    """The same image in a mirror has another repository."""
    return repository.rpartition("/")[2]
