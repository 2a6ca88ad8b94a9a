"""What is kept of a failure names the part that failed, in which pod, and what it said."""

from datetime import timedelta

import pytest

from headway.model.charts import Package
from headway.workspace import evidence
from tests.release_clients.conftest import TIMEOUT, Values
from tests.release_clients.probe_release import ProbeRelease

pytestmark = pytest.mark.cluster


def test_of_an_image_that_is_missing(
    release: ProbeRelease, package: Package, values: Values, image: str
) -> None:
    bad = values(image=f"{image}-missing")
    outcome = release.upgrade(package, bad, timedelta(minutes=5), release.watch(release.render(package, bad)))
    found = evidence.collect(release.helm, outcome.revision, release.history())
    parts = {part.resource.partition("-")[0]: part for part in found.parts}
    assert set(parts) == {"Deployment/probe", "Pod/probe"}
    assert f"{image}-missing" in parts["Pod/probe"].condition
    assert parts["Pod/probe"].container == "probe"
    assert any(f"{image}-missing" in event and "Pod/probe-" in event for event in found.events.warnings)


def test_of_a_container_that_crashes(release: ProbeRelease, secret_package: Package, values: Values) -> None:
    crashing = values(command="fail", minReadySeconds=5, message="storefront answered")
    watch = release.watch(release.render(secret_package, crashing))
    outcome = release.upgrade(secret_package, crashing, timedelta(seconds=8), watch)
    assert outcome.status == "failed"
    assert outcome.trouble
    assert "exit code 3" in outcome.trouble.sentence
    (pod,) = [
        each for each in evidence.collect(release.helm, outcome.revision, release.history()).parts if each.pod
    ]
    assert pod.log == "probe: the [redacted] 500", "the container printed what stands in a sops file"


def test_of_a_test_that_failed(release: ProbeRelease, package: Package, values: Values) -> None:
    release.upgrade(package, values(test="fail"), TIMEOUT)
    report = release.run_tests(TIMEOUT)
    (part,) = evidence.collect(release.helm, 1, release.history(), report.results).parts
    assert (part.resource, part.pod) == ("test probe-test", "probe-test")
    assert "the storefront answered 500" in part.log
