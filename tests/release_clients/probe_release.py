"""A release of the probe chart as tests change it: each call reads the history that a look would have read."""

from collections.abc import Sequence
from datetime import timedelta

from headway.clients.helm.changes import HelmChanges
from headway.clients.helm.outcome import Outcome
from headway.clients.helm.release import HelmRelease, Rendered
from headway.clients.helm.release_tests import run_helm_tests
from headway.clients.helm.rollout_watch import RolloutWatch, Watcher
from headway.clients.helm.storage import StoredRevision
from headway.clients.helm.value_files import ValueFiles
from headway.clients.registry import Registry
from headway.formats import image_reference
from headway.model.charts import Package
from headway.model.tests import TestReport


def always_held() -> None:
    """Stands for the lease: nobody else is there."""


def in_registry(image: str) -> bool:
    reference = image_reference.parse(image)
    return Registry().digest(reference.repository, reference.asked_by) is not None


class ProbeRelease:
    def __init__(self, release: HelmRelease) -> None:
        self.helm = release
        self.changes = HelmChanges(release, always_held, in_registry)
        self.cluster, self.namespace, self.release = release.cluster, release.namespace, release.release

    def history(self) -> Sequence[StoredRevision]:
        return self.helm.storage.all()

    def manifest(self, revision: int) -> str:
        return self.helm.storage.get(revision).manifest

    def values(self, revision: int) -> dict[str, object]:
        return self.helm.storage.get(revision).values

    def secrets(self) -> tuple[str, ...]:
        return self.helm.secrets_of(self.history())

    def render(self, package: Package, values: ValueFiles) -> Rendered:
        return self.helm.render(package, values, self.history())

    def upgrade(
        self, package: Package, values: ValueFiles, timeout: timedelta, watcher: Watcher | None = None
    ) -> Outcome:
        return self.changes.upgrade(package, values, timeout, history=self.history(), watcher=watcher)

    def rollback(
        self, revision: int, timeout: timedelta, watcher: Watcher | None = None, *, why: str = ""
    ) -> Outcome:
        target = self.helm.storage.get(revision)
        return self.changes.rollback(target, timeout, history=self.history(), watcher=watcher, why=why)

    def uninstall(self, timeout: timedelta) -> None:
        self.changes.uninstall(timeout, history=self.history())

    def run_tests(self, timeout: timedelta) -> TestReport:
        return run_helm_tests(self.changes, timeout, self.history())

    def mark_failed(self, revision: int) -> bool:
        return self.changes.mark_failed(revision)

    def watch(self, rendered: Rendered) -> RolloutWatch:
        return _made(self.changes.watch(rendered, history=self.history()))

    def watch_revision(self, revision: int) -> RolloutWatch:
        return _made(self.changes.watch_revision(self.helm.storage.get(revision)))


def _made(watch: RolloutWatch | None) -> RolloutWatch:
    assert watch, "the probe is a Deployment"
    return watch
