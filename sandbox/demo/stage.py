"""Where the story is played: the real systems, and how one waits for what Headway does to them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from sandbox.demo.chart_truth import ChartTruth
from sandbox.demo.cluster_truth import ClusterTruth
from sandbox.demo.git_truth import GitTruth
from sandbox.demo.prefect_api import RELEASE, UNDER_WAY, PrefectApi, Run
from sandbox.demo.registry_truth import RegistryTruth
from sandbox.demo.telling import Telling
from sandbox.demo.truth import UntrueError
from sandbox.seed.images import PushedImage
from sandbox.seed.layout import APPLICATION, ENVIRONMENTS, Layout

T = TypeVar("T")
PATIENCE_SECONDS = 240
# Each look is a query that the server answers on the processors that the runs need.
LOOK_SECONDS = 1.0
LOOKS_A_REFUSAL = 3
"""Another query each: a run that has failed is known soon enough."""
# A released version is announced by an event, and the run it starts is there within two seconds.
QUIET_SECONDS = 4


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a run of Headway may change: equal snapshots, nothing done."""

    head: str
    objects: dict[str, dict[str, str]]
    """ETag by key, by environment."""
    revisions: dict[str, int]
    generations: dict[str, dict[str, int]]


@dataclass
class Stage:
    layout: Layout
    tell: Telling
    prefect: PrefectApi
    pushed: dict[str, PushedImage] = field(default_factory=dict)
    """The newest image of each service that its CI pushed."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What a step remembers for its check, and for later ones."""
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the step began."""
    expected_failures: tuple[str, ...] = ()
    """State names in which a run may fail in this step."""

    @cached_property
    def git(self) -> GitTruth:
        return GitTruth(self.layout.remote(APPLICATION))

    @cached_property
    def charts(self) -> ChartTruth:
        return ChartTruth(self.layout)

    @cached_property
    def registry(self) -> RegistryTruth:
        return RegistryTruth(self.layout.address.registry)

    @cached_property
    def cluster(self) -> ClusterTruth:
        """Only once the cluster answers."""
        return ClusterTruth(self.layout)

    def snapshot(self) -> Snapshot:
        return Snapshot(
            head=self.git.head(),
            objects={name: self.charts.objects(name) for name in ENVIRONMENTS},
            revisions={name: self.cluster.revision(name) for name in ENVIRONMENTS},
            generations={name: self.cluster.generations(name) for name in ENVIRONMENTS},
        )

    def wait(self, what: str, look: Callable[[], T | None], patience: float = PATIENCE_SECONDS) -> T:
        """What `look` finds first. Raises UntrueError when a run fails, or after `patience` seconds."""
        until = time.monotonic() + patience
        looks = 0
        while True:
            found = look()
            if found:
                return found
            looks += 1
            if looks % LOOKS_A_REFUSAL == 0:
                self.refuse_failures()
            if time.monotonic() > until:
                raise UntrueError(f"waited {patience:.0f} s for {what}, in vain")
            time.sleep(LOOK_SECONDS)

    def wait_for_release(
        self, environment: str, ended: str = "Released", since: datetime | None = None
    ) -> Run:
        """The run that brought the environment to an end of this name, since the step (or then) began."""

        def look() -> Run | None:
            runs = self.releases(environment, since)
            return next((run for run in runs if run.ended and run.state == ended), None)

        run = self.wait(f"a release to {environment} that ends as {ended!r}", look)
        self.tell.say(f"    flow run {run.name!r}: {run.state}")
        return run

    def releases(self, environment: str, since: datetime | None = None) -> list[Run]:
        wanted = {"application": self.layout.name, "environment": environment}
        runs = self.prefect.runs([RELEASE], since=since or self.since)
        return [run for run in runs if wanted.items() <= run.parameters.items()]

    def settle(self) -> None:
        """Waits until no run is under way, nor started by the last one's event."""
        quiet_since = time.monotonic()
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            if self.prefect.runs(types=UNDER_WAY):
                quiet_since = time.monotonic()
            if time.monotonic() > until:
                raise UntrueError("runs of Headway do not come to an end")
            time.sleep(LOOK_SECONDS)
        self.refuse_failures()

    def refuse_failures(self) -> None:
        for run in self.prefect.runs(since=self.since):
            failed = run.type in ("FAILED", "CRASHED") and run.state not in self.expected_failures
            if failed and self._is_ours(run):
                where = f"{self.prefect.ui}/runs/flow-run/{run.id}"
                raise UntrueError(f"{run.name!r} ended as {run.state!r}: {run.message}\n{where}")

    def _is_ours(self, run: Run) -> bool:
        """Others may be registered here. A run of watch names whom it could not deliver."""
        application = run.parameters.get("application")
        if application:
            return bool(application == self.layout.name)
        return run.type == "CRASHED" or self.layout.name in run.message
