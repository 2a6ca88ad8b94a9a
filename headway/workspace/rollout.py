"""The read side: how far the pods of a release are, now."""

from dataclasses import dataclass

from headway.clients import side_by_side
from headway.clients.kubernetes import pods
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.pods import rollout
from headway.decide.pods.rollout import Live, WorkloadPods
from headway.errors import Gone, Refused

_KINDS = ("deployments", "replicasets", "statefulsets", "daemonsets")


@dataclass(frozen=True, slots=True)
class Rollout:
    workloads: tuple[WorkloadPods, ...]
    troubles: tuple[str, ...] = ()
    """What could not be listed, and is therefore missing; one sentence each."""


def read(cluster: Cluster, namespace: str, release: str) -> Rollout:
    """Raises Unreachable."""
    troubles: list[str] = []

    def listed(kind: str) -> list[Object]:
        try:
            if kind == "pods":
                return pods.pods(cluster, namespace)
            return cluster.api.items(f"/apis/apps/v1/namespaces/{namespace}/{kind}")
        except (Refused, Gone):
            troubles.append(f"these credentials may not list {kind} in {namespace}, or there are none")
            return []

    live = Live(*side_by_side.each(listed, (*_KINDS, "pods"), len(_KINDS) + 1))
    return Rollout(rollout.workloads(live, release, namespace), tuple(sorted(troubles)))
