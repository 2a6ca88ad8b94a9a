"""Tests that headway.yaml declares run as Jobs beside the release."""

import time

import pytest

from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.jobs import ClusterJobs, job_name
from headway.model.application import ClusterTest
from tests.release_clients.probe_release import always_held, in_registry

pytestmark = pytest.mark.cluster


def declared(image: str, *command: str, timeout: str = "60s") -> ClusterTest:
    return ClusterTest(name="buy-something", image=image, command=command, timeout=timeout)


@pytest.fixture
def jobs(cluster: Cluster, namespace: str) -> ClusterJobs:
    return ClusterJobs(cluster, namespace, "shop", in_registry)


def test_a_job_that_passes(jobs: ClusterJobs, image: str, cluster: Cluster, namespace: str) -> None:
    result = jobs.run(declared(image, "/probe", "pass"), 3, always_held)
    assert (result.passed, result.log, result.reason) == (True, "probe: all is well", "")
    job = cluster.api.get(f"/apis/batch/v1/namespaces/{namespace}/jobs/headway-test-buy-something-3")
    assert job["metadata"]["labels"]["headway/release"] == "shop"
    assert result.pod.startswith("headway-test-buy-something-3-")


def test_a_job_that_fails_says_its_exit_code_and_log(jobs: ClusterJobs, image: str) -> None:
    result = jobs.run(declared(image, "/probe", "fail"), 3, always_held)
    assert (result.passed, result.reason) == (False, "it exited with 3")
    assert "the storefront answered 500" in result.log


def test_a_job_is_run_again_under_the_same_name(jobs: ClusterJobs, image: str) -> None:
    first = jobs.run(declared(image, "/probe", "fail"), 3, always_held)
    again = jobs.run(declared(image, "/probe", "pass"), 3, always_held)
    assert again.passed
    assert again.pod != first.pod


def test_an_image_that_is_missing_ends_in_seconds(jobs: ClusterJobs, image: str) -> None:
    result = jobs.run(declared(f"{image}-missing", timeout="5m"), 3, always_held)
    assert not result.passed
    assert f"{image}-missing" in result.reason
    assert result.seconds < 20


def test_a_job_that_hangs_ends_at_its_timeout(jobs: ClusterJobs, image: str) -> None:
    begun = time.monotonic()
    result = jobs.run(declared(image, timeout="5s"), 3, always_held)
    assert not result.passed
    assert "5 s" in result.reason
    assert time.monotonic() - begun < 15


def test_a_quota_that_is_used_up_is_named(
    jobs: ClusterJobs, image: str, cluster: Cluster, namespace: str
) -> None:
    quotas = f"/api/v1/namespaces/{namespace}/resourcequotas"
    cluster.api.create(quotas, {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}})
    while "hard" not in cluster.api.get(f"{quotas}/none").get("status", {}):
        time.sleep(0.1)
    result = jobs.run(declared(image, timeout="30s"), 3, always_held)
    assert "exceeded quota" in result.reason
    assert result.seconds < 15


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
