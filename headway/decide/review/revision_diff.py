"""What lies between two revisions of an application, in one environment or in two: version, commits, images, charts, values and
objects. Secrets are told only as changed.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from headway.decide.review.redaction import Redaction
from headway.formats import chart_version, manifests
from headway.formats.manifests import Key, Resource
from headway.model.charts import ChartEntry
from headway.model.release_history import HistoryEntry, HistoryImage, ServiceChart

CommitsBetween = Callable[[str, str], Sequence[str]]
"""Of two commits: a line for each that the second one holds and the first does not; none where no clone knows both."""
GIVEN = "values"
"""How what was given beside the chart's own values is called among objects."""
_GIVEN = Key("", "values", "", "given")
_CHART_LABEL = "helm.sh/chart"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two."""

    label: str
    """Such as "revision 13" or "testing"."""
    entry: HistoryEntry
    namespace: str = ""
    resources: tuple[Resource, ...] | None = field(default=None, repr=False)
    """With hooks; None where Helm has forgotten it."""
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """That were given beside the chart's own; what is secret of them is marked already."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing on both sides; empty where it is not there, or not known."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class VersionBetween:
    """One version that the chart repository offers between the two."""

    version: str
    published: datetime
    commit: str
    """Of the application's repository; empty where its index entry names none."""


@dataclass(frozen=True, slots=True)
class ObjectChange:
    name: str
    """Such as Deployment/cart; or GIVEN."""
    kind: Literal["added", "changed", "removed"]
    diff: tuple[str, ...] = ()
    """Lines of a unified diff; none for an object that is there on one side alone: of what was GIVEN there alone, all of it."""


@dataclass(frozen=True, slots=True)
class RevisionDiff:
    before: str
    after: str
    steps: tuple[Step, ...] = ()
    """Version, package, commits, images and charts that differ."""
    versions: tuple[VersionBetween, ...] = ()
    """Between the two, the newest first."""
    commits: tuple[str, ...] = ()
    """A line for each commit that the later side has and the earlier one has not, newest first in each repository; or the other
    way round, begun with "without"."""
    objects: tuple[ObjectChange, ...] = ()
    unknown: tuple[str, ...] = ()
    """What could not be compared; one sentence each."""

    @property
    def is_empty(self) -> bool:
        return not self.steps and not self.objects


def compare(
    before: Side,
    after: Side,
    hidden: Redaction,
    offered: Sequence[ChartEntry] | None = None,
    between: CommitsBetween = lambda _, __: (),
) -> RevisionDiff:
    """`hidden` knows the secrets of both. `offered`: versions of the application's chart; None where nobody could be asked."""
    one, other = before.entry, after.entry
    unknown = [
        f"{side.label}: its objects are not known, for Helm has forgotten it"
        for side in (before, after)
        if side.resources is None
    ]
    objects: tuple[ObjectChange, ...] = ()
    if before.resources is not None and after.resources is not None:
        objects = _objects(before, after, hidden)
    differs = one.version != other.version
    if differs and offered is None:
        unknown.append("which versions lie between is not known: the chart repository could not be read")
    return RevisionDiff(
        before.label,
        after.label,
        tuple(each for each in _steps(one, other) if each.before != each.after),
        versions_between(offered or (), one.version, other.version) if differs else (),
        _commits(one, other, between),
        objects,
        tuple(unknown),
    )


def versions_between(offered: Sequence[ChartEntry], one: str, other: str) -> tuple[VersionBetween, ...]:
    """Above the lower, up to the higher of the two."""
    low, high = sorted((one, other), key=chart_version.precedence)
    between = [
        each
        for each in offered
        if chart_version.is_above(each.version, low) and not chart_version.is_above(each.version, high)
    ]
    between.sort(key=lambda each: chart_version.precedence(each.version), reverse=True)
    return tuple(VersionBetween(each.version, each.created, each.commit) for each in between)


def _steps(one: HistoryEntry, other: HistoryEntry) -> Iterable[Step]:
    yield Step("version", one.version, other.version)
    yield Step("package", one.chart_digest, other.chart_digest)
    yield Step("commit", one.commit, other.commit)
    yield from _paired("service chart", one.charts, other.charts, _chart_name, lambda each: each.version)
    yield from _paired("image", one.images, other.images, _image_place, _image)


def _commits(one: HistoryEntry, other: HistoryEntry, between: CommitsBetween) -> tuple[str, ...]:
    """Of the application, and of each service whose image changed."""
    was = {each.repository: each.commit for each in one.images}
    pairs = [(one.commit, other.commit)]
    pairs += [(was.get(each.repository, ""), each.commit) for each in other.images]
    found: list[str] = []
    for old, new in dict.fromkeys(pairs):
        if old and new and old != new:
            found += between(old, new)
            found += [f"without {line}" for line in between(new, old)]
    return tuple(found)


def _paired(
    what: str,
    one: Iterable[Any],
    other: Iterable[Any],
    name: Callable[[Any], str],
    shown: Callable[[Any], str],
) -> Iterable[Step]:
    """By name; what stands several times under one name is told together."""
    old, new = _by_name(one, name, shown), _by_name(other, name, shown)
    for each in dict.fromkeys((*old, *new)):
        yield Step(f"{what} {each}", old.get(each, ""), new.get(each, ""))


def _by_name(found: Iterable[Any], name: Callable[[Any], str], shown: Callable[[Any], str]) -> dict[str, str]:
    by_name: dict[str, str] = {}
    for each in found:
        by_name[name(each)] = ", ".join(filter(None, (by_name.get(name(each), ""), shown(each))))
    return by_name


def _chart_name(chart: ServiceChart) -> str:
    return chart.name


def _image_place(image: HistoryImage) -> str:
    return image.repository


def _image(image: HistoryImage) -> str:
    said = image.tag or image.digest
    return f"{said} (commit {image.commit[:12]})" if image.commit and image.commit not in said else said


def _objects(before: Side, after: Side, hidden: Redaction) -> tuple[ObjectChange, ...]:
    old, new = _by_key(before), _by_key(after)
    found = [_change(_called(key), old.get(key), new.get(key), hidden) for key in dict.fromkeys((*new, *old))]
    return tuple(each for each in found if each)


def _called(key: Key) -> str:
    return GIVEN if key == _GIVEN else str(key)


def _by_key(side: Side) -> dict[Key, Resource]:
    """Objects of its own namespace are the same whatever that is called."""
    assert side.resources is not None
    resources = (*side.resources, Resource(_GIVEN, side.values)) if side.values else side.resources
    return {
        each.key._replace(namespace="") if each.key.namespace == side.namespace else each.key: each
        for each in resources
    }


def _change(name: str, old: Resource | None, new: Resource | None, hidden: Redaction) -> ObjectChange | None:
    shown = hidden.known.hide(name)
    if old is None or new is None:
        given = old or new
        lines = _lines(given, hidden) if given and given.key == _GIVEN else ()
        sign = "+" if old is None else "-"
        kind: Literal["added", "removed"] = "added" if old is None else "removed"
        return ObjectChange(shown, kind, tuple(f"{sign}{line}" for line in lines))
    if old.document == new.document:
        return None
    before, after = _lines(old, hidden), _lines(new, hidden)
    if before == after:
        return None
    return ObjectChange(shown, "changed", tuple(difflib.unified_diff(before, after, lineterm="", n=2))[2:])


def _lines(resource: Resource, hidden: Redaction) -> list[str]:
    """Without the namespace, which two environments never share; and without the label of its chart, which each version changes
    everywhere."""
    document = _unmarked(resource.document)
    metadata = document.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("namespace", None)
    return manifests.lines(hidden.document(resource, document))


def _unmarked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _unmarked(child) for name, child in value.items() if name != _CHART_LABEL}
    if isinstance(value, list):
        return [_unmarked(each) for each in value]
    return value
