"""The cluster that a person looks at, as kubectl finds it."""

import os
from pathlib import Path

from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.kubeconfig import current_context

_USUAL = "~/.kube/config"


def cluster(kubeconfig: Path | None, context: str | None) -> Cluster:
    """By what is named, KUBECONFIG, the usual file, or the cluster this runs in. Raises BadInput."""
    file = _file(kubeconfig)
    return Cluster.from_kubeconfig(file, context) if file else Cluster.in_cluster()


def current_name(kubeconfig: Path | None) -> str:
    """How people call the cluster that is looked at where they name no context."""
    file = _file(kubeconfig)
    return (current_context(file) or "current context") if file else "this cluster"


def _file(kubeconfig: Path | None) -> Path | None:
    """None: the cluster this runs in."""
    if named := str(kubeconfig or os.environ.get("KUBECONFIG") or ""):
        return Path(named)
    usual = Path(_USUAL).expanduser()
    return usual if usual.exists() or "KUBERNETES_SERVICE_HOST" not in os.environ else None


def clusters(kubeconfig: Path | None, contexts: tuple[str, ...]) -> tuple[Cluster, ...]:
    """One for each context, or the current one. Raises BadInput."""
    return tuple(cluster(kubeconfig, each) for each in contexts) or (cluster(kubeconfig, None),)
