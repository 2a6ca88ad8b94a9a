"""Asks the API server what it would say to each object of a release: a dry run of one request each, which writes nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from headway.clients.kubernetes.cluster import Cluster
from headway.decide.release.drift import HELM_FIELD_MANAGER
from headway.decide.release.refusals import Refusal, acts_before
from headway.errors import Conflict, Gone, HeadwayError, Retryable, Unreachable
from headway.formats import helm_marks
from headway.formats.chart_definitions import KIND, Definition
from headway.formats.manifests import Key, Resource

Kind = tuple[str, str]
"""(apiVersion, kind)"""


def refusals(
    cluster: Cluster,
    resources: Sequence[Resource],
    former: Mapping[Key, Resource],
    coming: Collection[Kind],
    namespace: str,
    release: str,
    made_anew: Collection[Key] = (),
) -> tuple[Refusal, ...]:
    """Of what is new, differs from `former`, or was `made_anew` by somebody else; tests stand aside. Raises nothing: what does
    not answer is a refusal too.

    `coming`: kinds whose definitions this release brings or changes; the server does not know yet what their objects may hold.
    """
    coming = {*coming, *_defined(resources)}
    hooks_act = any(map(acts_before, resources))

    def ask(resource: Resource) -> None:
        document = dict(resource.document)
        path = cluster.path(document, namespace)
        if resource.events:
            cluster.api.dry_run_create(path.rpartition("/")[0], document)
        else:
            body = helm_marks.put(document, release, namespace)
            cluster.api.dry_run_apply(path, body, HELM_FIELD_MANAGER, strict=True)

    def one(resource: Resource) -> Refusal | None:
        if _kind(resource.document) in coming or not resource.key.name:
            return None
        try:
            try:
                ask(resource)
            except Unreachable:
                # It changes nothing: a connection that is lost for a moment is no refusal.
                ask(resource)
        except HeadwayError as error:
            return Refusal(
                str(resource.key),
                str(error),
                retryable=isinstance(error, Retryable) and not isinstance(error, Conflict),
                missing=isinstance(error, Gone | Conflict),
                hooks_act=hooks_act and not resource.events,
                made_anew=resource.key not in former or resource.key in made_anew,
            )
        return None

    asked = [
        each
        for each in resources
        if not each.is_test and (each.key in made_anew or not _is_same(each, former.get(each.key)))
    ]
    return tuple(found for found in cluster.each(one, asked) if found)


def _is_same(resource: Resource, other: Resource | None) -> bool:
    return other is not None and (resource.document, resource.events) == (other.document, other.events)


def _kind(document: Mapping[str, Any]) -> Kind:
    return str(document.get("apiVersion", "")), str(document.get("kind", ""))


def _defined(resources: Iterable[Resource]) -> set[Kind]:
    """By definitions among the resources themselves."""
    found = (each.document for each in resources if each.key.kind == KIND)
    return {kind for document in found for kind in Definition("", document).kinds}
