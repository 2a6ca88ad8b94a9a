"""A look at a release and a change of its record, on a real cluster, with git and chart repositories in folders."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect.logging import disable_run_logger
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from headway.clients.helm.command import Helm
from headway.clients.kubernetes import hmac_key
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.release import transitions
from headway.decide.release.observation import ReleaseFingerprint
from headway.decide.release.state import State
from headway.errors import BadInput, LeaseLost, Terminal
from headway.formats.chart_package import read_package
from headway.model.charts import Package
from headway.model.record import Hold, ReleaseRecord
from headway.workspace.release_context import ReleaseContext
from headway.workspace.systems import Access
from headway.workspace.workspace import Workspace
from tasks.run_tests import run_tests
from tests.clients.packages import archive
from tests.release_clients.conftest import TIMEOUT, kubeconfig_of
from tests.small_application import CHART, SmallApplication

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOLD = Hold(by="ada", why="slow", at=NOW, version="0.1.0", not_above="0.2.0")
TEST_POD = """
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations: {helm.sh/hook: test}
spec:
  restartPolicy: Never
  containers: [{name: probe, image: IMAGE, args: [fail]}]
"""
OpenSite = Callable[..., ReleaseContext]


@pytest.fixture
def small(tmp_path: Path, cluster: Cluster) -> Iterator[SmallApplication]:
    name = f"site-{uuid.uuid4().hex[:8]}"
    yield SmallApplication(tmp_path, name).begin()
    for environment in ("testing", "staging"):
        cluster.api.delete(f"/api/v1/namespaces/{name}-{environment}")


@pytest.fixture
def open_site(small: SmallApplication, cluster: Cluster, helm: Helm, tmp_path: Path) -> OpenSite:
    """What a run opens: nothing is shared with another run but the systems."""

    def open_it(environment: str = "testing", **clusters: Cluster) -> ReleaseContext:
        access = Access(small.url, cache=tmp_path / "cache")

        def connect(name: str) -> Cluster:
            return clusters.get(name.rpartition("-")[2], cluster)

        workspace = Workspace(access, connect)
        workspace.helm = helm
        return ReleaseContext(workspace, environment)

    return open_it


def packaged(small: SmallApplication, more: str = "") -> Package:
    files = {path: (small.checkout / path).read_bytes() for path in ("headway.yaml", "values.yaml")}
    template = (small.checkout / "templates/text.yaml").read_bytes() + more.encode()
    everything = {**files, "Chart.yaml": CHART.encode(), "templates/text.yaml": template}
    return read_package(archive({f"small/{path}": data for path, data in everything.items()}))


def publish(small: SmallApplication, more: str = "") -> Package:
    package = packaged(small, more)
    small.charts.publish(package, created=NOW)
    shutil.copytree(small.folder / "testing", small.folder / "staging", dirs_exist_ok=True)
    return package


def as_it_is(record: ReleaseRecord) -> ReleaseRecord:
    return record


@pytest.mark.cluster
def test_looks_write_nothing_and_the_first_change_makes_all_that_is_needed(
    small: SmallApplication, open_site: OpenSite, cluster: Cluster
) -> None:
    publish(small)
    one, other = open_site(), open_site()
    seen = one.observe()
    assert seen.state is State.ABSENT
    assert seen.content
    with seen.content.files() as files:
        assert "hello" in one.helm.render(seen.content.package, files).manifest
    assert cluster.api.find(f"/api/v1/namespaces/{one.namespace}") is None
    assert seen.observation.values_digest != other.observe().observation.values_digest
    assert not one.key().stored

    one.change(as_it_is)
    assert one.key() == other.key() == hmac_key.find(cluster, one.namespace, one.release)
    assert one.key().stored
    digests = {context.observe().observation.values_digest for context in (one, other)}
    assert digests == {seen.content.values_digest(one.key().value)}


@pytest.mark.cluster
def test_a_change_is_applied_to_what_somebody_else_wrote_meanwhile(open_site: OpenSite) -> None:
    context, person = open_site(), open_site()
    context.change(as_it_is)
    content = ReleaseFingerprint("sha256:2", "v", "0.2.0")

    def passed(record: ReleaseRecord) -> ReleaseRecord:
        if record.hold is None:
            person.change(lambda theirs: transitions.held(theirs, HOLD))
        return transitions.passed(record, content, 1, now=NOW)

    written = context.change(passed)
    assert (written.hold, [good.version for good in written.good]) == (HOLD, ["0.2.0"])
    assert context.store.read()[0] == written


@pytest.mark.cluster
def test_whoever_lost_the_lease_changes_nothing(open_site: OpenSite) -> None:
    context = open_site()
    before = context.change(as_it_is)

    def check() -> None:
        raise LeaseLost("it is held by 'another'")

    context.check = check
    with pytest.raises(LeaseLost):
        context.change(lambda record: transitions.held(record, HOLD))
    assert context.store.read()[0] == before


def index_is_spoilt(small: SmallApplication) -> None:
    (small.folder / "staging" / "index.yaml").write_text("[")


def newest_is_spoilt(small: SmallApplication) -> None:
    (small.folder / "staging" / "small-0.1.0.tgz").write_bytes(b"no package")


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("breaks", "says"),
    [(None, "did not answer"), (index_is_spoilt, "not an index"), (newest_is_spoilt, "digest")],
    ids=["upstream", "chart repository", "newest package"],
)
def test_going_back_needs_only_the_cluster(
    small: SmallApplication,
    open_site: OpenSite,
    breaks: Callable[[SmallApplication], None] | None,
    says: str,
) -> None:
    publish(small)
    if breaks:
        context = open_site("staging")
        breaks(small)
        with pytest.raises(Terminal, match=says):
            context.observe()
    else:
        context = open_site("staging", testing=Cluster.from_kubeconfig(kubeconfig_of("https://127.0.0.1:1")))
        assert not context.observe().observation.reachable
    seen = context.observe(going_back=True).observation
    assert (seen.reachable, seen.desired) == (True, None)
    assert says in seen.trouble

    context.change(lambda record: transitions.held(record, HOLD))
    assert context.observe().observation.hold == HOLD


def test_a_package_is_read_whether_the_index_offers_it_or_not(
    small: SmallApplication, open_site: OpenSite
) -> None:
    package = publish(small)
    (small.folder / "testing" / "index.yaml").unlink()
    context = open_site()
    assert context.content_of(ReleaseFingerprint(package.digest, "", "0.1.0")).package == package
    for digest, version in ((package.digest, "0.2.0"), ("sha256:of a manifest", "0.1.0")):
        with pytest.raises(BadInput, match="no package of small"):
            context.content_of(ReleaseFingerprint(digest, "", version))


@pytest.mark.cluster
def test_a_verdict_is_written_though_neither_package_nor_reports_can_be_had(
    small: SmallApplication, open_site: OpenSite, image: str
) -> None:
    """The version's package is gone, and Prefect takes no artifact."""
    package = publish(small, TEST_POD.replace("IMAGE", image))
    context = open_site()
    seen = context.observe()
    assert seen.content
    content = ReleaseFingerprint(
        package.digest, seen.content.values_digest(context.made_key().value), "0.1.0"
    )
    context.change(lambda record: transitions.attempted(record, content, revision=1, now=NOW))
    with seen.content.files() as files:
        assert context.helm.upgrade(package, files, TIMEOUT).succeeded
    shutil.rmtree(small.folder / "testing")
    (small.folder / "testing").mkdir()

    nobody = {PREFECT_API_URL: "http://127.0.0.1:1/api", PREFECT_CLIENT_MAX_RETRIES: 0}
    with temporary_settings(nobody), disable_run_logger():
        sentence = run_tests.fn(context, context.observe())
    assert "the storefront answered 500" not in sentence
    assert f"test {context.release}-test failed" in sentence
    record = context.store.read()[0]
    assert record
    assert (record.attempts[0].outcome, record.attempts[0].cause) == ("tests-failed", "version")
