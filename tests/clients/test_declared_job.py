"""The manifest of a test that headway.yaml declares."""

from typing import Any

import pytest

from headway.clients.kubernetes.declared_job import job
from headway.model.application import ClusterTest


def pod_of(**given: Any) -> Any:
    test = ClusterTest(name="buy", image="shop/tests:1", **given)
    return job(test, "shop", 3)["spec"]["template"]["spec"]


def test_as_little_rights_as_every_image_can_do_with() -> None:
    pod = pod_of(command=("/buy", "tea"))
    assert pod == {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 5,
        "containers": [
            {
                "name": "test",
                "image": "shop/tests:1",
                "command": ["/buy", "tea"],
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
            }
        ],
    }


def test_a_user_makes_it_fit_for_a_restricted_namespace() -> None:
    (container,) = pod_of(run_as_user=65534)["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "seccompProfile": {"type": "RuntimeDefault"},
        "runAsNonRoot": True,
        "runAsUser": 65534,
        "capabilities": {"drop": ["ALL"]},
    }


def test_resources_and_pull_secrets() -> None:
    amounts = {"requests": {"cpu": "10m"}, "limits": {"memory": "64Mi"}}
    pod = pod_of(resources=amounts, pull_secrets=("ours",))
    assert pod["containers"][0]["resources"] == amounts
    assert pod["imagePullSecrets"] == [{"name": "ours"}]


@pytest.mark.parametrize("given", [{"run_as_user": 0}, {"resources": {"limit": {"cpu": "1"}}}], ids=str)
def test_what_the_api_server_would_refuse(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"run_as_user|resources"):
        pod_of(**given)
