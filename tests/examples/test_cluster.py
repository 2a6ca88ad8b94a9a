"""The shop in a real cluster: it sells, and a broken contract is seen by the integration tests alone."""

import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import kubernetes
import pytest

from sandbox import places
from sandbox.address import load
from sandbox.seed import (
    CATALOG_GIVES_PRICE_BACK,
    CATALOG_RENAMES_PRICE,
    SERVICES,
    Layout,
    change_configuration,
    change_service,
    reset,
    seed,
)
from sandbox.seed.commands import run
from sandbox.seed.layout import DEMO_AGE_KEY, THIRD_PARTY

pytestmark = pytest.mark.cluster
NAMESPACE = "shop-example-test"
Install = Callable[..., None]
Job = Callable[[], tuple[bool, str]]


@pytest.fixture(scope="module")
def core() -> Iterator[Any]:
    """The cluster's API with an empty namespace, deleted afterwards."""
    client: Any = kubernetes.client.CoreV1Api(
        kubernetes.config.new_client_from_config(str(load().kubeconfig))
    )
    client.create_namespace({"metadata": {"name": NAMESPACE}})
    yield client
    client.delete_namespace(NAMESPACE)
    deadline = time.monotonic() + 60
    while NAMESPACE in [found.metadata.name for found in client.list_namespace().items]:
        assert time.monotonic() < deadline, f"namespace {NAMESPACE} is still there"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[Layout, dict[str, str]]]:
    """A copy of the shop, and the tag of each service."""
    layout = Layout(load(), "cluster-test")
    reset(layout)
    yield layout, {service: image.tag for service, image in seed(layout).items()}
    reset(layout)


@pytest.fixture(scope="module")
def install(
    shop: tuple[Layout, dict[str, str]], helm: str, core: Any, tmp_path_factory: pytest.TempPathFactory
) -> Install:
    """Installs or upgrades the checked-out commits with `helm upgrade --wait`, then runs `helm test`."""
    assert NAMESPACE in [found.metadata.name for found in core.list_namespace().items]
    layout, tags = shop
    kube = {"KUBECONFIG": str(layout.address.kubeconfig)}

    def upgrade(**changed: str) -> None:
        tags.update(changed)
        folder = tmp_path_factory.mktemp("release")
        chart = folder / "shop"
        shutil.copytree(layout.checkout("application"), chart)
        charts = [str(layout.checkout(service) / "chart") for service in SERVICES]
        run(
            [
                helm,
                "package",
                "--destination",
                str(chart / "charts"),
                "--",
                *charts,
                str(THIRD_PARTY / "banner"),
            ]
        )
        secrets = folder / "secrets.yaml"
        sops = str(places.VENV / "bin" / "sops")
        key = {"SOPS_AGE_KEY_FILE": str(DEMO_AGE_KEY)}
        secrets.write_text(run([sops, "decrypt", str(chart / "secrets" / "testing.yaml")], environment=key))
        options = [f"--values={chart / 'values' / 'testing.yaml'}", f"--values={secrets}"]
        options += [f"--set={service}.image.tag={tag}" for service, tag in tags.items()]
        argv = [helm, "upgrade", "--install", "--wait", "--timeout=60s", f"--namespace={NAMESPACE}", *options]
        run([*argv, "--", "shop", str(chart)], environment=kube)
        run([helm, "test", f"--namespace={NAMESPACE}", "--", "shop"], environment=kube)

    return upgrade


@pytest.fixture(scope="module")
def job(shop: tuple[Layout, dict[str, str]], core: Any) -> Job:
    """Runs the integration tests in the cluster; returns whether they passed, and their log."""
    image = shop[0].image("tests")

    def run_tests() -> tuple[bool, str]:
        name = f"tests-{time.monotonic_ns()}"
        container = {
            "name": "tests",
            "image": f"{image}:1",
            "command": ["/tests", "--url", "http://storefront"],
        }
        spec = {"restartPolicy": "Never", "containers": [container]}
        core.create_namespaced_pod(NAMESPACE, {"metadata": {"name": name}, "spec": spec})
        deadline = time.monotonic() + 60
        while (phase := core.read_namespaced_pod(name, NAMESPACE).status.phase) not in {
            "Succeeded",
            "Failed",
        }:
            assert time.monotonic() < deadline, f"{name} is {phase}"
            time.sleep(0.2)
        log: str = core.read_namespaced_pod_log(name, NAMESPACE)
        return phase == "Succeeded", log

    return run_tests


def test_the_shop_sells(install: Install, job: Job) -> None:
    install()
    passed, log = job()
    assert passed, log
    assert "passed buy-something" in log


def test_only_the_job_sees_the_broken_contract(
    shop: tuple[Layout, dict[str, str]], install: Install, job: Job
) -> None:
    good = shop[1]["catalog"]
    install(catalog=change_service(shop[0], "catalog", CATALOG_RENAMES_PRICE).tag)
    passed, log = job()
    assert not passed
    assert "FAILED buy-something" in log
    assert "product tea has no price_cents" in log
    install(catalog=good)
    assert job()[0]
    install(catalog=change_service(shop[0], "catalog", CATALOG_GIVES_PRICE_BACK).tag)
    assert job()[0]


def test_a_configuration_change_starts_new_pods(
    shop: tuple[Layout, dict[str, str]], install: Install, job: Job, core: Any
) -> None:
    def pods() -> dict[str, str]:
        found = core.list_namespaced_pod(NAMESPACE, label_selector="app.kubernetes.io/instance=shop").items
        return {
            pod.metadata.labels["app.kubernetes.io/name"]: pod.metadata.name
            for pod in found
            if pod.metadata.deletion_timestamp is None
        }

    before = pods()
    change_configuration(shop[0], "testing", greeting="Hello again", session_key="another")
    install()
    after = pods()
    assert {name for name in SERVICES if before[name] != after[name]} == {"cart", "storefront"}
    assert job()[0]


def test_the_page_shows_the_banner(core: Any) -> None:
    page = core.connect_get_namespaced_service_proxy("storefront:80", NAMESPACE)
    assert page.startswith("Tea from the mountains\nHello again\n"), page
