"""Definitions of a chart's crds/ in a cluster: what is there, and how they are brought in. None is ever deleted."""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from headway.clients.kubernetes.api import FIELD_MANAGER, KubernetesApi, Object
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review.definition_owner import Place, marked, owner
from headway.decide.review.definitions import FoundDefinition, change
from headway.errors import BadInput, Conflict, Gone, Refused, Retryable
from headway.formats.chart_definitions import KIND, Definition

ESTABLISHED_SECONDS = 60.0
_PAUSE_SECONDS = 0.1
_CONFLICT_WITH = re.compile(r'conflicts? with "([^"]+)"')
"""https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts"""


def find(
    cluster: Cluster, definitions: Iterable[Definition], place: Place, *, installed: bool
) -> tuple[FoundDefinition, ...]:
    """Each beside what the cluster has. `installed`: Helm has brought the release before. Raises Unreachable."""
    return cluster.each(lambda each: _find(cluster, each, place, installed=installed), definitions)


def _find(cluster: Cluster, definition: Definition, place: Place, *, installed: bool) -> FoundDefinition:
    body, live = marked(definition, place), None
    try:
        path = cluster.path(body, place.namespace)
        live = cluster.api.find(path)
        found = FoundDefinition(definition, live, cluster.api.dry_run_apply(path, body, FIELD_MANAGER))
    except BadInput as error:
        return FoundDefinition(definition, live, refused=str(error))
    except Refused as error:
        served = _serves_all(cluster.api, definition)
        return FoundDefinition(definition, live, unread=str(error), served=served)
    if live is None or change(found).state != "changed":
        return found
    managers = _managers_of_what_changes(cluster.api, path, body)
    return replace(found, owner=owner(live, managers, place, installed=installed))


def _managers_of_what_changes(api: KubernetesApi, path: str, body: Object) -> tuple[str, ...]:
    try:
        api.dry_run_apply(path, body, FIELD_MANAGER, force=False)
    except Conflict as error:
        return tuple(dict.fromkeys(_CONFLICT_WITH.findall(error.what)))
    return ()


def apply(
    cluster: Cluster, definitions: Sequence[Definition], place: Place, ensure_lease: Callable[[], None]
) -> None:
    """Bring them in, and wait until the API server serves what they define. Raises what the API server says, and Retryable
    where it does not come to serve it."""
    for each in definitions:
        ensure_lease()
        body = marked(each, place)
        cluster.api.apply(cluster.path(body, place.namespace), body, FIELD_MANAGER, force=True)
    until = time.monotonic() + ESTABLISHED_SECONDS
    for each in definitions:
        if each.document["kind"] == KIND:
            _wait(cluster, each, place.namespace, until)


def _wait(cluster: Cluster, definition: Definition, namespace: str, until: float) -> None:
    path = cluster.path(definition.document, namespace)
    while not _is_served(cluster.api, path, definition):
        if time.monotonic() > until:
            raise Retryable(
                "the API server does not serve what it defines",
                where=definition.name,
                next_step="Its conditions say why; it is tried again.",
            )
        time.sleep(_PAUSE_SECONDS)


def _is_served(api: KubernetesApi, path: str, definition: Definition) -> bool:
    conditions = (api.get(path).get("status") or {}).get("conditions") or ()
    if not any(each["type"] == "Established" and each["status"] == "True" for each in conditions):
        return False
    return _serves_all(api, definition)


def _serves_all(api: KubernetesApi, definition: Definition) -> bool:
    return all(kind in _kinds(api, version) for version, kind in definition.kinds)


def _kinds(api: KubernetesApi, version: str) -> set[str]:
    try:
        return {each["kind"] for each in api.get(f"/apis/{version}")["resources"]}
    except Gone:
        return set()
