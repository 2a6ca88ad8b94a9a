"""A release that Helm has and no record names: somebody made it, and Headway leaves it as it is."""

from contextlib import suppress

from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import HeadwayError
from headway.model.application import Application
from headway.model.release_ref import ReleaseRef


def place(application: str, environment: str, declared: Application | None) -> tuple[ReleaseRef, str]:
    """Where it is to be looked for, release and namespace: as headway.yaml says, else by the names that are usual."""
    if declared and declared.application == application and environment in declared.environments:
        return declared.release_ref(environment), declared.namespace(environment)
    return ReleaseRef(application, environment, application), f"{application}-{environment}"


def said(cluster: Cluster, ref: ReleaseRef, namespace: str) -> str:
    """That it is there, in a sentence; empty where none is, or nothing is known of it."""
    with suppress(HeadwayError):
        revisions = HelmStorage(cluster, namespace, ref.release).listed().values()
        if any(each.status == "deployed" for each in revisions):
            return f"release {ref.release} runs in {namespace}, and Headway has no record of it: it stays as it is"
    return ""
