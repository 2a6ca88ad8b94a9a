"""The cluster that a person looks at, as kubectl finds it."""

import os
from pathlib import Path

from headway.clients.kubernetes.cluster import Cluster

_USUAL = "~/.kube/config"


def cluster(kubeconfig: Path | None, context: str | None) -> Cluster:
    """By what is named, KUBECONFIG, the usual file, or the cluster this runs in. Raises BadInput."""
    named = str(kubeconfig or os.environ.get("KUBECONFIG") or "")
    usual = Path(_USUAL).expanduser()
    if not named and not usual.exists() and "KUBERNETES_SERVICE_HOST" in os.environ:
        return Cluster.in_cluster()
    return Cluster.from_kubeconfig(Path(named) if named else usual, context)


def clusters(kubeconfig: Path | None, contexts: tuple[str, ...]) -> tuple[Cluster, ...]:
    """One for each context, or the current one. Raises BadInput."""
    return tuple(cluster(kubeconfig, each) for each in contexts) or (cluster(kubeconfig, None),)
