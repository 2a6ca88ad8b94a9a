"""Whether a version of the branch is due in an environment that keeps tags of its own and comes after no other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from headway.decide.release import rejected_inputs
from headway.decide.supply.promotion import Promotion
from headway.formats import chart_version
from headway.model.charts import ChartEntry
from headway.model.environment import Environment
from headway.model.record import ReleaseRecord


@dataclass(frozen=True, slots=True)
class Offered:
    """The newest version that was made of the branch, as this environment sees it."""

    entry: ChartEntry
    seen_as: str
    """What it is to the environment: equal for versions that differ in other environments' values and tags alone."""
    inputs: tuple[str, ...]
    missing: Sequence[str] = ()
    """Keys of its images for which nothing is chosen here yet."""


@dataclass(frozen=True, slots=True)
class Here:
    record: ReleaseRecord | None
    present: Sequence[ChartEntry]
    """What its repository offers."""
    seen_as: Mapping[str, str] = field(default_factory=dict)
    """What each of `compared` is to the environment, by its digest."""
    policy_file: str = "headway.yaml"


def newest(entries: Sequence[ChartEntry]) -> ChartEntry | None:
    return max(entries, key=lambda each: chart_version.precedence(each.version), default=None)


def compared(present: Sequence[ChartEntry], record: ReleaseRecord | None) -> tuple[ChartEntry, ...]:
    """The newest of them, and where that is barred, the newest that is not: what stays where nothing else comes."""
    latest = newest(present)
    standing = newest([each for each in present if not (record and record.rejects(each.digest))])
    return tuple(each for each in dict.fromkeys((standing, latest)) if each)


def due(environment: Environment, offered: Offered, here: Here) -> Promotion:
    """Nothing upstream has to be good: the environment has the branch for its source, as the first one has."""
    entry, latest = offered.entry, newest(here.present)
    if any(each.digest == entry.digest for each in here.present):
        return Promotion(None, f"{entry.version} is here already")
    if latest and not chart_version.is_above(entry.version, latest.version):
        return Promotion(None, f"{entry.version} is not above {latest.version}, which is here")
    for each in compared(here.present, here.record):
        if offered.seen_as == here.seen_as[each.digest]:
            return Promotion(None, f"{entry.version} changes nothing here: {_stands(each, here.record)}")
    if against := _against(environment, offered, here):
        return Promotion(None, f"{entry.version} is not taken: {against}", is_kept_back=True)
    return Promotion(entry, f"{entry.version} is the newest version of the branch")


def _stands(entry: ChartEntry, record: ReleaseRecord | None) -> str:
    is_barred = record is not None and record.rejects(entry.digest)
    return f"it is {entry.version} once more, which is barred" if is_barred else f"{entry.version} stays"


def _against(environment: Environment, offered: Offered, here: Here) -> str:
    record = here.record
    if environment.frozen:
        return f"the environment is frozen in {here.policy_file}"
    if record and record.freeze:
        return f"the environment is frozen by {record.freeze.by}: {record.freeze.why}"
    if not chart_version.allows(environment.charts_constraint, offered.entry.version):
        return f"{environment.charts_constraint or 'the default constraint'} does not allow it here"
    return not_chosen(offered.missing) or rejected_inputs.held(offered.inputs, record)


def not_chosen(missing: Sequence[str]) -> str:
    """Empty where each image has a tag here."""
    return f"no image of {', '.join(missing)} is chosen here yet" if missing else ""
