"""`helm test` of a release: which test failed, in which pod, and what it said."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from headway.clients.helm.changes import HelmChanges
from headway.clients.helm.failures import error_of, said_by
from headway.clients.helm.release import HelmRelease
from headway.clients.helm.storage import StoredRevision
from headway.clients.kubernetes import pods
from headway.clients.kubernetes.api import Object
from headway.decide.pods import pod_failures
from headway.decide.pods.pod_failures import PodFailure
from headway.errors import BadInput, Unreachable
from headway.formats.known_secrets import KnownSecrets
from headway.formats.manifests import split
from headway.model.tests import TestReport, TestResult

LOG_LINES = 200

_LOG_OF = re.compile(r"^POD LOGS: (\S+) \((\S+)\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Said:
    """What `helm test` has printed: logs by pod, which it says before it deletes them, and its own error."""

    logs: Mapping[str, str]
    error: str


def run_helm_tests(changes: HelmChanges, timeout: timedelta, history: Sequence[StoredRevision]) -> TestReport:
    """Run the test hooks of the newest revision. A failing test is a report, not an error. The release's secrets are
    redacted in what tests say.

    Raises Unreachable, or BadInput where there is no release. Ends early on a test pod that can never start.
    """
    release = changes.release
    if not history:
        raise BadInput("there is no release to test", where=release.where)
    newest = history[0]
    hooks = [hook for hook in newest.hooks if "test" in hook.get("events", ())]
    if not hooks:
        return TestReport(())
    watcher = changes.watch_pods([resource.document for resource in split("", hooks)])
    known = KnownSecrets.of(release.secrets_of(history))
    completed, pod_failure = changes.run_tests(timeout, watcher, history=history)
    said = Said(_logs(completed.stdout.decode("utf-8", errors="replace")), said_by(completed))
    begun_before = {hook["name"]: _begun(hook) for hook in hooks}
    results = []
    for hook in release.storage.get(newest.revision).hooks:
        if hook["name"] in begun_before:
            # A rollback copies the runs of the revision it goes back to: those say nothing of this one.
            ran = _begun(hook) != begun_before[hook["name"]]
            result = _result(release, hook, ran, said, pod_failure)
            results.append(replace(result, log=known.hide(result.log), reason=known.hide(result.reason)))
    failure = ""
    if pod_failure is not None:
        failure = known.hide(pod_failure.sentence)
    elif completed.returncode:
        failure = said_by(completed)
        error = error_of(completed, release.where)
        if isinstance(error, Unreachable) and not any(each.ran and not each.passed for each in results):
            raise error
    return TestReport(tuple(results), failure, completed.seconds)


def _result(
    release: HelmRelease, hook: Object, ran: bool, said: Said, pod_failure: PodFailure | None
) -> TestResult:
    name = str(hook["name"])
    if not ran:
        return TestResult(name, False, "", "", "it was not run: another test failed before it", ran=False)
    run = hook.get("last_run") or {}
    # A helm that was ended early leaves the hook "Running".
    passed = run.get("phase") == "Succeeded"
    pod = _pod(release, hook)
    pod_name = str(pod["metadata"]["name"]) if pod else name
    log = said.logs.get(name) or (pods.tail(release.cluster, release.namespace, pod) if pod else "")
    reason = (
        pod_failure.sentence if pod_failure and not passed and pod_failure.pod in (pod_name, name) else ""
    )
    return TestResult(
        name,
        passed,
        pod_name if pod or name in said.logs else "",
        log,
        reason,
        _seconds(run),
        said_no=run.get("phase") == "Failed" and _said_no(name, pod, said),
    )


def _said_no(name: str, pod: Object | None, said: Said) -> bool:
    """By its pod; where a delete policy took that away, by Helm, which says so of a pod that ended and of nothing else."""
    return pod_failures.said_no(pod) if pod else f"pod {name} failed" in said.error


def _begun(hook: Object) -> str:
    return str((hook.get("last_run") or {}).get("started_at"))


def _pod(release: HelmRelease, hook: Object) -> Object | None:
    """The pod of a test, or the newest one of its Job; None where it is gone."""
    name = str(hook["name"])
    if hook.get("kind") == "Job":
        found = pods.pods(release.cluster, release.namespace, f"batch.kubernetes.io/job-name={name}")
        return found[-1] if found else None
    return release.cluster.api.find(f"/api/v1/namespaces/{release.namespace}/pods/{name}")


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
