"""Whose a release is: headway.yaml names any cluster, namespace and release, and whoever commits writes headway.yaml."""

from collections.abc import Collection

from headway.model.record import ReleaseRecord
from headway.model.release_ref import ReleaseRef


def stranger(record: ReleaseRecord, ref: ReleaseRef, environments: Collection[str]) -> str:
    """Whose record this is, where it is not that of `ref`: one of another application, or of another one of its
    `environments`; empty where it is ours. An environment that is not there any more was given another name.
    """
    if record.application != ref.application:
        return f"the application {record.application!r}"
    if record.environment != ref.environment and record.environment in environments:
        return f"the environment {record.environment!r} of this application"
    return ""


def is_allowed(cluster: str, namespace: str, places: Collection[str]) -> bool:
    """Whether an application may be released there. `places`: `cluster` or `cluster/namespace`, as an operator wrote them;
    without any, everywhere.
    """
    return not places or cluster in places or f"{cluster}/{namespace}" in places
