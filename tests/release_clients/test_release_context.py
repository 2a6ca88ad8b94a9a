"""A look at a release and a change of its record, on a real cluster, with git and chart repositories in folders."""

import inspect
import shutil
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect.logging import disable_run_logger
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from headway.clients.helm.command import Helm
from headway.clients.kubernetes import hmac_key
from headway.clients.kubernetes.cluster import Cluster
from headway.decide.release import standing_orders, transitions
from headway.decide.release.actions import Test
from headway.decide.release.decision import choose
from headway.decide.release.findings import Rejected, TriedAgain
from headway.decide.release.observation import ReleaseFingerprint
from headway.decide.release.results import Reason
from headway.decide.release.state import State, name
from headway.errors import BadInput, LeaseLost, Terminal
from headway.formats.chart_package import read_package
from headway.model.charts import Package
from headway.model.record import Hold, ReleaseRecord
from headway.workspace.held_release import HeldRelease
from headway.workspace.release_context import Look, ReleaseContext
from headway.workspace.systems import Access
from headway.workspace.workspace import Workspace
from tasks.run_tests import run_tests
from tests.clients.packages import archive
from tests.release_clients.conftest import TIMEOUT, kubeconfig_of
from tests.release_clients.probe_release import ProbeRelease, always_held
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
OpenContext = Callable[..., ReleaseContext]


@pytest.fixture
def small(tmp_path: Path) -> SmallApplication:
    return SmallApplication(tmp_path, f"context-{uuid.uuid4().hex[:8]}").begin()


@pytest.fixture
def open_context(
    small: SmallApplication,
    cluster: Cluster,
    helm: Helm,
    tmp_path: Path,
    make_namespace: Callable[[str], str],
) -> OpenContext:
    for environment in ("testing", "staging"):
        make_namespace(f"{small.name}-{environment}")
    return opener(small, cluster, helm, tmp_path)


def opener(small: SmallApplication, cluster: Cluster, helm: Helm, folder: Path) -> OpenContext:
    """What a run opens: nothing is shared with another run but the systems."""

    def open_it(environment: str = "testing", **clusters: Cluster) -> ReleaseContext:
        access = Access(small.git.url, cache=folder / "cache")

        def connect(name: str) -> Cluster:
            return clusters.get(name.rpartition("-")[2], cluster)

        workspace = Workspace(access, connect)
        workspace.helm = helm
        return ReleaseContext(workspace, environment)

    return open_it


def packaged(small: SmallApplication, more: str = "") -> Package:
    files = {path: small.git.read(path).encode() for path in ("headway.yaml", "values.yaml")}
    template = small.git.read("templates/text.yaml").encode() + more.encode()
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
    small: SmallApplication, admin: Cluster, helm: Helm, tmp_path: Path
) -> None:
    publish(small)
    open_context = opener(small, admin, helm, tmp_path)
    one, other = open_context(), open_context()
    seen = one.observe(Look.GATE)
    assert name(seen.observation) is State.ABSENT
    assert seen.content
    with seen.content.files() as files:
        assert "hello" in one.helm.render(seen.content.package, files, seen.history).manifest
    assert admin.api.find(f"/api/v1/namespaces/{one.namespace}") is None
    assert seen.observation.values_digest != other.observe(Look.GATE).observation.values_digest
    assert not one.key().stored

    one.update_record(as_it_is)
    assert one.key() == other.key() == hmac_key.find(admin, one.namespace, one.ref.release)
    assert one.key().stored
    digests = {context.observe(Look.GATE).observation.values_digest for context in (one, other)}
    assert digests == {seen.content.values_digest(one.key().value)}
    admin.api.delete(f"/api/v1/namespaces/{one.namespace}")


@pytest.mark.cluster
def test_a_change_is_applied_to_what_somebody_else_wrote_meanwhile(open_context: OpenContext) -> None:
    context, person = open_context(), open_context()
    context.update_record(as_it_is)
    content = ReleaseFingerprint("sha256:2", "v", "0.2.0")

    def passed(record: ReleaseRecord) -> ReleaseRecord:
        if record.hold is None:
            person.update_record(lambda theirs: standing_orders.held(theirs, HOLD))
        return transitions.passed(record, content, 1, now=NOW)

    written = context.update_record(passed)
    assert (written.hold, [good.version for good in written.good]) == (HOLD, ["0.2.0"])
    assert context.store.read()[0] == written


@pytest.mark.cluster
def test_whoever_lost_the_lease_changes_nothing(open_context: OpenContext) -> None:
    context = open_context()
    before = context.update_record(as_it_is)

    def ensure_lease() -> None:
        raise LeaseLost("it is held by 'another'")

    with pytest.raises(LeaseLost):
        HeldRelease(context, ensure_lease).update_record(lambda record: standing_orders.held(record, HOLD))
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
    open_context: OpenContext,
    breaks: Callable[[SmallApplication], None] | None,
    says: str,
) -> None:
    publish(small)
    if breaks:
        context = open_context("staging")
        breaks(small)
        with pytest.raises(Terminal, match=says):
            context.observe(Look.DELIVERY)
    else:
        context = open_context(
            "staging", testing=Cluster.from_kubeconfig(kubeconfig_of("https://127.0.0.1:1"))
        )
        observation = context.observe(Look.DELIVERY).observation
        assert (observation.reachable, observation.desired_unknown) == (True, True)
    seen = context.observe(Look.WAY_BACK).observation
    assert (seen.reachable, seen.desired) == (True, None)
    assert says in seen.trouble

    context.update_record(lambda record: standing_orders.held(record, HOLD))
    assert context.observe(Look.DELIVERY).observation.hold == HOLD


@pytest.mark.cluster
def test_a_package_is_read_whether_the_index_offers_it_or_not(
    small: SmallApplication, open_context: OpenContext
) -> None:
    package = publish(small)
    (small.folder / "testing" / "index.yaml").unlink()
    context = open_context()
    assert context.content_of(ReleaseFingerprint(package.digest, "", "0.1.0")).package == package
    for digest, version in ((package.digest, "0.2.0"), ("sha256:of a manifest", "0.1.0")):
        with pytest.raises(BadInput, match="no package of small"):
            context.content_of(ReleaseFingerprint(digest, "", version))


@pytest.mark.cluster
def test_a_verdict_is_written_though_neither_package_nor_reports_can_be_had(
    small: SmallApplication, open_context: OpenContext, image: str
) -> None:
    """The version's package is gone, and Prefect takes no artifact."""
    package = publish(small, TEST_POD.replace("IMAGE", image))
    context = open_context()
    seen = context.observe(Look.DELIVERY)
    assert seen.content
    content = ReleaseFingerprint(
        package.digest, seen.content.values_digest(context.made_key().value), "0.1.0"
    )
    context.update_record(lambda record: transitions.attempted(record, content, revision=1, now=NOW))
    with seen.content.files() as files:
        assert ProbeRelease(context.helm).upgrade(package, files, TIMEOUT).succeeded
    shutil.rmtree(small.folder / "testing")
    (small.folder / "testing").mkdir()

    nobody = {PREFECT_API_URL: "http://127.0.0.1:1/api", PREFECT_CLIENT_MAX_RETRIES: 0}
    with temporary_settings(nobody), disable_run_logger():
        seen = context.observe(Look.LEASE_HOLDER)
        action = choose(name(seen.observation), seen.observation).action
        assert isinstance(action, Test)
        result = inspect.unwrap(run_tests)(HeldRelease(context, always_held), seen, action)
    assert result.reason is Reason.TEST_FAILED
    assert isinstance(result.finding, Rejected | TriedAgain)
    assert f"test {context.ref.release}-test failed" in result.finding.reason
    assert "the storefront answered 500" not in result.finding.reason
    record = context.store.read()[0]
    assert record
    assert (record.attempts[0].outcome, record.attempts[0].cause) == ("tests-failed", "version")
