"""What pods say that they run, against the digests of their package."""

from typing import Any

import pytest

from headway.decide.pods.pod_images import OtherBytes, differing, of_rollout
from headway.decide.pods.release_pods import Selection

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
IMAGE = "registry.example.com/shop/cart:1"
RECORDED = {IMAGE: A}


def pod(
    image_id: str | None, *, image: str = IMAGE, name: str = "cart-1", kind: str = "containers"
) -> dict[str, Any]:
    status = {"name": "web", "image": "as the runtime calls it"} | (
        {"imageID": image_id} if image_id is not None else {}
    )
    statuses = "initContainerStatuses" if kind == "initContainers" else "containerStatuses"
    return {
        "metadata": {"name": name},
        "spec": {kind: [{"name": "web", "image": image}]},
        "status": {statuses: [status]},
    }


@pytest.mark.parametrize(
    ("seen", "runs"),
    [
        pytest.param(pod(f"registry.example.com/shop/cart@{A}"), "", id="containerd: the same"),
        pytest.param(pod(f"registry.example.com/shop/cart@{B}"), B, id="containerd: another"),
        pytest.param(pod(f"docker-pullable://shop/cart@{B}"), B, id="Docker: another"),
        pytest.param(pod(f"mirror.example.com/cart@{B}"), B, id="from a mirror: another"),
        pytest.param(pod(f"shop/cart@{B}", kind="initContainers"), B, id="before the others: another"),
        pytest.param(pod(B), "", id="the configuration's digest alone"),
        pytest.param(pod(f"docker://{B}"), "", id="Docker: the configuration's"),
        pytest.param(pod(f"shop/cart@{B} "), "", id="something else"),
        pytest.param(pod(""), "", id="not pulled yet"),
        pytest.param(pod(None), "", id="nothing said"),
        pytest.param(pod(f"redis@{B}", image="redis:7"), "", id="not recorded"),
        pytest.param({"metadata": {"name": "cart-1"}}, "", id="not begun"),
    ],
)
def test_other_bytes(seen: dict[str, Any], runs: str) -> None:
    assert differing([seen], RECORDED) == ((OtherBytes("cart-1", IMAGE, runs, A),) if runs else ())


def test_ten_replicas_are_said_once() -> None:
    found = differing([pod(f"cart@{B}", name=f"cart-{n}") for n in range(10)], RECORDED)
    assert len(found) == 1
    assert str(found[0]).endswith(f"runs {B} as {IMAGE}, and its package records {A}")


@pytest.mark.parametrize(
    ("metadata", "came"),
    [
        pytest.param({"creationTimestamp": "2026-11-23T10:00:01Z"}, True, id="after it began"),
        pytest.param({"creationTimestamp": "2026-11-23T10:00:00Z"}, True, id="as it began"),
        pytest.param({"creationTimestamp": "2026-11-23T09:59:59Z"}, False, id="before: left as it was"),
        pytest.param(
            {"creationTimestamp": "2026-11-23T10:00:01Z", "deletionTimestamp": "x"}, False, id="going away"
        ),
        pytest.param({"creationTimestamp": "2026-11-23T10:00:01Z", "name": "other"}, False, id="a stranger"),
    ],
)
def test_pods_of_a_rollout(metadata: dict[str, str], came: bool) -> None:
    seen = {"metadata": {"name": "cart-1", **metadata}}
    found = of_rollout([seen], Selection(names=frozenset({"cart-1"})), "2026-11-23T10:00:00Z")
    assert found == ([seen] if came else [])
