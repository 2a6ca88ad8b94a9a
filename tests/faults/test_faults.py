"""What goes wrong around an innocent version, and with guilty ones: who is rejected, and that the innocent is released.

Real kills, on a real cluster. The names of the tests are the faults; `make faults` writes docs/faults.md from what they saw.
"""

import signal
import time
from contextlib import ExitStack

import pytest
from kubernetes.client import V1Eviction, V1ObjectMeta

from sandbox.seed import CATALOG_GIVES_PRICE_BACK, CATALOG_RENAMES_PRICE
from sandbox.seed.commands import program, run
from tests.faults.moody_registry import Mood, MoodyRegistry
from tests.faults.processes import kill_helm, killed_release, stopped
from tests.faults.troubled_shop import ENVIRONMENT, TroubledShop, meanwhile
from tests.faults.worker import Worker

pytestmark = pytest.mark.cluster
rare = pytest.mark.rare


@rare
def test_helm_is_killed_in_an_upgrade(shop: TroubledShop) -> None:
    version, begun = shop.push_image(), shop.revision + 1
    with meanwhile(lambda: shop.wait_for_revision(begun) and kill_helm("upgrade"), lambda: None):
        shop.look()
    shop.look_until("Released", "In sync")
    assert shop.runs(version)
    assert shop.rejected == []


@rare
def test_helm_is_killed_while_a_guilty_version_goes_back(shop: TroubledShop) -> None:
    good, begun = shop.good, shop.revision + 2
    with shop.pushed_mistake() as version:
        with meanwhile(lambda: shop.wait_for_revision(begun) and kill_helm("rollback"), lambda: None):
            shop.look()
        shop.look_until("Rolled back", "In sync")
        assert shop.runs(good)
        assert shop.rejected == [version]
        assert not shop.is_offered(version)
    shop.deliver()
    shop.look_until("Released", "In sync")


@rare
def test_the_run_is_killed_in_an_upgrade(shop: TroubledShop) -> None:
    version, begun = shop.push_image(), shop.revision + 1
    killed_release(shop.shop.name, ENVIRONMENT, lambda: shop.wait_for_revision(begun), 60)
    shop.look_until("Released", "In sync")
    assert shop.runs(version)
    assert shop.rejected == []


@rare
def test_the_run_is_killed_in_the_tests(shop: TroubledShop) -> None:
    version = shop.push_image()
    new_test_pods = shop.new_test_pods()
    killed_release(shop.shop.name, ENVIRONMENT, new_test_pods, 60)
    shop.look_until("Released", "In sync")
    assert shop.runs(version)
    assert shop.rejected == []


@rare
def test_the_run_is_killed_while_a_guilty_version_goes_back(shop: TroubledShop) -> None:
    good, begun = shop.good, shop.revision + 2
    with shop.pushed_mistake() as version:
        killed_release(shop.shop.name, ENVIRONMENT, lambda: shop.wait_for_revision(begun), 90)
        shop.look_until("Rolled back", "In sync")
        assert shop.runs(good)
        assert shop.rejected == [version]
    shop.deliver()
    shop.look_until("Released", "In sync")


@rare
def test_the_run_is_terminated_while_a_guilty_version_goes_back(shop: TroubledShop) -> None:
    """As a machine that is shut down does it, and a worker that is told twice to end: nobody has cancelled anything."""
    good, begun = shop.good, shop.revision + 2
    with shop.pushed_mistake() as version:
        killed_release(
            shop.shop.name, ENVIRONMENT, lambda: shop.wait_for_revision(begun), 90, by=signal.SIGTERM
        )
        assert shop.revision == begun
        shop.look_until("Rolled back", "In sync")
        assert shop.runs(good)
        assert shop.rejected == [version]
    shop.deliver()
    shop.look_until("Released", "In sync")


@rare
@pytest.mark.parametrize("step", ["before its plan", "in the upgrade", "in its tests"])
def test_the_run_is_cancelled(step: str, shop: TroubledShop, worker: Worker) -> None:
    """In Prefect's UI, while a worker executes it."""
    good = shop.good
    version, begun = shop.push_image(), shop.revision + 1
    new_test_pods = shop.new_test_pods()
    reached = {
        "before its plan": lambda: True,
        "in the upgrade": lambda: shop.wait_for_revision(begun),
        "in its tests": new_test_pods,
    }
    worker.cancel_release(shop.shop.name, ENVIRONMENT, reached[step])
    left = shop.revision
    shop.look_until("Frozen")
    assert (shop.good, shop.revision) == (good, left), "it is left as it is until somebody says otherwise"
    shop.look_until("Released", by="Ada")
    assert shop.runs(version)
    assert shop.rejected == []


@rare
def test_the_run_is_cancelled_while_a_guilty_version_goes_back(shop: TroubledShop, worker: Worker) -> None:
    good, begun = shop.good, shop.revision + 2
    with shop.pushed_mistake() as version:
        worker.cancel_release(shop.shop.name, ENVIRONMENT, lambda: shop.wait_for_revision(begun))
        shop.look_until("Frozen")
        # A freeze excuses what has failed: it is tried once more before it is rejected.
        shop.look_until("Rolled back", by="Ada")
        for _ in range(2):
            shop.look_until("Rolled back", "In sync")
        assert shop.runs(good)
        assert shop.rejected == [version]
    shop.deliver()
    shop.look_until("Released", "In sync")


@rare
def test_one_of_two_new_images_is_guilty_and_only_the_tests_tell(shop: TroubledShop) -> None:
    guilty = shop.push("catalog", CATALOG_RENAMES_PRICE)
    innocent = shop.push("cart", shop.note())
    version = shop.deliver()
    shop.look_until("Rolled back")
    assert version in shop.rejected
    for _ in range(3):
        shop.deliver()
        shop.look_until("Released", "In sync", "Rolled back")
    images = shop.shop.cluster.images(ENVIRONMENT)
    assert (images["cart"], images["catalog"] == guilty) == (innocent, False)
    assert shop.runs(shop.good)
    shop.push("catalog", CATALOG_GIVES_PRICE_BACK)
    shop.deliver()
    shop.look_until("Released")
    assert shop.shop.cluster.images(ENVIRONMENT)["cart"] == innocent


@rare
def test_no_node_has_room(shop: TroubledShop) -> None:
    (node,) = shop.core.list_node().items
    version = shop.push_image()
    shop.core.patch_node(node.metadata.name, {"spec": {"unschedulable": True}})
    try:
        ended = shop.look()
        assert "finds no node" in str(ended.message)
        assert "failed for its surroundings" in str(ended.message)
    finally:
        shop.core.patch_node(node.metadata.name, {"spec": {"unschedulable": False}})
    shop.look_until("Released")
    assert shop.runs(version)
    assert shop.rejected == []


@rare
@pytest.mark.parametrize("mood", ["401", "429", "500", "hangs"])
def test_nodes_cannot_pull_since_the_registry_answers(
    mood: Mood, shop: TroubledShop, registry: MoodyRegistry
) -> None:
    version = shop.push_image()
    with registry.in_mood(mood):
        ended = shop.look()
    assert "failed for its surroundings" in str(ended.message)
    shop.look_until("Released")
    assert shop.runs(version)
    assert shop.rejected == []


@rare
def test_its_tag_names_another_image_before_it_is_released(shop: TroubledShop) -> None:
    version, good, revision = shop.push_image(), shop.good, shop.revision
    with shop.moved_tag():
        ended = shop.look()
        assert (ended.name, ended.is_failed()) == ("Waiting", True)
        assert f"{version} is not released: {shop.image}" in str(ended.message)
        assert (shop.good, shop.revision) == (good, revision)
    shop.look_until("Released")
    assert shop.runs(version)
    assert shop.rejected == []


@rare
def test_its_tag_moves_before_the_node_pulls_it(shop: TroubledShop, registry: MoodyRegistry) -> None:
    """The node keeps what it has pulled under that tag: only another tag brings what was published."""
    shop.push_image()
    good, moved_tag = shop.good, shop.moved_tag()
    with ExitStack() as moved:
        with registry.before_the_next_pull(lambda: moved.enter_context(moved_tag)):
            ended = shop.look()
        assert "and its package records sha256:" in str(ended.message)
    shop.look_until("Frozen")
    assert shop.good == good
    shop.lift("freeze")
    version = shop.push_image()
    shop.look_until("Released", "In sync")
    assert shop.runs(version)
    assert shop.rejected == []


@rare
def test_a_test_pod_is_drained(shop: TroubledShop) -> None:
    version = shop.push_image()
    new_test_pods = shop.new_test_pods()

    def drain() -> None:
        for name in (pod.metadata.name for pod in new_test_pods()):
            eviction = V1Eviction(metadata=V1ObjectMeta(name=name, namespace=shop.namespace))
            shop.core.create_namespaced_pod_eviction(name, shop.namespace, eviction)

    with meanwhile(new_test_pods, drain):
        shop.look()
    shop.look_until("Released", "In sync")
    assert shop.runs(version)
    assert shop.rejected == []


@rare
def test_a_neighbour_of_the_same_release_is_slow(shop: TroubledShop) -> None:
    """The storefront's pods start anew in the middle of the rollout; those of the new cart are ready long before."""
    version, begun = shop.push_image(), shop.revision + 1

    def delay() -> None:
        for pod in shop.core.list_namespaced_pod(
            shop.namespace, label_selector="app.kubernetes.io/name=storefront"
        ).items:
            shop.core.delete_namespaced_pod(pod.metadata.name, shop.namespace)

    with meanwhile(lambda: shop.wait_for_revision(begun), delay):
        shop.look()
    shop.look_until("Released", "In sync")
    assert shop.runs(version)
    assert shop.rejected == []


@rare
def test_the_api_server_is_away_for_40_seconds(shop: TroubledShop) -> None:
    version, begun = shop.push_image(), shop.revision + 1

    def stop() -> None:
        with stopped("kube-apiserver"):
            time.sleep(40)

    with meanwhile(lambda: shop.wait_for_revision(begun), stop):
        shop.look()
    shop.look_until("Released", "In sync")
    assert shop.runs(version)
    assert shop.rejected == []


@rare
def test_charts_git_images_and_the_other_clusters_are_away_while_a_guilty_version_goes_back(
    shop: TroubledShop,
) -> None:
    good, begun = shop.good, shop.revision + 1
    with shop.pushed_mistake() as version:
        with (
            ExitStack() as away,
            meanwhile(
                lambda: shop.wait_for_revision(begun),
                lambda: away.enter_context(stopped("s3", "git", "registry")),
            ),
        ):
            shop.look()
            assert shop.good == good
            assert shop.shop.cluster.history(ENVIRONMENT)[-1]["chart"] == f"shop-{good}"
            assert shop.rejected == [version]
        shop.look_until("Rolled back", "In sync")
        assert shop.runs(good)
        assert not shop.is_offered(version), "what could not be done meanwhile is done by a later look"
    shop.deliver()
    shop.look_until("Released", "In sync")


@rare
def test_a_person_upgrades_while_its_tests_run(shop: TroubledShop) -> None:
    shop.push_image()
    good = shop.good
    new_test_pods = shop.new_test_pods()
    address = shop.shop.layout.address

    def upgrade() -> None:
        revisions = shop.shop.cluster.history(ENVIRONMENT)
        former = next(each for each in reversed(revisions) if each["chart"] == f"shop-{good}")
        run(
            [
                program(address.bin, "helm"),
                "rollback",
                shop.shop.name,
                str(former["revision"]),
                "--wait",
                "--namespace",
                shop.namespace,
                "--kubeconfig",
                str(address.kubeconfig),
            ]
        )

    with meanwhile(new_test_pods, upgrade):
        ended = shop.look()
    assert shop.good == good, ended.message
    assert shop.rejected == []
    shop.look_until("Released", "In sync", "Held", "Unmanaged")
    assert shop.rejected == []


@rare
def test_a_test_is_flaky(shop: TroubledShop) -> None:
    version = shop.push_image()
    label = "service.kubernetes.io/service-proxy-name"

    def proxied_by(name: str | None) -> None:
        shop.core.patch_namespaced_service(
            "storefront", shop.namespace, {"metadata": {"labels": {label: name}}}
        )

    def failed() -> bool:
        pods = shop.core.list_namespaced_pod(shop.namespace, field_selector="status.phase=Failed").items
        return any(pod.metadata.name == "storefront-check" for pod in pods)

    proxied_by("nobody")
    with meanwhile(failed, lambda: proxied_by(None)):
        shop.look()
    shop.look_until("Released", "In sync")
    assert shop.runs(version)
    assert shop.rejected == []
    assert [test["name"] for test in shop.record["flaky"]] == ["storefront-check"]


@rare
def test_a_stranger_s_pod_crashes_in_the_namespace(shop: TroubledShop) -> None:
    labels = {"app.kubernetes.io/instance": shop.shop.name, "app.kubernetes.io/managed-by": "Helm"}
    image = shop.shop.cluster.images(ENVIRONMENT)["cart"]
    container = {"name": "it", "image": image, "args": ["no such command"]}
    pod = {"metadata": {"name": "stray", "labels": labels}, "spec": {"containers": [container]}}
    shop.core.create_namespaced_pod(shop.namespace, pod)
    try:
        version = shop.push_image()
        shop.look_until("Released")
        assert shop.runs(version)
        assert shop.rejected == []
    finally:
        shop.core.delete_namespaced_pod("stray", shop.namespace)


@rare
def test_its_tests_say_no(shop: TroubledShop) -> None:
    good = shop.good
    with shop.pushed_mistake() as version:
        shop.look_until("Rolled back")
        assert shop.runs(good)
        assert shop.rejected == [version]
        assert not shop.is_offered(version)
    shop.deliver()
    shop.look_until("Released", "In sync")


@rare
def test_a_right_of_the_worker_is_missing(shop: TroubledShop) -> None:
    """Each one alone: what Headway itself asks, what only dry runs ask, what Helm asks."""
    version = shop.push_image()
    for resource in ("leases", "secrets", "pods", "replicasets", "services", "deployments"):
        with shop.without_right(resource):
            ended = shop.look()
            assert f'resource "{resource}"' in str(ended.message)
            assert shop.good != version
    shop.look_until("Released")
    assert shop.runs(version)
    assert shop.rejected == []
