"""What is the version's fault and what is not, by what helm, the API server and the kubelet really say."""

from datetime import timedelta

import pytest

from headway.decide.release.failure_cause import Cause, backoff, classify, of_error
from headway.errors import BadInput, HeadwayError, Refused, Retryable, Unreachable

INFRASTRUCTURE = {
    "API server gone": 'Error: Kubernetes cluster unreachable: Get "https://10.0.0.1:6443/version": dial tcp '
    "10.0.0.1:6443: connect: connection refused",
    "API server slow": 'Get "https://10.0.0.1:6443/api/v1": net/http: TLS handshake timeout',
    "API server silent": 'Get "https://10.0.0.1:6443/api": context deadline exceeded',
    "quota": 'pods "cart-1" is forbidden: exceeded quota: compute, requested: cpu=1',
    "registry 429": "failed to pull image: unexpected status code 429 Too Many Requests",
    "rate limit": "toomanyrequests: You have reached your pull rate limit",
    "registry 503": "unexpected status from HEAD to https://r/v2/x/manifests/1: 503 Service Unavailable",
    "name service": "dial tcp: lookup registry.example.com: no such host",
    "evicted": "The node was low on resource: memory. Pod was Evicted",
    "node pressure": "node had condition: [DiskPressure]",
    "no room": "0/3 nodes are available: 3 Insufficient memory.",
    "etcd": "etcdserver: request timed out",
    "webhook": 'Internal error occurred: failed calling webhook "x": Post',
    "sandbox": "Failed to create pod sandbox: plugin type=bridge failed",
}
VERSION = {
    "helm timeout": "resource Deployment/shop/cart not ready. status: InProgress\ncontext deadline exceeded",
    "image not there": 'rpc error: code = NotFound desc = failed to pull "r/cart:1": not found',
    "immutable field": 'Deployment.apps "cart" is invalid: spec.selector: field is immutable',
    "test failed": "1 error occurred: pod shop-test failed",
    "number that looks like a status": "pod cart-429 failed in revision 500",
    "template": "execution error at (shop/templates/x.yaml:1:3): nil pointer",
}


@pytest.mark.parametrize("text", INFRASTRUCTURE.values(), ids=INFRASTRUCTURE)
def test_infrastructure(text: str) -> None:
    cause, sentence = classify(text)
    assert cause == "infrastructure"
    assert sentence


@pytest.mark.parametrize("text", VERSION.values(), ids=VERSION)
def test_version(text: str) -> None:
    assert classify(text) == ("version", "")


WHERE = "release shop-testing/shop"
BEFORE_HELM_WROTE: dict[str, tuple[HeadwayError, Cause]] = {
    "nobody answered": (Unreachable("it did not answer", where=WHERE), "infrastructure"),
    "may go away": (Retryable("being terminated", where=WHERE), "infrastructure"),
    "no room for helm's own secret": (
        BadInput('secrets "x" is forbidden: exceeded quota: secrets', where=WHERE, next_step="Change it."),
        "infrastructure",
    ),
    "webhook": (BadInput("Internal error occurred: failed calling webhook", where=WHERE), "infrastructure"),
    "connection lost": (BadInput('Get "https://h": http2: client connection lost'), "infrastructure"),
    "template": (BadInput("execution error at (shop/templates/x.yaml:1:3)", where=WHERE), "version"),
    "somebody else's object": (Refused("invalid ownership metadata", where=WHERE), "version"),
}


@pytest.mark.parametrize(("error", "cause"), BEFORE_HELM_WROTE.values(), ids=BEFORE_HELM_WROTE)
def test_cause_of_what_failed_before_helm_wrote_a_revision(error: HeadwayError, cause: Cause) -> None:
    assert of_error(error) == cause


def test_backoff_doubles_up_to_half_an_hour() -> None:
    assert [backoff(n) / timedelta(seconds=30) for n in (0, 1, 2, 3, 7, 100)] == [1, 1, 2, 4, 60, 60]
