"""Pods of a namespace, what they said, and what happened to them."""

from collections.abc import Iterable

from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.event_lines import event_time
from headway.errors import BadInput, Gone

LOG_BYTES = 256 * 1024


def pods(cluster: Cluster, namespace: str, selector: str | None = None) -> list[Object]:
    return cluster.api.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=selector)


def log(
    cluster: Cluster, namespace: str, pod: str, container: str, *, lines: int = 60, previous: bool = False
) -> str | None:
    """The last lines of a container's log; None where there is none (not started, or the pod is gone)."""
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
    query = {"container": container, "tailLines": lines, "limitBytes": LOG_BYTES}
    try:
        return cluster.api.text(path, **query, previous="true" if previous else None)
    except (Gone, BadInput):
        # 400 "is waiting to start" or "previous terminated container not found": there is nothing to read.
        return None


def tail(cluster: Cluster, namespace: str, pod: Object, lines: int = 60) -> str:
    """What a pod's containers said last, also the run before a restart, under a heading where there are
    several.
    """
    status = pod.get("status", {})
    statuses = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    parts: list[tuple[str, str]] = []
    for each in statuses:
        name = each["name"]
        restarted = each.get("restartCount", 0) > 0
        text = log(cluster, namespace, pod["metadata"]["name"], name, lines=lines)
        if restarted and not (text or "").strip():
            text = log(cluster, namespace, pod["metadata"]["name"], name, lines=lines, previous=True)
        if text and text.strip():
            parts.append((name, text.rstrip()))
    if len(parts) == 1:
        return parts[0][1]
    return "\n".join(f"[{name}]\n{text}" for name, text in parts)


def events(cluster: Cluster, namespace: str, objects: Iterable[str]) -> list[Object]:
    """Warnings and other events of the named objects ("Pod/web-1"), oldest first."""
    wanted = set(objects)
    found = cluster.api.items(f"/api/v1/namespaces/{namespace}/events")
    ours = [event for event in found if _involved(event) in wanted]
    return sorted(ours, key=event_time)


def _involved(event: Object) -> str:
    involved = event.get("involvedObject", {})
    return f"{involved.get('kind')}/{involved.get('name')}"
