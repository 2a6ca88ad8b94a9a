"""One bad version by Headway, and the same by `helm upgrade --rollback-on-failure`: when what was seen, and when it was over."""

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.logging import get_run_logger

from bench.bad_versions import ENVIRONMENT, FLOW, HELM_NAMESPACE, NAME, BadVersions
from bench.phases import Round
from bench.seen import Object, Seen
from flows.release_tasks import Planner, TaskedRelease
from headway.clients.kubernetes.lease import HandedOver
from headway.model.charts import Package
from headway.workspace.held_release import HeldRelease
from headway.workspace.reconcile import reconcile
from headway.workspace.release_context import ReleaseContext
from headway.workspace.workspace import Workspace
from sandbox.demo.prefect_api import PrefectApi
from sandbox.seed.commands import clean_environment, program

PATIENCE_SECONDS = 20.0


@flow(name=FLOW, flow_run_name="Release what is wanted")
def release(workspace: Workspace) -> None:
    """As the flow `release`, without what it does and tells when last good has been tested: that would start others."""
    context = ReleaseContext(workspace, ENVIRONMENT)
    lease = context.lease.acquire(holder=NAME)
    if isinstance(lease, HandedOver):
        raise TypeError(f"{lease.holder} is at work")
    with lease as held:
        release = HeldRelease(context, held.ensure_held)
        reconcile(TaskedRelease(release, Planner(context), adopt=False, by=NAME), get_run_logger().info)
        held.release()


@dataclass(frozen=True, slots=True)
class Places:
    versions: BadVersions
    ours: Seen
    theirs: Seen

    def install(self) -> None:
        """A good version in both places, tested."""
        good = self.versions.package("")
        self.versions.repository.publish(good, created=datetime.now(UTC))
        release(self.versions.workspace())
        self._helm("upgrade", "--install", NAME, self._file(good), "--wait")
        self._helm("test", NAME)

    def by_headway(self, kind: str) -> Round:
        """From the start of the upgrade until last good is tested again. Raises RuntimeError where it ends otherwise."""
        self.versions.publish(kind)
        before, wall = time.monotonic(), datetime.now(UTC)
        release(self.versions.workspace())
        seen = self.ours
        bad = self._newest(seen, before) - 1

        def at(what: str, kind: str, is_it: Callable[[Object], bool]) -> float:
            until = time.monotonic() + PATIENCE_SECONDS
            while (found := seen.first(before, kind, is_it)) is None:
                if time.monotonic() > until:
                    raise RuntimeError(f"{what} was never seen")
                time.sleep(0.1)
            return found

        def attempted(live: Object, revision: int, *outcomes: str) -> bool:
            return any(
                each["revision"] == revision and (not outcomes or each["outcome"] in outcomes)
                for each in _record(live).get("attempts", ())
            )

        begun = at("the attempt", "ConfigMap", lambda live: attempted(live, bad))
        sign = at("a sign of it", *SIGNS[kind])
        decided = (
            at("the verdict", "ConfigMap", lambda live: attempted(live, bad, "tests-failed"))
            if kind == "test"
            else at("helm's end", "Secret", lambda live: _revision(live) == (bad, "failed"))
        )
        back = at("the way back", "Secret", lambda live: _revision(live)[0] == bad + 1)
        ready = at("last good", "Secret", lambda live: _revision(live) == (bad + 1, "deployed"))
        tested = at("its tests", "ConfigMap", lambda live: _last_good(live) == bad + 1)
        evidence = before + (self._evidence() - wall).total_seconds()
        phases = {
            "upgrade begun -> its first sign": sign - begun,
            "-> decided, and helm ended": decided - sign,
            "-> the way back is begun": back - decided,
            "-> last good is ready": ready - back,
            "-> its tests have passed": tested - ready,
            "upgrade begun -> evidence is there": evidence - begun,
        }
        return Round(phases, tested - begun)

    def by_helm(self, kind: str, timeout: int) -> Round:
        """The same by helm alone: `helm test` says whether it is good again; a failed test is rolled back by whoever looks."""
        package = self._file(self.versions.package(kind))
        options = ["--rollback-on-failure", "--wait", "--timeout", f"{timeout}s"]
        begun = time.monotonic()
        failed = self._helm("upgrade", NAME, package, *options, may_fail=True)
        upgraded = time.monotonic()
        if not failed:
            if not self._helm("test", NAME, may_fail=True):
                raise RuntimeError(f"helm took the bad version ({kind}) for a good one")
            self._helm("rollback", NAME, "--wait", "--timeout", f"{timeout}s")
        back = time.monotonic()
        self._helm("test", NAME)
        tested = time.monotonic()
        phases = {"helm upgrade": upgraded - begun, "helm test, helm rollback": back - upgraded}
        return Round({**phases, "helm test": tested - back}, tested - begun)

    def _newest(self, seen: Seen, since: float) -> int:
        revisions = range(1, 10_000)
        found = [
            each
            for each in revisions[:500]
            if seen.first(since, "Secret", lambda live, each=each: _revision(live)[0] == each)  # type: ignore[misc]
        ]
        return max(found, default=0)

    def _evidence(self) -> datetime:
        prefect = PrefectApi(self.versions.address.prefect_api)
        key = f"{NAME}-{ENVIRONMENT}-evidence"
        times = [
            datetime.fromisoformat(each["created"]) for each in prefect.artifacts(NAME) if each["key"] == key
        ]
        return max(times)

    def _file(self, package: Package) -> str:
        file = self.versions.folder / package.file_name
        file.write_bytes(package.data)
        return str(file)

    def _helm(self, *arguments: str, may_fail: bool = False) -> bool:
        """Whether it failed. Raises RuntimeError where it must not."""
        address = self.versions.address
        environment = {
            **clean_environment(),
            "KUBECONFIG": str(address.kubeconfig),
            **_helm_homes(self.versions.folder),
        }
        argv = [program(address.bin, "helm"), *arguments, "--namespace", HELM_NAMESPACE]
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
        if done.returncode and not may_fail:
            raise RuntimeError(f"{' '.join(argv)}:\n{done.stdout}{done.stderr}")
        return done.returncode != 0


def _helm_homes(folder: Path) -> dict[str, str]:
    return {f"HELM_{each}_HOME": str(folder / each.lower()) for each in ("CACHE", "CONFIG", "DATA")}


def _revision(secret: Object) -> tuple[int, str]:
    labels = secret["metadata"].get("labels") or {}
    return (int(labels["version"]), labels["status"]) if labels.get("owner") == "helm" else (0, "")


def _record(live: Object) -> dict[str, Any]:
    if live["metadata"]["name"] != f"headway.{NAME}":
        return {}
    found: dict[str, Any] = json.loads(live["data"]["record.json"])
    return found


def _last_good(live: Object) -> int:
    good = _record(live).get("good") or [{"revision": 0}]
    return int(good[0]["revision"])


def _containers(pod: Object) -> list[Object]:
    return (pod.get("status") or {}).get("containerStatuses") or []


def _waits_for(*reasons: str) -> Callable[[Object], bool]:
    return lambda pod: any(
        ((each.get("state") or {}).get("waiting") or {}).get("reason") in reasons for each in _containers(pod)
    )


def _has_ended(pod: Object) -> bool:
    return any((each.get("state") or {}).get("terminated") for each in _containers(pod)) or _waits_for(
        "CrashLoopBackOff"
    )(pod)


def _cannot_progress(deployment: Object) -> bool:
    return any(
        each.get("reason") == "ProgressDeadlineExceeded"
        for each in (deployment.get("status") or {}).get("conditions") or ()
    )


def _has_failed(live: Object) -> bool:
    if live["metadata"].get("deletionTimestamp"):
        # Of the round before: it makes room.
        return False
    return (live.get("status") or {}).get("phase") == "Failed" or any(
        each["type"] == "Failed" and each["status"] == "True"
        for each in (live.get("status") or {}).get("conditions") or ()
    )


def _is_not_mounted(event: Object) -> bool:
    return event.get("reason") == "FailedMount"


Sign = tuple[str, Callable[[Object], bool]]
SIGNS: Mapping[str, Sign] = {
    "image": ("Pod", _waits_for("ErrImagePull", "ImagePullBackOff")),
    "crash": ("Pod", _has_ended),
    "program": ("Pod", _has_ended),
    "probe": ("Deployment", _cannot_progress),
    "hook": ("Job", _has_failed),
    "test": ("Pod", _has_failed),
    "mount": ("Event", _is_not_mounted),
}
"""The first sign that the API server has of it. A container gets three starts all the same."""
