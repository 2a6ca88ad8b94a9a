"""Whether a good version of one environment is due in the next."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from headway.decide.release import rejected_inputs
from headway.formats import chart_version
from headway.model.application import Environment, seconds
from headway.model.charts import ChartEntry
from headway.model.record import Good, Hold, ReleaseRecord


@dataclass(frozen=True, slots=True)
class Promotion:
    """The package to copy as it is, None where none is due; `why` is one sentence for people."""

    entry: ChartEntry | None
    why: str


def rejected(records: Iterable[ReleaseRecord | None]) -> frozenset[str]:
    """Digests of the packages that any of the records rejects."""
    return frozenset(each.chart_digest for record in records if record for each in record.rejections)


def rejected_downstream(
    here: ReleaseRecord | None, upstream: Sequence[ReleaseRecord | None]
) -> frozenset[str]:
    """Digests of packages that are good upstream and hold a set of inputs that was rejected here. What a record upstream says
    against such a set, the package has answered there."""
    return frozenset(
        good.chart_digest
        for record in upstream
        for good in (record.good if record else ())
        if rejected_inputs.held(good.inputs, here)
    )


def due(
    environment: Environment,
    *,
    upstream: Sequence[ReleaseRecord | None],
    offered: Sequence[ChartEntry],
    here: ReleaseRecord | None,
    present: Sequence[ChartEntry],
    now: datetime,
    policy: str = "headway.yaml",
) -> Promotion:
    """Decides on the newest good version of the environment that feeds this one that has soaked.

    `offered` are the entries of the upstream repository, `present` of this one. `upstream` are the release records of
    all environments that feed this one, the nearest first, `here` is its own. What a person went back from upstream
    (`not_above` of a hold, and all down to the held version) is not promoted. `policy`: the file that it stands in.
    """
    nearest = upstream[0] if upstream else None
    if nearest is None or nearest.last_good is None:
        return Promotion(None, f"no version is good in {environment.after or 'upstream'}")
    newest = nearest.last_good
    soaked = next((each for each in _followed(nearest) if _has_soaked(environment, nearest, each, now)), None)
    good = soaked or newest
    unsoaked = f"{newest.version} has to be good for {environment.soak} first"
    waits = "" if good is newest else f"; {unsoaked}"
    version, digest = good.version, good.chart_digest
    if any(each.digest == digest for each in present):
        return Promotion(None, f"{version} is here already{waits}")
    frozen = f"the environment is frozen in {policy}" if environment.frozen else None
    if kept_back := frozen or _kept_back(environment, nearest.hold, rejected(upstream), here, good):
        return Promotion(None, f"{version} is not promoted: {kept_back}{waits}")
    if soaked is None:
        return Promotion(None, unsoaked)
    entry = next((each for each in offered if each.digest == digest), None)
    if entry is None:
        return Promotion(
            None, f"{version} is good, but its package ({digest}) is not offered upstream any more"
        )
    if any(each.version == version for each in present):
        return Promotion(None, f"{version} is here with other content; it is never overwritten")
    is_good = "is last good" if good is newest else f"has been good for {environment.soak}"
    return Promotion(entry, f"{version} {is_good} in {environment.after}{waits}")


def _followed(record: ReleaseRecord) -> list[Good]:
    """Last good, and the good versions that it came after, newest first; what it was gone back from is not among them."""
    newest, *older = record.good
    return [newest, *(each for each in older if not chart_version.is_above(each.version, newest.version))]


def _has_soaked(environment: Environment, record: ReleaseRecord, good: Good, now: datetime) -> bool:
    """Since the same package was first good: that its values changed, or that it was tested again, starts nothing anew."""
    since = min(each.tested_at for each in record.good if each.chart_digest == good.chart_digest)
    return now >= since + timedelta(seconds=seconds(environment.soak) if environment.soak else 0)


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
