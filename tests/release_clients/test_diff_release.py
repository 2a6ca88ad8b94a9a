"""What a plan shows of secrets, from sops file to artifact: real sops, helm, cluster and Prefect server."""

import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW,
    temporary_settings,
)

from headway.clients.helm.command import Helm
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput, Refused
from headway.formats.chart_package import read_package
from headway.workspace.release_context import Look, ReleaseContext
from headway.workspace.systems import Access
from headway.workspace.workspace import Workspace
from sandbox.address import Address
from tasks.diff_release import diff_release
from tests.clients.packages import archive
from tests.release_clients.conftest import TIMEOUT
from tests.release_clients.probe_release import ProbeRelease
from tests.small_application import SmallApplication

pytestmark = pytest.mark.cluster
TEMPLATE = b"""\
apiVersion: v1
kind: ConfigMap
metadata: {name: text}
data: {url: {{ printf "db://%s@db" .Values.password | quote }}}
{{- if .Values.refuse }}{{ fail .Values.password }}{{ end }}
"""
Publish = Callable[..., None]


@pytest.fixture
def context(
    tmp_path: Path, cluster: Cluster, helm: Helm, make_namespace: Callable[[str], str]
) -> ReleaseContext:
    small = SmallApplication(tmp_path, f"plan-{uuid.uuid4().hex[:8]}").begin()
    make_namespace(f"{small.name}-testing")
    workspace = Workspace(Access(small.git.url, cache=tmp_path / "cache"), lambda _: cluster)
    workspace.helm = helm
    return ReleaseContext(workspace, "testing")


@pytest.fixture
def publish(context: ReleaseContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Publishes a version whose `password` is encrypted."""
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "key.txt").write_text(f"{key}\n")
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(tmp_path / "key.txt"))

    def publish_it(version: str, password: str, values: str = "") -> None:
        clear = tmp_path / "clear.yaml"
        clear.write_text(f"password: {password}\n")
        sops = [Path(sys.executable).with_name("sops"), "encrypt", "--age", str(key.to_public()), clear]
        files = {
            "Chart.yaml": f"apiVersion: v2\nname: small\nversion: {version}\n".encode(),
            "headway.yaml": context.workspace.source.headway_yaml,
            "values.yaml": values.encode(),
            "templates/text.yaml": TEMPLATE,
            "secrets/testing.yaml": subprocess.run(sops, check=True, capture_output=True).stdout,
        }
        package = read_package(archive({f"small/{path}": data for path, data in files.items()}))
        context.workspace.chart_repository("testing").publish(
            package, created=datetime(2026, 11, 24, tzinfo=UTC)
        )

    return publish_it


def diff_of(context: ReleaseContext) -> None:
    seen = context.observe(Look.GATE)
    assert seen.observation.desired
    assert seen.content
    diff_release(context, seen, seen.observation.desired, seen.content)


def test_a_sops_value_in_a_config_map_is_not_in_the_plan(
    context: ReleaseContext, publish: Publish, sandbox: Address
) -> None:
    publish("0.1.0", "old-hunter22")
    first = context.observe(Look.GATE).content
    assert first
    context.made_key()
    with first.files() as files:
        assert ProbeRelease(context.helm).upgrade(first.package, files, TIMEOUT).succeeded
    publish("0.2.0", "new-hunter77")

    server = {PREFECT_API_URL: sandbox.prefect_api, PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW: "ignore"}
    with temporary_settings(server), get_client(sync_client=True) as client:
        diff_of(context)
        key = ArtifactFilterKey(any_=[f"{context.ref.application}-testing-plan"])
        (artifact,) = client.read_artifacts(artifact_filter=ArtifactFilter(key=key))
        client.delete_artifact(artifact.id)
        plan = str(artifact.data)
        assert "-  url: db://<redacted " in plan
        assert "+  url: db://<redacted " in plan
        assert "hunter" not in plan

        publish("0.3.0", "last-hunter99", "refuse: true\n")
        with pytest.raises(BadInput, match=r"\[redacted\]") as raised:
            diff_of(context)
        assert "hunter" not in str(raised.value)


def test_a_first_install_takes_over_nothing_that_headway_did_not_begin(
    context: ReleaseContext, publish: Publish, sandbox: Address, admin: Cluster
) -> None:
    """What fails at first is taken away again, and what ran before it would go with it."""
    publish("0.1.0", "hunter22")
    seen = context.observe(Look.GATE)
    assert seen.content
    with seen.content.files() as files:
        assert ProbeRelease(context.helm).upgrade(seen.content.package, files, TIMEOUT).succeeded
    secrets = f"/api/v1/namespaces/{context.namespace}/secrets"
    admin.api.delete(f"{secrets}/sh.helm.release.v1.{context.helm.release}.v1")

    server = {PREFECT_API_URL: sandbox.prefect_api, PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW: "ignore"}
    with temporary_settings(server), pytest.raises(Refused, match="ConfigMap/text"):
        diff_of(context)
