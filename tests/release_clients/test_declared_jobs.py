"""Tests that headway.yaml declares run as Jobs beside the release."""

import time
from collections.abc import Callable

import pytest

from headway.clients.helm.rollout_watch import nobody
from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.declared_job import job_name, run_declared
from headway.clients.kubernetes.test_workloads import TestWorkloads
from headway.model.application import ClusterTest
from headway.model.tests import TestResult
from tests.release_clients.by_hand import merge
from tests.release_clients.probe_release import always_held, in_registry

pytestmark = pytest.mark.cluster


def declared(image: str, *command: str, timeout: str = "60s") -> ClusterTest:
    return ClusterTest(name="buy-something", image=image, command=command, timeout=timeout)


Run = Callable[[ClusterTest], TestResult]


@pytest.fixture
def run(cluster: Cluster, namespace: str) -> Run:
    """As of revision 3 of shop."""
    workloads = TestWorkloads(cluster, namespace, in_registry, always_held, nobody)
    return lambda test: run_declared(workloads, test, "shop", 3)


def test_a_job_that_passes(run: Run, image: str, cluster: Cluster, namespace: str) -> None:
    result = run(declared(image, "/probe", "pass"))
    assert (result.passed, result.log, result.reason) == (True, "probe: all is well", "")
    job = cluster.api.get(f"/apis/batch/v1/namespaces/{namespace}/jobs/headway-test-buy-something-3")
    assert job["metadata"]["labels"]["headway/release"] == "shop"
    assert result.pod.startswith("headway-test-buy-something-3-")


def test_a_job_that_fails_says_its_exit_code_and_log(run: Run, image: str) -> None:
    result = run(declared(image, "/probe", "fail"))
    assert (result.passed, result.reason) == (False, "it exited with 3")
    assert "the storefront answered 500" in result.log


def test_a_job_is_run_again_under_the_same_name(run: Run, image: str) -> None:
    first = run(declared(image, "/probe", "fail"))
    again = run(declared(image, "/probe", "pass"))
    assert again.passed
    assert again.pod != first.pod


def test_an_image_that_is_missing_ends_in_seconds(run: Run, image: str) -> None:
    result = run(declared(f"{image}-missing", timeout="5m"))
    assert not result.passed
    assert f"{image}-missing" in result.reason
    assert result.cause == "version"
    assert result.seconds < 20


def test_an_image_whose_registry_does_not_answer_is_told_of_at_once_and_named_at_the_end(
    cluster: Cluster, namespace: str
) -> None:
    told: list[str] = []
    workloads = TestWorkloads(cluster, namespace, lambda _: None, always_held, told.append)
    image = "127.0.0.1:9/nobody/listens:1"
    result = run_declared(workloads, declared(image, timeout="3s"), "shop", 3)
    (waits,) = told
    assert waits.startswith("Job buy-something waits: Pod headway-test-buy-something-3-")
    assert f"image {image} cannot be pulled" in waits
    assert result.reason.startswith("it did not end within 3 s: Pod ")
    assert "connection refused" in result.reason
    assert (result.passed, result.said_no, result.cause) == (False, False, "surroundings")


def test_a_job_that_nobody_waits_for_any_more_is_ended(cluster: Cluster, namespace: str, image: str) -> None:
    workloads = TestWorkloads(
        cluster, namespace, in_registry, always_held, nobody, lambda: "another test failed"
    )
    result = run_declared(workloads, declared(image, "/probe", "hang"), "shop", 3)
    assert (result.passed, result.ran, result.reason) == (False, False, "another test failed")
    assert (
        cluster.api.find(f"/apis/batch/v1/namespaces/{namespace}/jobs/headway-test-buy-something-3") is None
    )


def test_a_job_that_hangs_ends_at_its_timeout(run: Run, image: str) -> None:
    begun = time.monotonic()
    result = run(declared(image, timeout="5s"))
    assert not result.passed
    assert "5 s" in result.reason
    assert time.monotonic() - begun < 15


def test_a_quota_that_is_used_up_is_named(run: Run, image: str, admin: Cluster, namespace: str) -> None:
    quotas = f"/api/v1/namespaces/{namespace}/resourcequotas"
    admin.api.create(quotas, {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}})
    while "hard" not in admin.api.get(f"{quotas}/none").get("status", {}):
        time.sleep(0.1)
    result = run(declared(image, timeout="30s"))
    assert "exceeded quota" in result.reason
    assert result.seconds < 15


def test_a_namespace_that_enforces_the_restricted_standard(
    run: Run, image: str, admin: Cluster, namespace: str
) -> None:
    label = {"pod-security.kubernetes.io/enforce": "restricted"}
    merge(admin, f"/api/v1/namespaces/{namespace}", {"metadata": {"labels": label}})
    test = declared(image, "/probe", "pass")
    refused = run(test)
    assert (refused.passed, refused.said_no) == (False, False)
    assert "violates PodSecurity" in refused.reason
    assert run(test.model_copy(update={"run_as_user": 65534})).passed


@pytest.mark.parametrize(
    ("test", "name"),
    [
        ("buy", "headway-test-buy-12"),
        ("a" * 53, None),
    ],
    ids=["short", "as long as names get"],
)
def test_names_of_jobs_fit_a_label_and_differ(test: str, name: str | None) -> None:
    made = job_name(test, 12)
    assert len(made) <= 63
    assert name in (None, made)
    assert made != job_name(f"{test[:-1]}b", 12)
