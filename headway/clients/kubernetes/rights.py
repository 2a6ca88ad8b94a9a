"""What the credentials of a cluster may do in a namespace, as its API server says; nothing is written."""

from collections.abc import Iterable

from headway.clients.kubernetes.cluster import Cluster
from headway.decide.review import rights
from headway.decide.review.rights import Right

_REVIEWS = "/apis/authorization.k8s.io/v1"


def lacking(cluster: Cluster, namespace: str, wanted: Iterable[Right] = rights.RIGHTS) -> tuple[Right, ...]:
    """Those that are not granted. Raises Unreachable, and Refused where nobody may ask.

    One SelfSubjectRulesReview; where it is incomplete, because not all authorizers can list rules, a SelfSubjectAccessReview
    for each right that it does not name.
    """
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    said = cluster.api.create(f"{_REVIEWS}/selfsubjectrulesreviews", body)["status"]
    unnamed = rights.lacking(said.get("resourceRules") or [], wanted)
    if not said.get("incomplete"):
        return unnamed
    allowed = cluster.each(lambda right: _may(cluster, namespace, right), unnamed)
    return tuple(right for right, may in zip(unnamed, allowed, strict=True) if not may)


def _may(cluster: Cluster, namespace: str, right: Right) -> bool:
    resource, _, subresource = right.resource.partition("/")
    attributes = {
        "namespace": namespace,
        "verb": right.verb,
        "group": right.group,
        "resource": resource,
        "subresource": subresource,
    }
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    said = cluster.api.create(f"{_REVIEWS}/selfsubjectaccessreviews", body)
    return bool(said["status"].get("allowed"))
