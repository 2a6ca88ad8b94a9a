"""`helm test` of a release: which test failed, in which pod, and what it said."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from headway.clients import cluster_pods
from headway.clients.helm_release import HelmRelease, said_by
from headway.clients.kubernetes_api import Object
from headway.clients.rollout_watch import RolloutWatch
from headway.decide.hopeless import Hopeless
from headway.decide.known_secrets import KnownSecrets
from headway.decide.manifests import split
from headway.decide.release_pods import select
from headway.errors import BadInput, Unreachable

LOG_LINES = 200

_LOG_OF = re.compile(r"^POD LOGS: (\S+) \((\S+)\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test hook."""

    name: str
    passed: bool
    pod: str
    log: str
    """The pod's last lines; empty where it said nothing or never ran."""
    reason: str = ""
    """Why it failed, where more is known than its log says."""
    seconds: float = 0.0
    ran: bool = True

    __test__ = False


@dataclass(frozen=True, slots=True)
class TestReport:
    """All tests of one run. Passed also where the chart has none."""

    results: tuple[TestResult, ...]
    failure: str = ""
    """Helm's own sentence, where the run failed."""
    seconds: float = 0.0

    __test__ = False

    @property
    def passed(self) -> bool:
        return not self.failure and all(result.passed for result in self.results)

    @property
    def failed(self) -> tuple[TestResult, ...]:
        return tuple(result for result in self.results if not result.passed)


def run_helm_tests(release: HelmRelease, timeout: timedelta) -> TestReport:
    """Run the test hooks of the newest revision. A failing test is a report, not an error. The release's secrets are
    redacted in what tests say.

    Raises Unreachable, or BadInput where there is no release. Ends early on a test pod that can never start.
    """
    newest = release.newest()
    if newest is None:
        raise BadInput("there is no release to test", where=f"release {release.namespace}/{release.release}")
    hooks = [hook for hook in newest.hooks if "test" in hook.get("events", ())]
    if not hooks:
        return TestReport(())
    selection = select(resource.document for resource in split("", hooks))
    watcher = RolloutWatch(release.cluster, release.namespace, selection)
    known = KnownSecrets.of(release.secrets())
    completed, hopeless = release.run_tests(timeout, watcher)
    said = _logs(completed.stdout.decode("utf-8", errors="replace"))
    begun_before = {hook["name"]: _begun(hook) for hook in hooks}
    results = []
    for hook in release.stored.get(newest.revision).hooks:
        if hook["name"] in begun_before:
            # A rollback copies the runs of the revision it goes back to: those say nothing of this one.
            ran = _begun(hook) != begun_before[hook["name"]]
            result = _result(release, hook, ran, said, hopeless)
            results.append(replace(result, log=known.hide(result.log), reason=known.hide(result.reason)))
    failure = ""
    if hopeless is not None:
        failure = known.hide(hopeless.sentence)
    elif completed.returncode:
        failure = said_by(completed)
        error = release.error_of(completed)
        if isinstance(error, Unreachable) and not any(each.ran and not each.passed for each in results):
            raise error
    return TestReport(tuple(results), failure, completed.seconds)


def _result(
    release: HelmRelease, hook: Object, ran: bool, said: dict[str, str], hopeless: Hopeless | None
) -> TestResult:
    name = str(hook["name"])
    if not ran:
        return TestResult(name, False, "", "", "it was not run: another test failed before it", ran=False)
    run = hook.get("last_run") or {}
    # A helm that was ended early leaves the hook "Running".
    passed = run.get("phase") == "Succeeded"
    pod, log = _pod_and_log(release, hook, said)
    reason = hopeless.sentence if hopeless and not passed and hopeless.pod in (pod, name) else ""
    return TestResult(name, passed, pod, log, reason, _seconds(run))


def _begun(hook: Object) -> str:
    return str((hook.get("last_run") or {}).get("started_at"))


def _pod_and_log(release: HelmRelease, hook: Object, said: dict[str, str]) -> tuple[str, str]:
    """Helm says the logs of Pods before it deletes them, but none of Jobs: those are read from their pod."""
    name = str(hook["name"])
    if name in said:
        return name, said[name]
    if hook.get("kind") == "Job":
        found = cluster_pods.pods(release.cluster, release.namespace, f"batch.kubernetes.io/job-name={name}")
        for pod in found[-1:]:
            return pod["metadata"]["name"], cluster_pods.tail(release.cluster, release.namespace, pod)
        return "", ""
    pod_path = f"/api/v1/namespaces/{release.namespace}/pods/{name}"
    found_pod = release.cluster.api.find(pod_path)
    return name, cluster_pods.tail(release.cluster, release.namespace, found_pod) if found_pod else ""


def _logs(stdout: str) -> dict[str, str]:
    """Logs by pod, from what `helm test --logs` prints after its own table."""
    parts = _LOG_OF.split(stdout)
    logs: dict[str, str] = {}
    for pod, container, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        lines = "\n".join(text.strip().splitlines()[-LOG_LINES:])
        logs[pod] = f"{logs[pod]}\n[{container}]\n{lines}" if pod in logs else lines
    return logs


def _seconds(run: Object) -> float:
    try:
        begun = datetime.fromisoformat(run["started_at"])
        return max(0.0, (datetime.fromisoformat(run["completed_at"]) - begun).total_seconds())
    except (KeyError, ValueError, TypeError):
        return 0.0
