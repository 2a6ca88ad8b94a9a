"""One application in one environment: everything that a look at its release reads, and where its record is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cached_property

from headway.clients import together
from headway.clients.clock import elapsing
from headway.clients.helm.release import HelmRelease
from headway.clients.helm.storage import StoredRevision
from headway.clients.kubernetes import hmac_key
from headway.clients.kubernetes.cluster import Cluster, Compared
from headway.clients.kubernetes.hmac_key import HmacKey
from headway.clients.kubernetes.lease import ReleaseLease
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.decide.release import audit, desired, drift, state, transitions
from headway.decide.release.actions import Action, Install, Nothing, RollBack, Test, Upgrade, Wait
from headway.decide.release.decision import choose
from headway.decide.release.observation import PENDING, Observation, ReleaseFingerprint, recorded_values
from headway.decide.release.rollback_target import ToPackage, ToRevision, Uninstall
from headway.decide.release.state import State
from headway.decide.review.definition_owner import Place
from headway.decide.supply import image_digests
from headway.decide.supply.image_digests import Difference
from headway.errors import BadInput, Conflict, Gone, HeadwayError, Refused, Terminal, Unreachable
from headway.model.audit import AuditEntry
from headway.model.charts import ChartEntry
from headway.model.environment import Environment
from headway.model.field_types import seconds
from headway.model.record import Good, ReleaseRecord
from headway.model.release_ref import ReleaseRef
from headway.workspace.release_content import ReleaseContent
from headway.workspace.release_images import ReleaseImages
from headway.workspace.workspace import CONFLICTS_BORNE, Workspace


class Look(Enum):
    """What a look at a release is for."""

    DELIVERY = "delivery"
    """Is there something to do, and nobody at it?"""
    GATE = "gate"
    """What would be released, for the plan that a person approves?"""
    LEASE_HOLDER = "lease holder"
    """What is to be done now?"""
    ADOPTION = "adoption"
    """As LEASE_HOLDER; a person asks that a release that was made by hand becomes Headway's."""
    AFTERWARDS = "afterwards"
    """As LEASE_HOLDER, once this run has changed something: what is wrong with what comes next is not its failure."""
    WAY_BACK = "way back"
    """Where can a person go back to? Needs the record and Helm's history alone."""


JUST_NOW = 1.0
"""Seconds. What this run itself wrote or read so lately, the look that follows its action takes as it is, once."""
_LEAVES_IT_ALONE = (Nothing, Wait, Test)
_HOLDS_LEASE = frozenset({Look.LEASE_HOLDER, Look.ADOPTION, Look.AFTERWARDS})
_SEES_DRIFT = _HOLDS_LEASE | {Look.DELIVERY}


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation, and what is needed to act on it."""

    observation: Observation
    content: ReleaseContent | None
    """Of the desired version; None where there is none."""
    history: tuple[StoredRevision, ...] = ()
    """Every revision that Helm still has, newest first."""

    @property
    def next_revision(self) -> int:
        return self.history[0].revision + 1 if self.history else 1

    @property
    def deployed(self) -> StoredRevision | None:
        deployed = self.observation.deployed
        return self.stored(deployed.revision) if deployed else None

    def stored(self, revision: int) -> StoredRevision | None:
        """None where Helm's history has lost it."""
        return next((each for each in self.history if each.revision == revision), None)


@dataclass(frozen=True, slots=True)
class _Known:
    """The record as this run has last read or written it."""

    record: ReleaseRecord | None
    version: str
    """Its resource version; empty where there is none."""


def _drifted(observation: Observation, found: Sequence[drift.Difference]) -> Observation:
    return replace(
        observation,
        drift=tuple(map(str, found)),
        drift_by=tuple(dict.fromkeys(each.by for each in found if each.by)),
        drift_unchangeable=any(each.unchangeable for each in found),
        drift_loses=tuple(each.loses for each in found if each.loses),
    )


def _action(observation: Observation) -> Action:
    return choose(state.name(observation), observation).action


class ReleaseContext:
    """Where a release lives. Raises BadInput for an environment that headway.yaml does not name."""

    def __init__(
        self,
        workspace: Workspace,
        environment: str,
        shown: str = "",
        *,
        run: str = "local",
        tell: Callable[[AuditEntry], None] = lambda _: None,
    ) -> None:
        """`shown`: the start of the digest of the package that a person was shown for approval; see desired.

        `run`: id of the flow run that looks. `tell` is called with each decision as soon as the record holds it.
        """
        self.workspace = workspace
        self.environment_name = environment
        self.run = run
        self._tell = tell
        self._shown = shown
        self._stand_in = HmacKey.in_memory()
        self._key: HmacKey | None = None
        """The stored one, which never changes: once it was read it is what this run digests by."""
        self._contents: dict[str, ReleaseContent] = {}
        self.compared: tuple[Compared, ...] | None = None
        """Live objects, as the last look found them; None where it had no reason to compare them."""
        self.read_as = ""
        """The resource version of the record that the last look has read."""
        self.last_seen: Seen | None = None
        """By the last look."""
        self._known: _Known | None = None
        self._written: tuple[_Known, float] | None = None
        """What was written since the last look, and when."""
        self._remembers = False
        """The last look took that, and did not read."""
        self._offered: tuple[list[ChartEntry], float] | None = None
        """What the chart repository offered when a look last asked it, and when."""
        self.has_written = False
        """This has changed the record."""

    @property
    def is_dry_run(self) -> bool:
        """A dry run: nothing is written."""
        return False

    @property
    def ref(self) -> ReleaseRef:
        return self.workspace.application.release_ref(self.environment_name)

    @property
    def environment(self) -> Environment:
        return self.workspace.environment(self.environment_name)

    @property
    def namespace(self) -> str:
        return self.workspace.application.namespace(self.environment_name)

    @property
    def place(self) -> Place:
        return Place(self.namespace, self.ref.release)

    @property
    def timeout(self) -> timedelta:
        return timedelta(seconds=seconds(self.environment.timeout))

    @property
    def blames_twice(self) -> bool:
        """Whether a failure must be seen twice before it rejects a version: by default where versions are born."""
        is_born_here = self.workspace.application.is_fed_by_branch(self.environment_name)
        return (self.environment.blame or ("twice" if is_born_here else "once")) == "twice"

    @property
    def cluster(self) -> Cluster:
        return self.workspace.cluster(self.environment_name)

    @cached_property
    def helm(self) -> HelmRelease:
        return HelmRelease(self.cluster, self.namespace, self.ref.release, self.workspace.helm)

    @property
    def store(self) -> ReleaseRecordStore:
        return self.workspace.record_store(self.environment_name)

    @property
    def lease(self) -> ReleaseLease:
        return ReleaseLease(self.cluster, self.namespace, self.ref.release)

    def update_record(
        self,
        transition: Callable[[ReleaseRecord], ReleaseRecord],
        ensure_lease: Callable[[], None] | None = None,
    ) -> ReleaseRecord:
        """Apply `transition` to the record as it is now, or to a first one; returns what is written then.

        Who holds the lease tries it with the record as they have last read or written it: a compare-and-swap that succeeds says
        that it is so yet.

        Where somebody else writes at the same time (a person's hold), theirs is read and ours applied to it, so that
        neither is lost: `transition` is a function of the record alone. Raises what `ensure_lease` raises, Conflict
        where others write again and again, and Gone where the record was deleted that who holds the lease has decided by: of
        what is good, or whose the release is, a first one would know nothing.
        """
        together.stop_glancing()
        known = self._known if ensure_lease else None
        decided_by = known.record if known else None
        for _ in range(CONFLICTS_BORNE):
            if ensure_lease:
                ensure_lease()
            was_known, now = known is not None, known or _Known(*self.store.read())
            known, record, ref = None, now.record, self.ref
            if decided_by and record is None:
                raise Gone(
                    "it was deleted meanwhile",
                    where=f"release record of {ref}",
                    next_step="Nothing more is done to the release: adopt it, for Headway to go on with it.",
                )
            before = record or transitions.begun(ref.application, ref.environment, ref.release)
            after = transition(before)
            if after == record:
                if was_known:
                    # Nothing is written that would say whether it is so yet.
                    continue
                return after
            if record is None:
                self.made_key()
            try:
                self._known = _Known(after, self.store.write(after, now.version))
            except Conflict:
                continue
            self._written, self.has_written = (self._known, elapsing()), True
            for entry in audit.added(before, after):
                self._tell(entry)
            return after
        raise Conflict(
            "others write it again and again",
            where=f"release record of {self.ref}",
            next_step="It is tried again.",
        )

    def observe(self, look: Look) -> Seen:
        """One look, which writes nothing. An API server that does not answer is an observation, not an error.

        Going back needs neither the chart repository, nor what feeds this environment, nor the newest package: what is
        wrong there is the trouble, and leaves unknown what is desired. It is raised where it is an error of the input, nothing
        is to be repaired, and nothing was done yet.
        """
        self.last_seen = self._look(look)
        return self.last_seen

    def _look(self, look: Look) -> Seen:
        now, self.compared = datetime.now(UTC), None
        try:
            seen = self._observe(now, look)
            if self._remembers and not isinstance(_action(seen.observation), _LEAVES_IT_ALONE):
                # What others have done to it meanwhile is not gone over.
                seen = self._observe(now, look)
        except Unreachable as error:
            unknown = Observation(now=now, desired=None, reachable=False, trouble=str(error), ref=self.ref)
            return Seen(unknown, None)
        if (
            look in _SEES_DRIFT
            and state.name(seen.observation) in (State.IN_SYNC, State.HELD)
            and seen.deployed
        ):
            return replace(seen, observation=_drifted(seen.observation, self._drift(seen.deployed, look)))
        return seen if look is Look.WAY_BACK else self._with_images(seen)

    def _drift(self, deployed: StoredRevision, look: Look) -> tuple[drift.Difference, ...]:
        """Where this run has released, what cannot be compared is left to the next look, which says it."""
        try:
            self.compared = self.helm.compared(deployed)
        except HeadwayError:
            if look is Look.AFTERWARDS:
                return ()
            raise
        return tuple(each for found in self.compared for each in found.differences)

    def _with_images(self, seen: Seen) -> Seen:
        """Registries are asked about what would be brought in now, before anything is, and about nothing else."""
        observation, unknown = seen.observation, seen.observation.images_unknown
        action = _action(observation)
        if isinstance(action, RollBack) and not isinstance(action.target, Uninstall):
            found = self.images_of_target(action.target, seen)
            observation = replace(observation, target_images_trouble=image_digests.refusal(found))
            unknown += image_digests.unknown(found)
            action = _action(observation)
        if isinstance(action, Install | Upgrade) and seen.content:
            found = self._images.of(seen.content)
            observation = replace(observation, desired_images_trouble=image_digests.refusal(found))
            unknown += image_digests.unknown(found)
        return replace(seen, observation=replace(observation, images_unknown=unknown))

    def images_of_target(self, target: ToRevision | ToPackage, seen: Seen) -> tuple[Difference, ...]:
        """Of the images that going back there would bring."""
        return self._images.of_target(target, seen.history, self.content_of)

    @property
    def _images(self) -> ReleaseImages:
        return ReleaseImages(self.environment_name, self.workspace.image_digests)

    def _observe(self, now: datetime, look: Look) -> Seen:
        known, history = self._record_and_history(look)
        record, self.read_as = known.record, known.version
        observation = Observation(
            now=now,
            desired=None,
            record=record,
            revisions=tuple(each.summary for each in history),
            # By a policy that is seen only: what was last seen may have been changed or frozen since.
            corrects_drift=self.environment.drift == "correct" and self.workspace.stale is None,
            policy_freeze=self._policy_freeze,
            may_unlock=self._may_unlock(history, look),
            adopt=look is Look.ADOPTION,
            ref=self.ref,
        )
        try:
            return self._with_desired(observation, history, look)
        except HeadwayError as error:
            goes_back = look is Look.WAY_BACK or (record is not None and record.hold is not None)
            without = replace(
                observation, why_desired=str(error), trouble=str(error), desired_unknown=not goes_back
            )
            is_bad_input = isinstance(error, Terminal) and look is not Look.AFTERWARDS
            if is_bad_input and state.name(without) is State.UNKNOWN:
                raise
            return Seen(without, None, history)

    def _record_and_history(self, look: Look) -> tuple[_Known, tuple[StoredRevision, ...]]:
        """After an action, as this run left them a moment ago. That is taken once: whoever is told to look again reads both."""
        written, self._written = self._written, None
        storage, follows = self.helm.storage, look is Look.AFTERWARDS
        self._remembers = bool(follows and written and elapsing() - written[1] <= JUST_NOW)
        self._known = written[0] if written and self._remembers else _Known(*self.store.read())
        return self._known, storage.just_listed(JUST_NOW if self._remembers else 0.0)

    @property
    def _policy_freeze(self) -> str:
        file = self.workspace.policy_file
        return f"the environment is frozen in {file}" if self.environment.frozen else ""

    def _may_unlock(self, history: tuple[StoredRevision, ...], look: Look) -> bool:
        """Whoever holds the lease may; who does not, may have it done where nobody holds it."""
        if look in _HOLDS_LEASE or not history or history[0].status not in PENDING:
            return True
        return not self.lease.is_held()

    def _with_desired(
        self, observation: Observation, history: tuple[StoredRevision, ...], look: Look
    ) -> Seen:
        """Whether there is something to do is known without package and keys, where the record knows the package."""
        if self.workspace.stale:
            raise self.workspace.stale
        entries = self._entries()
        rejected = self.workspace.rejected_upstream(self.environment_name, observation.record)
        constraint = self.environment.charts_constraint
        wanted = desired.desired(entries, observation.record, constraint, rejected, self._shown)
        with_wanted = replace(
            observation, desired=wanted.entry, why_desired=wanted.why, index_trouble=wanted.index_trouble
        )
        if wanted.entry is None:
            return Seen(with_wanted, None, history)
        if look is Look.DELIVERY and (known := self._recorded_values(wanted.entry, observation.record)):
            as_recorded = replace(with_wanted, values_digest=known)
            if isinstance(_action(as_recorded), Nothing | Wait):
                return Seen(as_recorded, None, history)
        content = self.read(wanted.entry)
        digest = self._values_digest(content, observation.record)
        return Seen(replace(with_wanted, values_digest=digest), content, history)

    def _entries(self) -> list[ChartEntry]:
        """As they were a moment ago where record and history are taken so too."""
        offered = self._offered
        if offered and self._remembers and elapsing() - offered[1] <= JUST_NOW:
            return offered[0]
        asked = elapsing()
        repository = self.workspace.chart_repository(self.environment_name)
        entries = repository.entries(self.workspace.chart_name)
        self._offered = entries, asked
        return entries

    def _recorded_values(self, entry: ChartEntry, record: ReleaseRecord | None) -> str:
        """The digest that the record has of the values in this very package; empty where others come from elsewhere."""
        return recorded_values(record, entry.digest) if record and self.workspace.values_are_packaged else ""

    def _values_digest(self, content: ReleaseContent, record: ReleaseRecord | None) -> str:
        """Where somebody deleted the key, what was recorded of the same package: it brings the same values."""
        key = self.key()
        known = recorded_values(record, content.package.digest) if record and not key.stored else ""
        return known or content.values_digest(key.value)

    def key(self) -> HmacKey:
        """The stored key; before the first change one that lives as long as this object."""
        if self._key is None:
            self._key = hmac_key.find(self.cluster, self.namespace, self.ref.release)
        return self._key or self._stand_in

    def made_key(self) -> HmacKey:
        """The stored key, made at the first change with the namespace it lies in: what is recorded is digested with it."""
        if self._key is None:
            self._key = hmac_key.make(self.cluster, self.namespace, self.ref.release)
        return self._key

    def read(self, entry: ChartEntry) -> ReleaseContent:
        """Content of a package of this environment's repository, as this environment is given it; read once."""
        if entry.digest not in self._contents:
            data = self.workspace.package(self.environment_name, entry)
            where = f"{entry.name}-{entry.version}.tgz"
            content = self._content(data, where)
            if (content.package.name, content.package.version) != (entry.name, entry.version):
                raise Refused(
                    f"the package that is offered as {entry.name} {entry.version} is "
                    f"{content.package.name} {content.package.version}",
                    where=self.workspace.chart_repository(self.environment_name).url,
                    next_step="Find out who wrote the index; the package is not used.",
                )
            self._contents[entry.digest] = content
        return self._contents[entry.digest]

    def content_of(self, wanted: ReleaseFingerprint | Good) -> ReleaseContent:
        """Content of the very package that was released, also where the index does not offer it any more.

        A version that was withdrawn or pruned is still there under its name. BadInput where that package is gone, was
        never in this repository (the release was adopted), or cannot be read; Refused where its bytes were changed.
        """
        repository = self.workspace.chart_repository(self.environment_name)
        name = self.workspace.chart_name
        offered = repository.entries(name)
        entry = next((each for each in offered if each.digest == wanted.chart_digest), None)
        if entry:
            return self.read(entry)
        stored = repository.stored(name, wanted.version)
        if stored is None or stored.package.digest != wanted.chart_digest:
            raise BadInput(
                f"no package of {name} {wanted.version} has the digest {wanted.chart_digest}",
                where=repository.url,
                next_step="Publish that package again, or release another version.",
            )
        return self._content(stored.package.data, stored.package.file_name)

    def _content(self, data: bytes, where: str) -> ReleaseContent:
        content = self.workspace.content(data, self.environment_name, where)
        # Of whatever revision: what is secret now was secret then.
        self.helm.own_secrets |= content.own_secret_paths
        return content
