"""What Prefect knows to be registered: so that a run which could only fail for a name is never created."""

from collections.abc import Mapping
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from flows import block_documents
from headway.errors import BadInput
from headway.formats import report_lines
from headway.formats.near_names import meant
from headway.model.block_kinds import APPLICATION, CLUSTER, SITE
from headway.model.report import StageName
from headway.workspace.unregistered import unregistered


def names(client: SyncPrefectClient, kind: str) -> list[str]:
    """Of all saved blocks of a `kind`."""
    return [each.name or "" for each in block_documents.every(client, kind)]


def applications(client: SyncPrefectClient) -> list[str]:
    """Those of git, and sites."""
    return [*names(client, APPLICATION), *names(client, SITE)]


def require(client: SyncPrefectClient, parameters: Mapping[str, Any]) -> None:
    """Of what a run is to be given: BadInput for an application that is not registered; and for an environment that neither the
    application's newest delivery nor a Cluster block names, which can be nobody else's.
    """
    application, environment = parameters.get("application"), parameters.get("environment")
    known = applications(client)
    if application not in known:
        raise unregistered(str(application), known)
    if not environment:
        return
    delivered = _delivered(client, application)
    if not delivered or environment in delivered:
        # Before its first delivery only its repository says which environments there are.
        return
    block = f"{application}-{environment}"
    # `shop-eu-live` is of shop in eu-live, and of shop-eu in live.
    others = [each for each in known if each != application and block.startswith(f"{each}-")]
    is_there = block in names(client, CLUSTER)
    if is_there and not others:
        return
    also = f" The block {CLUSTER}/{block} may be that of {' or '.join(others)}." if is_there else ""
    raise BadInput(
        f"it has no environment {environment!r}{meant(str(environment), delivered)}",
        where=f"application {application}",
        next_step=f"Its newest delivery knows {', '.join(sorted(delivered))}; of one that was declared since, "
        f"headway deliver {application} comes first.{also}",
    )


def _delivered(client: SyncPrefectClient, application: str) -> frozenset[str]:
    """Environments that the newest delivery looked at; none where no report of one is kept."""
    kept = client.read_artifacts(
        artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[f"{application}-delivery"])),
        sort=ArtifactSort.CREATED_DESC,
        limit=1,
    )
    lines = [line for each in kept for line in report_lines.read(str(each.data))]
    return frozenset(each.subject for each in lines if each.stage == StageName.RELEASE)
