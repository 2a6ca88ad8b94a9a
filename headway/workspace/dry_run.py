"""A dry run: all is decided as ever, and each write is told instead of made.

What a write would have led to is not known, since each decision is made on what is there now. Two things count as if they had
been written: the release record, so that a hold or a freeze is decided with; and what a person would have promoted.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from headway.clients.chart_repository import WritableChartRepository
from headway.clients.chart_repository.protocol import AlreadyThere, Published, Stored
from headway.clients.forge import Forge
from headway.clients.git import GitRepository
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.release import transitions
from headway.errors import WouldChange
from headway.model.charts import ChartEntry, Package
from headway.model.edits import Edit
from headway.model.record import ReleaseRecord
from headway.workspace.git_writer import Committed, GitWriter
from headway.workspace.release_context import ReleaseContext
from headway.workspace.stand_in import StandIn
from headway.workspace.workspace import Workspace


class DryRunWorkspace(Workspace):
    """Publishing to a chart repository, taking out of one, and committing raise WouldChange. Give it a DryRunWriter."""

    _also: Mapping[str, ChartEntry] = {}

    @cached_property
    def _would_offer(self) -> dict[str, set[tuple[str, str]]]:
        """Names and versions that would have been published, by environment."""
        return {}

    def as_if_promoted(self, environment: str, entry: ChartEntry) -> None:
        """From now on the environment's repository seems to offer that package as well, which this look has read elsewhere."""
        self._also = {**self._also, environment: entry}

    @property
    def application_writer(self) -> GitWriter:
        write = self.application.write
        return DryRunWriter(
            proposes=write == "pull-request",
            goes_by=(lambda: self.systems.forge) if write != "push" else None,
        )

    def chart_repository(self, environment: str) -> WritableChartRepository:
        also = self._also.get(environment)
        would_offer = self._would_offer.setdefault(environment, set())
        return DryRunRepository(super().chart_repository(environment), (also,) if also else (), would_offer)


@dataclass(frozen=True, slots=True)
class DryRunWriter:
    proposes: bool = False
    goes_by: Callable[[], Forge] | None = None
    """Raises BadInput where no token of the git host is there, without which the write would fail."""

    def submit(self, edit: Edit, *, to: GitRepository, on: str, stage: str) -> Committed:  # noqa: ARG002
        if self.goes_by:
            self.goes_by()
        what = "would propose for" if self.proposes else "would commit to"
        raise WouldChange(f"{what} {to.branch}: {edit.subject}", where=to.url)


@dataclass(frozen=True, slots=True)
class DryRunRepository(StandIn):
    """Reads what the real repository holds; writing raises WouldChange."""

    real: WritableChartRepository
    also: tuple[ChartEntry, ...] = ()
    """Packages that a person would have promoted."""
    would_offer: set[tuple[str, str]] = field(default_factory=set)
    """Names and versions that would have been published; what is made of one is not known before."""

    def entries(self, name: str) -> list[ChartEntry]:
        return [*self.real.entries(name), *(each for each in self.also if each.name == name)]

    def entries_beside(self, name: str, others: Collection[str]) -> Mapping[str, list[ChartEntry]]:  # noqa: ARG002
        return {name: self.entries(name)}

    def versions(self, name: str) -> list[str]:
        return [*self.real.versions(name), *(each.version for each in self.also if each.name == name)]

    def entry(self, name: str, version: str) -> ChartEntry | None:
        also = (each for each in self.also if (each.name, each.version) == (name, version))
        found = self.real.entry(name, version) or next(also, None)
        if found is None and (name, version) in self.would_offer:
            raise WouldChange(f"comes after {name} {version}", where=self.url)
        return found

    def read(self, entry: ChartEntry) -> bytes:
        return self.real.read(entry)

    def keep(self, name: str, data: bytes) -> bool:  # noqa: ARG002
        raise WouldChange(f"would keep {name}", where=self.url)

    def uploaded_versions(self, name: str) -> set[str]:
        return self.real.uploaded_versions(name)

    def pinned_charts(self) -> Mapping[str, str]:
        return self.real.pinned_charts()

    def stored(self, name: str, version: str) -> Stored | None:
        return self.real.stored(name, version)

    def check_write(self) -> None:
        self.real.check_write()

    def publish(self, package: Package, *, created: datetime) -> Published | AlreadyThere:  # noqa: ARG002
        self.would_offer.add((package.name, package.version))
        raise WouldChange(f"would publish {package.name} {package.version}", where=self.url)

    def withdraw(self, name: str, version: str, digest: str) -> bool:
        if any(each.digest == digest for each in self.entries(name)):
            raise WouldChange(f"would take {name} {version} out of the index", where=self.url)
        return False


@dataclass(frozen=True, slots=True)
class _DryRunStore(ReleaseRecordStore):
    would_be: ReleaseRecord | None = None

    def read(self) -> tuple[ReleaseRecord | None, str]:
        return self.would_be, ""

    def create(self, record: ReleaseRecord) -> str:  # noqa: ARG002
        raise WouldChange("would write the release record", where=self.release)

    def write(self, record: ReleaseRecord, resource_version: str) -> str:  # noqa: ARG002
        return self.create(record)


class DryRunContext(ReleaseContext):
    """A release of which nothing is written: changes of its record are kept in this object alone."""

    _would_be: ReleaseRecord | None = None

    @property
    def is_dry_run(self) -> bool:
        return True

    @property
    def store(self) -> ReleaseRecordStore:
        real = super().store
        if self._would_be is None:
            return real
        return _DryRunStore(
            real.cluster,
            real.namespace,
            real.release,
            real.charts,
            real.owner,
            real.environments,
            would_be=self._would_be,
        )

    def update_record(
        self,
        transition: Callable[[ReleaseRecord], ReleaseRecord],
        ensure_lease: Callable[[], None] | None = None,  # noqa: ARG002
    ) -> ReleaseRecord:
        record, ref = self.store.read()[0], self.ref
        self._would_be = transition(
            record or transitions.begun(ref.application, ref.environment, ref.release)
        )
        return self._would_be
