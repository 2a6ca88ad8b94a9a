"""The test hooks of a release, by `helm test`: which test failed, in which pod, and what it said.

Side by side one helm process runs each group. Every process writes the whole release record when it ends, the last one
wins: so how each hook ended is read from what its own process prints, and written into Helm's record once all have ended.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

from headway.clients.command import Completed
from headway.clients.helm import test_output
from headway.clients.helm.changes import HelmChanges
from headway.clients.helm.failures import error_of, said_by
from headway.clients.helm.release import HelmRelease
from headway.clients.helm.storage import StoredRevision
from headway.clients.helm.test_output import TestOutput
from headway.clients.kubernetes import pods
from headway.clients.kubernetes.api import Object
from headway.decide.pods import pod_failures
from headway.decide.pods.pod_failures import PodFailure
from headway.decide.release.test_rounds import Group, TestHook, rounds
from headway.errors import BadInput, Conflict, Unreachable
from headway.formats.known_secrets import KnownSecrets
from headway.formats.manifests import split
from headway.model.tests import TestReport, TestResult

AT_ONCE = 4
"""Helm processes that run tests at the same time."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One helm process, as it ended."""

    group: Group
    completed: Completed
    pod_failure: PodFailure | None
    output: TestOutput

    @property
    def failed(self) -> bool:
        return self.pod_failure is not None or self.completed.returncode != 0

    @property
    def failure(self) -> str:
        if self.pod_failure is not None:
            return self.pod_failure.sentence
        return said_by(self.completed) if self.completed.returncode else ""


def run_helm_tests(
    changes: HelmChanges, timeout: timedelta, history: Sequence[StoredRevision], *, in_turn: bool = False
) -> TestReport:
    """Run the test hooks of the newest revision. A failing test is a report, not an error. The release's secrets are
    redacted in what tests say. `in_turn`: in Helm's order, one after the other.

    Raises Unreachable, or BadInput where there is no release. Ends early on a test pod that can never start; after a round
    in which a test failed, the rounds after it are not run.
    """
    release = changes.release
    if not history:
        raise BadInput("there is no release to test", where=release.where)
    # As they are now: `history` may have been read before tests ran that are now run again.
    newest = release.storage.get(history[0].revision)
    hooks = {str(hook["name"]): hook for hook in newest.hooks if "test" in hook.get("events", ())}
    known = KnownSecrets.of(release.secrets_of(history))
    every: list[Ran] = []
    for groups in rounds(map(_hook, hooks.values()), in_turn=in_turn):
        every += _round(changes, groups, hooks, timeout, history)
        if any(ran.failed for ran in every):
            break
    results = [_hidden(_result(release, hooks[name], ran), known) for ran in every for name in ran.group]
    done = {result.name for result in results}
    results += [_not_run(name) for name in hooks if name not in done]
    failure = "; ".join(dict.fromkeys(known.hide(ran.failure) for ran in every if ran.failed))
    _raise_unreachable(release, every, results)
    _note(release, history[0].revision, every)
    longest = max((ran.completed.seconds for ran in every), default=0.0)
    return TestReport(tuple(results), failure, longest)


def _round(
    changes: HelmChanges,
    groups: Sequence[Group],
    hooks: Mapping[str, Object],
    timeout: timedelta,
    history: Sequence[StoredRevision],
) -> list[Ran]:
    # Each process is started, attended and ended by one thread: the kernel ends it with the thread that started it.
    def run(group: Group) -> Ran:
        resources = [each.document for each in split("", [hooks[name] for name in group])]
        only = group if len(group) < len(hooks) else ()
        completed, failure = changes.run_tests(only, timeout, changes.watch_pods(resources), history=history)
        output = test_output.read(completed.stdout.decode("utf-8", errors="replace"))
        return Ran(group, completed, failure, output)

    if len(groups) == 1:
        return [run(groups[0])]
    with ThreadPoolExecutor(min(AT_ONCE, len(groups))) as pool:
        return list(pool.map(run, groups))


def _hook(hook: Object) -> TestHook:
    chart = str(hook.get("path", "")).partition("/templates/")[0]
    return TestHook(str(hook["name"]), chart, int(hook.get("weight") or 0))


def _result(release: HelmRelease, hook: Object, ran: Ran) -> TestResult:
    name, output = str(hook["name"]), ran.output
    run = output.runs.get(name)
    # A rollback copies the runs of the revision it goes back to: those say nothing of this one.
    if run is not None and run.began_as(hook.get("last_run") or {}):
        run = None
    # A helm that was ended early for this very pod says nothing of it, or that it is "Running".
    passed = run is not None and run.phase == "Succeeded"
    pod = _pod(release, hook)
    pod_name = str(pod["metadata"]["name"]) if pod else name
    failure = ran.pod_failure
    reason = failure.sentence if failure and not passed and failure.pod in (pod_name, name) else ""
    if run is None and not reason:
        return _not_run(name)
    log = output.logs.get(name) or (pods.tail(release.cluster, release.namespace, pod) if pod else "")
    return TestResult(
        name,
        passed,
        pod_name if pod or name in output.logs else "",
        log,
        reason,
        run.seconds if run else 0.0,
        said_no=run is not None and run.phase == "Failed" and _said_no(name, pod, said_by(ran.completed)),
    )


def _not_run(name: str) -> TestResult:
    return TestResult(name, False, "", "", "it was not run: another test failed before it", ran=False)


def _hidden(result: TestResult, known: KnownSecrets) -> TestResult:
    return replace(result, log=known.hide(result.log), reason=known.hide(result.reason))


def _said_no(name: str, pod: Object | None, error: str) -> bool:
    """By its pod; where a delete policy took that away, by Helm, which says so of a pod that ended and of nothing else."""
    return pod_failures.said_no(pod) if pod else f"pod {name} failed" in error


def _pod(release: HelmRelease, hook: Object) -> Object | None:
    """The pod of a test, or the newest one of its Job; None where it is gone."""
    name = str(hook["name"])
    if hook.get("kind") == "Job":
        found = pods.pods(release.cluster, release.namespace, f"batch.kubernetes.io/job-name={name}")
        return found[-1] if found else None
    return release.cluster.api.find(f"/api/v1/namespaces/{release.namespace}/pods/{name}")


def _raise_unreachable(release: HelmRelease, every: Sequence[Ran], results: Sequence[TestResult]) -> None:
    """Where a helm could not reach the cluster, and no test said no, nothing is known of the tests."""
    if any(each.ran and not each.passed for each in results):
        return
    for ran in every:
        if ran.completed.returncode and ran.pod_failure is None:
            error = error_of(ran.completed, release.where)
            if isinstance(error, Unreachable):
                raise error


def _note(release: HelmRelease, revision: int, every: Sequence[Ran]) -> None:
    """Write every hook's last run into Helm's record, as one `helm test` of all of them would have."""
    if len(every) < 2:
        return
    runs = {name: run for ran in every for name, run in ran.output.runs.items() if name in ran.group}

    def with_runs(document: Object) -> None:
        for hook in document.get("hooks") or ():
            if run := runs.get(hook["name"]):
                hook["last_run"] = {**(hook.get("last_run") or {}), **run.as_stored()}

    try:
        release.storage.rewrite(revision, with_runs)
    except Conflict:
        # Somebody else's helm writes it at this moment: what it has is newer.
        return
