"""Whether a good version of one environment is due in the next."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from headway.decide.release import advice, desired, rejected_inputs
from headway.errors import BadInput, Refused
from headway.formats import chart_version
from headway.model.charts import ChartEntry
from headway.model.environment import Environment
from headway.model.field_types import seconds
from headway.model.record import Good, Hold, ReleaseRecord
from headway.model.release_ref import ReleaseRef

NEWEST = "newest"
"""In the place of a version: last good upstream."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """The package to copy as it is, None where none is due; `why` is one sentence for people."""

    entry: ChartEntry | None
    why: str
    version: str = ""
    """That a person asked for, as `digest`; empty where nobody did."""
    digest: str = ""
    is_kept_back: bool = False
    """By a freeze, a hold, a rejection or a constraint: it is not merely here already, or not good yet."""


@dataclass(frozen=True, slots=True)
class Soaking:
    """A version that is good upstream, and comes at `until`."""

    version: str
    soak: str
    upstream: str
    until: datetime

    @property
    def in_words(self) -> str:
        return (
            f"{self.version} has to be good for {self.soak} in {self.upstream} first, which it is at "
            f"{self.until:%H:%M:%S} UTC of {self.until:%Y-%m-%d}"
        )


def rejected(records: Iterable[ReleaseRecord | None]) -> frozenset[str]:
    """Digests of the packages that any of the records rejects."""
    return frozenset(each.chart_digest for record in records if record for each in record.rejections)


def rejected_downstream(
    here: ReleaseRecord | None, upstream: Sequence[ReleaseRecord | None]
) -> frozenset[str]:
    """Digests of packages that are good upstream, and hold a set of inputs that was rejected here. Sets that were rejected
    upstream do not count: being good there, the package has answered that."""
    return frozenset(
        good.chart_digest
        for record in upstream
        for good in (record.good if record else ())
        if rejected_inputs.held(good.inputs, here)
    )


@dataclass(frozen=True, slots=True)
class Observed:
    """What speaks for and against a promotion into an environment."""

    upstream_records: Sequence[ReleaseRecord | None]
    """Of all environments that feed this one, the nearest first."""
    upstream_charts: Sequence[ChartEntry]
    """What the repository of the nearest one offers."""
    own_record: ReleaseRecord | None
    own_charts: Sequence[ChartEntry]
    """What the environment's own repository offers."""
    now: datetime
    policy_file: str = "headway.yaml"

    @property
    def nearest(self) -> ReleaseRecord | None:
        return self.upstream_records[0] if self.upstream_records else None

    def is_here(self, good: Good) -> bool:
        return any(each.digest == good.chart_digest for each in self.own_charts)


def due(environment: Environment, observed: Observed) -> Promotion:
    """Whether the newest version is due that is good in the environment before this one, and has been for as long as `soak` says.

    What a person went back from there (`not_above` of a hold, and all down to the held version) is not promoted.
    """
    nearest = observed.nearest
    if nearest is None or nearest.last_good is None:
        return Promotion(None, f"no version is good in {environment.after or 'upstream'}")
    newest = nearest.last_good
    soaked = next(
        (each for each in _followed(nearest) if _has_soaked(environment, nearest, each, observed.now)), None
    )
    good = soaked or newest
    unsoaked = _unsoaked(environment, newest)
    waits = "" if good is newest else f"; {unsoaked}"
    if observed.is_here(good):
        here = max((each.version for each in observed.own_charts), key=chart_version.precedence)
        return Promotion(None, f"{here if waits else good.version} is here already{waits}")
    if against := _against(environment, observed, nearest, good):
        return Promotion(None, f"{against}{waits}", is_kept_back=True)
    if soaked is None:
        return Promotion(None, unsoaked)
    entry, why = _offered(observed, good)
    if entry is None:
        return Promotion(None, why)
    is_good = "is last good" if good is newest else f"has been good for {environment.soak}"
    return Promotion(entry, f"{good.version} {is_good} in {environment.after}{waits}")


def soaking(environment: Environment, observed: Observed) -> Soaking | None:
    """The last good version upstream, where it only has not been good for long enough yet; None for any other reason."""
    nearest = observed.nearest
    good = nearest.last_good if nearest else None
    if nearest is None or good is None or environment.after is None:
        return None
    if observed.is_here(good) or _against(environment, observed, nearest, good):
        return None
    until = _soaked_at(environment, nearest, good)
    return (
        Soaking(good.version, environment.soak or "", environment.after, until)
        if observed.now < until
        else None
    )


def asked(environment: Environment, version: str, observed: Observed, ref: ReleaseRef) -> Promotion:
    """What a person asks to be brought here: `version`, or NEWEST for last good upstream; no entry where it is here already.

    What keeps a version back from `due` keeps it back from them: they choose when, and which of the good ones. Raises BadInput
    where nothing leads here, and Refused for what is not good upstream, is kept back, or would not be released once it is here.
    """
    where = f"{ref.application} in {ref.environment}"
    if environment.after is None:
        raise BadInput(
            f"no environment comes before {ref.environment}: its versions come by a delivery",
            where=where,
            next_step=f"headway deliver {ref.application}",
        )
    nearest = observed.nearest
    goods = {each.version: each for each in reversed(nearest.good)} if nearest else {}
    good = nearest.last_good if nearest and version == NEWEST else goods.get(version)
    if nearest is None or good is None:
        names = ", ".join(reversed(goods))
        tested = "no version has passed" if version == NEWEST else f"{version} has not passed"
        raise Refused(
            f"{tested} its tests in {environment.after}",
            where=where,
            next_step=f"Name one that has: {names}."
            if names
            else f"{advice.status(ref)} shows what runs there.",
        )
    entry, why = None, f"{good.version} is here already"
    if not observed.is_here(good):
        entry, why = _not_kept_back(environment, observed, nearest, good, where, ref)
    offered = [*observed.own_charts, *([entry] if entry else [])]
    barred = rejected(observed.upstream_records) | rejected_downstream(
        observed.own_record, observed.upstream_records
    )
    wanted = desired.desired(offered, observed.own_record, environment.charts_constraint, barred)
    if wanted.entry is None or wanted.entry.digest != good.chart_digest:
        raise Refused(
            f"{good.version} would not be released: {wanted.why}",
            where=where,
            next_step=f"{advice.explain(ref)} says who must act; headway roll-back goes back to what was good there.",
        )
    return Promotion(entry, why, good.version, good.chart_digest)


def _not_kept_back(
    environment: Environment,
    observed: Observed,
    nearest: ReleaseRecord,
    good: Good,
    where: str,
    ref: ReleaseRef,
) -> tuple[ChartEntry, str]:
    """The package to copy, and why it may be. Raises Refused where anything keeps it back."""
    against = _against(environment, observed, nearest, good)
    if not against and good not in _followed(nearest):
        against = f"{good.version} is not promoted: {environment.after} went back from it"
    if not against and not _has_soaked(environment, nearest, good, observed.now):
        against = _unsoaked(environment, good)
    entry, why = (None, against) if against else _offered(observed, good)
    if entry is None:
        raise Refused(
            why, where=where, next_step=f"{advice.explain(ref)} says what stands there, and who must act."
        )
    return entry, f"{good.version} is good in {environment.after}"


def _unsoaked(environment: Environment, good: Good) -> str:
    return f"{good.version} has to be good for {environment.soak} first"


def _against(environment: Environment, observed: Observed, nearest: ReleaseRecord, good: Good) -> str:
    """Empty where nothing is."""
    frozen = f"the environment is frozen in {observed.policy_file}" if environment.frozen else None
    why = frozen or _kept_back(
        environment, nearest.hold, rejected(observed.upstream_records), observed.own_record, good
    )
    return f"{good.version} is not promoted: {why}" if why else ""


def _offered(observed: Observed, good: Good) -> tuple[ChartEntry | None, str]:
    """The package to copy; or why it cannot be."""
    version, digest = good.version, good.chart_digest
    entry = next((each for each in observed.upstream_charts if each.digest == digest), None)
    if entry is None:
        return None, f"{version} is good, but its package ({digest}) is not offered upstream any more"
    if any(each.version == version for each in observed.own_charts):
        return None, f"{version} is here with other content; it is never overwritten"
    return entry, ""


def _followed(record: ReleaseRecord) -> list[Good]:
    """Last good, and the good versions that it came after, newest first; what it was gone back from is not among them."""
    newest, *older = record.good
    return [newest, *(each for each in older if not chart_version.is_above(each.version, newest.version))]


def _has_soaked(environment: Environment, record: ReleaseRecord, good: Good, now: datetime) -> bool:
    return now >= _soaked_at(environment, record, good)


def _soaked_at(environment: Environment, record: ReleaseRecord, good: Good) -> datetime:
    """Since the same package was first good: that its values changed, or that it was tested again, starts nothing anew."""
    since = min(each.tested_at for each in record.good if each.chart_digest == good.chart_digest)
    return since + timedelta(seconds=seconds(environment.soak) if environment.soak else 0)


def _kept_back(
    environment: Environment,
    hold: Hold | None,
    rejected_upstream: Collection[str],
    here: ReleaseRecord | None,
    good: Good,
) -> str | None:
    if here and here.freeze:
        return f"the environment is frozen by {here.freeze.by}: {here.freeze.why}"
    if good.chart_digest in rejected_upstream:
        return "it is barred upstream"
    if here and here.rejects(good.chart_digest):
        return "it is barred here"
    if hold and _left_behind(hold, good.version):
        return f"{hold.by} went back from {hold.not_above} upstream: {hold.why}"
    if why := rejected_inputs.held(good.inputs, here):
        return why
    if not chart_version.allows(environment.charts_constraint, good.version):
        return f"{environment.charts_constraint or 'the default constraint'} does not allow it here"
    return None


def _left_behind(hold: Hold, version: str) -> bool:
    return version != hold.version and not chart_version.is_above(version, hold.not_above)
