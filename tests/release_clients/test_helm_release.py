"""What one release can be made to do, on a real cluster with a real helm."""

import dataclasses
import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest

from headway.clients.helm.changes import HelmChanges
from headway.clients.helm.command import Helm, Option
from headway.clients.helm.release import HelmRelease
from headway.clients.helm.value_files import ValueFiles
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput, Conflict, Refused, Unreachable
from headway.formats import manifests
from headway.formats.manifests import split
from headway.model.charts import Package
from tests.release_clients.by_hand import merge
from tests.release_clients.conftest import TIMEOUT, Values, kubeconfig_of
from tests.release_clients.probe_release import ProbeRelease

pytestmark = pytest.mark.cluster


def message(release: ProbeRelease) -> str:
    path = f"/api/v1/namespaces/{release.namespace}/configmaps/{release.release}"
    return str(release.cluster.api.get(path)["data"]["message"])


def statuses(release: ProbeRelease) -> list[tuple[int, str]]:
    return [(each.revision, each.status) for each in release.history()]


def test_install_upgrade_and_roll_back(release: ProbeRelease, package: Package, values: Values) -> None:
    assert release.history() == ()
    rendered = release.render(package, values())
    assert {each["kind"] for each in manifests.documents(rendered.manifest)} == {"ConfigMap", "Deployment"}
    assert [hook["name"] for hook in rendered.hooks] == ["probe-test"]
    assert release.history() == (), "rendering writes nothing"

    installed = release.upgrade(package, values(), TIMEOUT, release.watch(rendered))
    assert (installed.revision, installed.status, installed.failure) == (1, "deployed", "")
    newest = release.history()[0]
    assert (newest.chart_version, package.digest in newest.description) == ("0.1.0", True)

    assert release.upgrade(package, values(message="second"), TIMEOUT).succeeded
    assert message(release) == "second"
    assert release.values(2)["message"] == "second"

    back = release.rollback(1, TIMEOUT, release.watch_revision(1), why="a test")
    assert (back.revision, back.status, back.failure) == (3, "deployed", "")
    assert message(release) == "hello"
    assert statuses(release) == [(3, "deployed"), (2, "superseded"), (1, "superseded")]
    assert release.manifest(3) == release.manifest(1)
    contents = {each.revision: each.content_digest for each in release.history()}
    assert contents[3] == contents[1] != contents[2], "what helm rollback brings back is known again"
    release.run_tests(TIMEOUT)
    assert release.history()[0].content_digest == contents[1], "also after its tests"


def test_values_of_before_do_not_linger(release: ProbeRelease, package: Package, values: Values) -> None:
    release.upgrade(package, values(message="second"), TIMEOUT)
    release.upgrade(package, values(), TIMEOUT)
    assert message(release) == "hello"


def test_a_missing_image_ends_in_seconds_and_says_why(
    release: ProbeRelease, package: Package, values: Values, image: str
) -> None:
    release.upgrade(package, values(), TIMEOUT)
    bad = values(image=f"{image}-missing")
    begun = time.monotonic()
    outcome = release.upgrade(package, bad, timedelta(minutes=5), release.watch(release.render(package, bad)))
    assert time.monotonic() - begun < 20
    assert outcome.status == "failed"
    assert f"{image}-missing" in outcome.failure
    assert outcome.trouble is not None
    assert statuses(release) == [(2, "failed"), (1, "deployed")]

    good = values(message="third")
    outcome = release.upgrade(package, good, TIMEOUT, release.watch(release.render(package, good)))
    assert outcome.succeeded, "pods that the failed revision left must not be held against the next one"


def test_a_missing_image_at_the_first_install(
    release: ProbeRelease, package: Package, values: Values, image: str
) -> None:
    bad = values(image=f"{image}-missing")
    outcome = release.upgrade(package, bad, timedelta(minutes=5), release.watch(release.render(package, bad)))
    assert (outcome.status, outcome.trouble is not None) == ("failed", True)
    assert outcome.seconds < 20
    release.uninstall(TIMEOUT)
    assert release.history() == ()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        pytest.param({"command": "lacks"}, "with exit code 127: what it starts is not there", id="a program"),
        pytest.param(
            {"image": "SCRIPT"},
            "with exit code 1: exec /script: no such file or directory",
            id="an interpreter",
        ),
    ],
)
def test_what_its_image_lacks_is_known_at_the_second_end(
    release: ProbeRelease, package: Package, values: Values, script: str, bad: dict[str, str], says: str
) -> None:
    own = {key: script if text == "SCRIPT" else text for key, text in bad.items()}
    given = values(minReadySeconds=5, **own)
    outcome = release.upgrade(
        package, given, timedelta(minutes=5), release.watch(release.render(package, given))
    )
    assert (outcome.status, outcome.cause) == ("failed", "version")
    assert f"container probe ended 2 times, last {says}" in outcome.failure


def test_a_failed_hook_that_helm_deletes_at_once_is_remembered(
    release: ProbeRelease, package: Package, values: Values
) -> None:
    release.upgrade(package, values(), TIMEOUT)
    bad = values(hook="fail", hookDeleted="hook-failed")
    outcome = release.upgrade(package, bad, TIMEOUT, release.watch(release.render(package, bad)))
    assert (outcome.status, outcome.cause) == ("failed", "version")


def test_what_a_pod_cannot_mount_is_told_and_waited_for(
    release: ProbeRelease, package: Package, values: Values, admin: Cluster
) -> None:
    """Somebody brings it as soon as it is told."""
    told = list[str]()

    def tell(said: str) -> None:
        told.append(said)
        if "ConfigMap settings is not there" in said:
            settings = {"metadata": {"name": "settings"}}
            admin.api.create(f"/api/v1/namespaces/{release.namespace}/configmaps", settings)

    release.changes = dataclasses.replace(release.changes, tell=tell)
    given = values(mounts="settings")
    outcome = release.upgrade(package, given, TIMEOUT, release.watch(release.render(package, given)))
    assert outcome.succeeded
    waits = [each for each in told if each.startswith("It waits: Pod probe-")]
    assert len(waits) == 1, told
    assert waits[0].endswith("cannot be created: ConfigMap settings is not there")


def test_what_a_version_has_taken_out_and_still_mounts_ends_in_seconds(
    release: ProbeRelease, package: Package, values: Values
) -> None:
    release.upgrade(package, values(mounts="probe"), TIMEOUT)

    bad = values(mounts="probe", config=False, minReadySeconds=1, command="wait")
    outcome = release.upgrade(package, bad, timedelta(minutes=5), release.watch(release.render(package, bad)))
    assert (outcome.status, outcome.cause) == ("failed", "version")
    assert outcome.seconds < 20
    assert "ConfigMap probe is not there, which its chart has brought so far" in outcome.failure
    assert release.rollback(1, TIMEOUT).succeeded
    assert message(release) == "hello"


def test_a_failing_hook_is_an_outcome(release: ProbeRelease, package: Package, values: Values) -> None:
    release.upgrade(package, values(hook="pass"), TIMEOUT)
    bad = values(hook="fail")
    outcome = release.upgrade(package, bad, TIMEOUT, release.watch(release.render(package, bad)))
    assert (outcome.status, outcome.cause) == ("failed", "version")
    assert "pre-upgrade" in outcome.failure
    assert "container migrate ran to its end and failed with exit code 3" in outcome.failure
    # Helm alone would leave this one pending: a pre-rollback hook that fails is not recorded by it.
    outcome = release.rollback(2, TIMEOUT)
    assert outcome.status == "failed"
    assert statuses(release) == [(3, "failed"), (2, "failed"), (1, "deployed")]
    assert release.rollback(1, TIMEOUT).succeeded


def test_tests_that_pass(release: ProbeRelease, package: Package, values: Values) -> None:
    release.upgrade(package, values(), TIMEOUT)
    report = release.run_tests(TIMEOUT)
    assert report.passed
    assert [(each.name, each.pod, each.log) for each in report.results] == [
        ("probe-test", "probe-test", "probe: all is well")
    ]


def test_a_failing_test_names_its_pod_and_log(
    release: ProbeRelease, package: Package, values: Values
) -> None:
    release.upgrade(package, values(test="fail"), TIMEOUT)
    report = release.run_tests(TIMEOUT)
    assert not report.passed
    (failed,) = [each for each in report.results if not each.passed]
    assert (failed.name, failed.pod) == ("probe-test", "probe-test")
    assert "the storefront answered 500" in failed.log
    assert statuses(release) == [(1, "deployed")], "a failed test does not change what is deployed"


def test_a_test_that_can_never_start_ends_in_seconds(
    release: ProbeRelease, package: Package, values: Values, image: str
) -> None:
    release.upgrade(package, values(testImage=f"{image}-missing"), TIMEOUT)
    report = release.run_tests(timedelta(minutes=5))
    assert report.seconds < 20
    assert not report.passed
    assert f"{image}-missing" in report.results[0].reason


def test_a_killed_helm_leaves_it_pending_until_unlocked(
    release: ProbeRelease, package: Package, values: Values, image: str
) -> None:
    release.upgrade(package, values(), TIMEOUT)
    watcher = _Killer(release)
    bad = values(image=f"{image}-missing")
    with pytest.MonkeyPatch.context() as patch:
        # The helm is dead and so is its run: nobody is left to tidy up.
        patch.setattr(HelmChanges, "mark_failed", lambda *_: False)
        release.upgrade(package, bad, TIMEOUT, watcher)
    assert statuses(release) == [(2, "pending-upgrade"), (1, "deployed")]
    with pytest.raises(Conflict):
        release.upgrade(package, values(), TIMEOUT)

    assert release.mark_failed(2) is True
    assert release.mark_failed(2) is False
    assert statuses(release) == [(2, "failed"), (1, "deployed")]
    assert release.upgrade(package, values(message="third"), TIMEOUT).succeeded
    assert statuses(release)[0] == (3, "deployed")


class _Killer:
    """Kills helm as the kernel would, as soon as it has written its revision."""

    def __init__(self, release: ProbeRelease) -> None:
        self._release = release

    def look(self) -> None:
        if len(self._release.history()) > 1:
            for process in Path("/proc").iterdir():
                if process.name.isdigit() and self._is_ours(process):
                    os.kill(int(process.name), signal.SIGKILL)

    def is_stirred(self) -> bool:
        return True

    def trouble(self) -> None:
        return None

    def end(self) -> None:
        pass

    def _is_ours(self, process: Path) -> bool:
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return f"--namespace={self._release.namespace}".encode() in words and b"upgrade" in words


def test_a_release_made_by_hand_is_seen(
    release: ProbeRelease, package: Package, values: Values, helm: Helm, cluster: Cluster, tmp_path: Path
) -> None:
    chart = tmp_path / "probe.tgz"
    chart.write_bytes(package.data)
    options: dict[str, Option] = {
        "namespace": release.namespace,
        "kubeconfig": cluster.kubeconfig,
        "values": values().paths,
    }
    assert helm.run("install", [release.release, chart], options, timeout=60).returncode == 0
    (revision,) = release.history()
    assert (revision.revision, revision.status, revision.chart_version) == (1, "deployed", "0.1.0")
    assert revision.description == "Install complete"


def test_what_somebody_patched_is_drift(
    release: ProbeRelease, package: Package, values: Values, cluster: Cluster
) -> None:
    release.upgrade(package, values(), TIMEOUT)
    resources: list[Object] = manifests.documents(release.manifest(1))

    def drifted() -> tuple[str, ...]:
        return tuple(map(str, cluster.drifted(resources, release.namespace, release.release)))

    assert drifted() == ()
    deployment = f"/apis/apps/v1/namespaces/{release.namespace}/deployments/probe"
    merge(cluster, deployment, {"metadata": {"annotations": {"note": "mine"}}}, fieldManager="kubectl-patch")
    assert drifted() == (), "what the release does not speak of is not drift"

    strategic = {"spec": {"replicas": 2}}
    merge(cluster, deployment, strategic, fieldManager="kubectl-patch")
    merge(
        cluster,
        f"/api/v1/namespaces/{release.namespace}/configmaps/probe",
        {"data": {"message": "other"}},
        fieldManager="kubectl-patch",
    )
    assert drifted() == (
        "ConfigMap probe: data.message is not what the release says",
        "Deployment probe: spec.replicas is not what the release says",
    )
    cluster.api.delete(f"/api/v1/namespaces/{release.namespace}/configmaps/probe")
    assert drifted()[0] == "ConfigMap probe is missing"

    assert release.upgrade(package, values(), TIMEOUT).succeeded, "a hand's edit must not block a release"
    assert drifted() == ()


def test_uninstall_keeps_claims(
    release: ProbeRelease, package: Package, values: Values, cluster: Cluster
) -> None:
    # Not waited for: the claim binds to nothing here.
    release.upgrade(package, values(claim=True), timedelta(seconds=5))
    release.uninstall(TIMEOUT)
    assert release.history() == ()
    folder = f"/api/v1/namespaces/{release.namespace}"
    assert cluster.api.find(f"{folder}/configmaps/probe") is None
    assert cluster.api.find(f"{folder}/persistentvolumeclaims/probe") is not None


def test_objects_of_somebody_else_are_not_taken_over(
    release: ProbeRelease, package: Package, values: Values, cluster: Cluster
) -> None:
    cluster.api.create(
        f"/api/v1/namespaces/{release.namespace}/configmaps",
        {"metadata": {"name": "probe"}, "data": {"message": "theirs"}},
    )
    with pytest.raises(Refused, match='ConfigMap "probe"'):
        release.render(package, values())
    with pytest.raises(Refused):
        release.upgrade(package, values(), TIMEOUT)
    assert release.history() == ()
    assert message(release) == "theirs"


def test_what_runs_with_helms_marks_is_not_taken_over_by_a_first_install(
    release: ProbeRelease, package: Package, values: Values, cluster: Cluster
) -> None:
    """As after Helm's Secrets were deleted, or where Argo CD's objects were given marks: the way back would take them away."""
    assert release.upgrade(package, values(claim=True), timedelta(seconds=5)).revision == 1
    helm = release.helm
    rendered = helm.render(package, values(claim=True), release.history())
    for each in release.history():
        secret = f"sh.helm.release.v1.{helm.release}.v{each.revision}"
        cluster.api.delete(f"/api/v1/namespaces/{release.namespace}/secrets/{secret}")
    assert release.history() == ()
    resources = split(rendered.manifest, rendered.hooks)
    with pytest.raises(Refused, match="ConfigMap/probe, Deployment/probe") as refused:
        helm.refuse_to_take_over(resources)
    assert "PersistentVolumeClaim" not in str(refused.value), "it outlives a release"

    for each in (resource.key for resource in resources if not resource.events):
        folder = {"ConfigMap": "api/v1", "Deployment": "apis/apps/v1"}.get(each.kind)
        if folder:
            kinds = f"{each.kind.lower()}s"
            cluster.api.delete(f"/{folder}/namespaces/{release.namespace}/{kinds}/{each.name}")
    helm.refuse_to_take_over(resources)


def test_a_chart_that_does_not_render_changes_nothing(
    release: ProbeRelease, package: Package, values: Values
) -> None:
    with pytest.raises(BadInput, match="message is needed"):
        release.upgrade(package, values(message=""), TIMEOUT)
    assert release.history() == ()


def test_what_the_server_refuses_is_an_outcome(
    release: ProbeRelease, package: Package, values: Values
) -> None:
    outcome = release.upgrade(package, values(replicas="many"), TIMEOUT)
    assert outcome.status == "failed"
    assert "replicas" in outcome.failure
    assert statuses(release) == [(1, "failed")]


def test_an_error_that_quotes_a_secret_is_redacted(
    release: ProbeRelease, secret_package: Package, values: Values
) -> None:
    given = dataclasses.replace(values(message="hunter22-77", refuse=True), secrets=("hunter22-77",))
    for act in (
        lambda: release.render(secret_package, given),
        lambda: release.upgrade(secret_package, given, TIMEOUT),
    ):
        with pytest.raises(BadInput, match=r"\[redacted\]") as raised:
            act()
        assert "hunter22" not in str(raised.value)


def test_an_answer_of_the_server_that_quotes_a_secret_is_redacted(
    release: ProbeRelease, package: Package, values: Values
) -> None:
    given = dataclasses.replace(values(replicas=-777777), secrets=("777777",))
    outcome = release.upgrade(package, given, TIMEOUT)
    assert outcome.status == "failed"
    assert "777777" in release.history()[0].description, "helm itself does quote it"
    assert "[redacted]" in outcome.failure
    assert "777777" not in outcome.failure


def test_what_a_test_says_of_a_secret_is_redacted(
    release: ProbeRelease, secret_package: Package, values: Values
) -> None:
    release.upgrade(secret_package, values(test="fail", message="storefront answered"), TIMEOUT)
    assert release.secrets() == ("storefront answered",), "known from what Helm stored alone"
    (failed,) = release.run_tests(TIMEOUT).results
    assert failed.log == "probe: the [redacted] 500"


def test_a_package_that_changed_on_the_way_is_refused(
    release: ProbeRelease, package: Package, values: Values
) -> None:
    with pytest.raises(Refused, match=package.digest):
        release.render(dataclasses.replace(package, data=package.data + b"x"), values())


def test_a_revision_that_history_has_lost(release: ProbeRelease, package: Package, values: Values) -> None:
    release.upgrade(package, values(), TIMEOUT)
    with pytest.raises(BadInput, match="no revision 7"):
        release.rollback(7, TIMEOUT)


def test_an_unreachable_api_server_raises_at_once(helm: Helm, package: Package) -> None:
    cluster = Cluster.from_kubeconfig(kubeconfig_of("https://127.0.0.1:1"))
    release = ProbeRelease(HelmRelease(cluster, "nowhere", "probe", helm))
    begun = time.monotonic()
    with pytest.raises(Unreachable):
        release.render(package, ValueFiles())
    with pytest.raises(Unreachable):
        release.upgrade(package, ValueFiles(), TIMEOUT)
    with pytest.raises(Unreachable):
        release.history()
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    "name",
    ["-x", "--post-renderer=./x", "Probe", "probe_1", "", "probe-", "x" * 54],
    ids=["option", "long option", "capital", "underscore", "empty", "trailing dash", "too long"],
)
def test_names_that_helm_would_misread_are_refused(cluster: Cluster, helm: Helm, name: str) -> None:
    with pytest.raises(BadInput, match="not a release name"):
        HelmRelease(cluster, "default", name, helm)
