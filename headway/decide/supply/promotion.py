"""Whether the last good version of one environment is due in the next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from headway.formats import chart_version
from headway.model.application import Environment, seconds
from headway.model.charts import ChartEntry
from headway.model.record import Good, Hold, ReleaseRecord


@dataclass(frozen=True, slots=True)
class Promotion:
    """The package to copy as it is, None where none is due; `why` is one sentence for people.

    `due_at` is the moment after which the same look would say yes, where only the soak time is missing.
    """

    entry: ChartEntry | None
    why: str
    due_at: datetime | None = None


def due(
    environment: Environment,
    *,
    upstream: ReleaseRecord | None,
    offered: Sequence[ChartEntry],
    here: ReleaseRecord | None,
    present: Sequence[ChartEntry],
    now: datetime,
    rejected_upstream: Collection[str],
    asked: str | None = None,
) -> Promotion:
    """Decides on the last good version of the environment that feeds this one.

    `offered` are the entries of the upstream repository, `present` of this one; `upstream` and `here` the
    two release records; `rejected_upstream` are digests with a rejection in any environment that feeds this one.
    `asked` is a version a person asks for: any good one, without waiting for the soak time. What a person went
    back from upstream (`not_above` of a hold, and all down to the held version) is not promoted.
    """
    good = _candidate(upstream, asked)
    if upstream is None or good is None:
        return Promotion(None, f"{asked or 'no version'} is good in {environment.after or 'upstream'}")
    version, digest = good.version, good.chart_digest
    if any(each.digest == digest for each in present):
        return Promotion(None, f"{version} is here already")
    if kept_back := _kept_back(environment, upstream, here, good, rejected_upstream):
        return Promotion(None, f"{version} is not promoted: {kept_back}")
    soaked = good.tested_at + timedelta(seconds=seconds(environment.soak) if environment.soak else 0)
    if asked is None and now < soaked:
        return Promotion(None, f"{version} has to be good for {environment.soak} first", soaked)
    entry = next((each for each in offered if each.digest == digest), None)
    if entry is None:
        return Promotion(
            None, f"{version} is good, but its package ({digest}) is not offered upstream any more"
        )
    if any(each.version == version for each in present):
        return Promotion(None, f"{version} is here with other content; it is never overwritten")
    return Promotion(entry, f"{version} is {'asked for' if asked else 'last good'} in {environment.after}")


def _candidate(upstream: ReleaseRecord | None, asked: str | None) -> Good | None:
    if upstream is None or asked is None:
        return upstream.last_good if upstream else None
    return next((each for each in upstream.good if each.version == asked), None)


def _kept_back(
    environment: Environment,
    upstream: ReleaseRecord,
    here: ReleaseRecord | None,
    good: Good,
    rejected_upstream: Collection[str],
) -> str | None:
    if environment.frozen:
        return "the environment is frozen in headway.yaml"
    if here and here.freeze:
        return f"the environment is frozen by {here.freeze.by}: {here.freeze.why}"
    if good.chart_digest in rejected_upstream:
        return "it is barred upstream"
    if here and here.rejects(good.chart_digest):
        return "it is barred here"
    if upstream.hold and _left_behind(upstream.hold, good.version):
        return f"{upstream.hold.by} went back from {upstream.hold.not_above} upstream: {upstream.hold.why}"
    if not chart_version.allows(environment.charts_constraint, good.version):
        return f"{environment.charts_constraint or 'the default constraint'} does not allow it here"
    return None


def _left_behind(hold: Hold, version: str) -> bool:
    return version != hold.version and not chart_version.is_above(version, hold.not_above)
