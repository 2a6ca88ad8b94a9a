"""Gives the worker an identity of its own on the cluster, with the rights of examples/rbac and no others.

The administrator's kubeconfig stays with those who look at what became of a release.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, config
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import NotFoundError

from sandbox import files, places
from sandbox.address import Address

NAMESPACE, ACCOUNT = "headway", "worker"
SUBJECT = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE}
RIGHTS = places.ROOT / "examples" / "rbac"
TOKEN_SECONDS = 365 * 24 * 3600


def grant(address: Address, namespaces: Iterable[str]) -> None:
    """The namespaces, in each of them the worker's Role, and its kubeconfig. A second time changes nothing."""
    admin = config.new_client_from_config(str(address.kubeconfig))  # type: ignore[no-untyped-call]
    api = DynamicClient(admin)  # type: ignore[no-untyped-call]
    _apply(api, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    account = {"name": ACCOUNT, "namespace": NAMESPACE}
    _apply(api, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    for each in _documents("definitions.yaml"):
        _apply(api, each)
    for namespace in namespaces:
        _apply(api, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        for each in _documents("namespace.yaml"):
            _apply(api, {**each, "metadata": {**each["metadata"], "namespace": namespace}})
    if not _is_known(address):
        files.write(address.worker_kubeconfig, json.dumps(_kubeconfig(admin)), mode=0o600)


@contextmanager
def lists_everywhere(address: Address) -> Iterator[None]:
    """Meanwhile the worker may list objects of all namespaces, as examples/rbac/watch.yaml has it."""
    admin = config.new_client_from_config(str(address.kubeconfig))  # type: ignore[no-untyped-call]
    api = DynamicClient(admin)  # type: ignore[no-untyped-call]
    for each in _documents("watch.yaml"):
        _apply(api, each)
    try:
        yield
    finally:
        take_lists_away(address)


def take_lists_away(address: Address) -> None:
    """Where they were granted, also by one that was broken off."""
    admin = config.new_client_from_config(str(address.kubeconfig))  # type: ignore[no-untyped-call]
    api = DynamicClient(admin)  # type: ignore[no-untyped-call]
    for each in _documents("watch.yaml"):
        kind = api.resources.get(api_version=each["apiVersion"], kind=each["kind"])
        with suppress(NotFoundError):
            api.delete(kind, name=each["metadata"]["name"])  # type: ignore[no-untyped-call]


def _documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((RIGHTS / name).read_text()))


def _apply(api: DynamicClient, body: dict[str, Any]) -> None:
    metadata = body["metadata"]
    kind = api.resources.get(api_version=body["apiVersion"], kind=body["kind"])
    api.server_side_apply(  # type: ignore[no-untyped-call]
        kind,
        body,
        metadata["name"],
        metadata.get("namespace"),
        field_manager="sandbox",
        force_conflicts=True,
    )


def _is_known(address: Address) -> bool:
    """Whether the cluster takes the token: one of a cluster that was made anew it does not."""
    try:
        api = config.new_client_from_config(str(address.worker_kubeconfig))  # type: ignore[no-untyped-call]
        client.AuthenticationV1Api(api).create_self_subject_review(client.V1SelfSubjectReview())
    except (config.ConfigException, client.ApiException):
        return False
    return True


def _kubeconfig(api: Any) -> dict[str, Any]:
    """The administrator's, with a token of the worker's in place of the administrator's certificate."""
    spec = client.V1TokenRequestSpec(audiences=[], expiration_seconds=TOKEN_SECONDS)
    asked = client.AuthenticationV1TokenRequest(spec=spec)
    made: Any = client.CoreV1Api(api).create_namespaced_service_account_token(ACCOUNT, NAMESPACE, asked)
    settings = api.configuration
    cluster = {"server": settings.host}
    if settings.ssl_ca_cert:
        certificate = Path(settings.ssl_ca_cert).read_bytes()
        cluster["certificate-authority-data"] = base64.b64encode(certificate).decode()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sandbox", "cluster": cluster}],
        "users": [{"name": ACCOUNT, "user": {"token": made.status.token}}],
        "contexts": [{"name": ACCOUNT, "context": {"cluster": "sandbox", "user": ACCOUNT}}],
        "current-context": ACCOUNT,
    }
