"""What is in one revision of a release, as people read it: where it comes from, what it holds, how it went."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from headway.decide.review import history_table
from headway.decide.review.declared_tests import DeclaredTest
from headway.decide.review.history_table import short
from headway.decide.review.status_table import age
from headway.formats.manifests import Key
from headway.model.release_history import HistoryEntry, HistoryImage


@dataclass(frozen=True, slots=True)
class RevisionContent:
    """What only Helm's storage tells of it."""

    objects: tuple[Key, ...] = ()
    tests: tuple[DeclaredTest, ...] = ()
    """Of the charts and of headway.yaml."""
    values: tuple[str, ...] = ()
    """Paths of what was given beside the chart's own values, never what stands there."""
    unread_tests: str = ""
    """Why it is not known which Jobs headway.yaml declares."""


def rows(entry: HistoryEntry, content: RevisionContent | None, now: datetime) -> list[tuple[str, str]]:
    """Titles first; what is not known says so, or is left out."""
    said = [
        ("revision", str(entry.revision) if entry.revision else "none: it left none, or was uninstalled"),
        ("chart", f"{entry.chart} {entry.version}".strip()),
        ("package", entry.chart_digest or "not known"),
        ("what", entry.kind),
        ("ended", history_table.ended(entry)),
        ("when", _when(entry, now)),
        ("tested", _tested(entry, now)),
        ("by", entry.by or "not known"),
        ("why", history_table.why(entry) or "-"),
        ("run", entry.run),
        ("commit", _commit(entry)),
        *(("service chart", f"{each.name} {each.version}") for each in entry.charts),
        *(("image", image(each)) for each in entry.images),
    ]
    if content:
        said += [
            ("objects", _counted(content.objects)),
            *(("test", str(each)) for each in content.tests),
            ("tests", _tests(content)),
            ("values", ", ".join(content.values) or "those of the package alone"),
        ]
    else:
        said.append(("objects", "not known: Helm has forgotten this revision"))
    return [("WHAT", "SAYS"), *((name, " ".join(text.split())) for name, text in said if text)]


def _tested(entry: HistoryEntry, now: datetime) -> str:
    """When its content first passed, as long as the record keeps that by this revision; afterwards, when this one passed."""
    passed = entry.tested_at or (entry.ended_at if entry.passed else None)
    return f"{age(passed, now)} ago" if passed else "not known to have passed"


def image(each: HistoryImage) -> str:
    """Such as "registry.example.com/cart:main-1a2b3c4, digest 0123456789ab, commit 1a2b3c4, chart cart 1.2.0"."""
    parts = [
        each.reference,
        f"digest {short(each.digest)}" if each.digest and each.tag else "",
        f"commit {each.commit[:12]}" if each.commit else "commit not known",
        f"chart {each.chart} {each.chart_version}".strip() if each.chart else "",
    ]
    return ", ".join(filter(None, parts))


def values(entry: HistoryEntry, content: RevisionContent | None) -> dict[str, Any]:
    """The same for programs; `objects` is None where Helm has forgotten the revision."""
    found = history_table.values(entry)
    if content is None:
        return {**found, "objects": None}
    return {**found, **asdict(content), "objects": [each._asdict() for each in content.objects]}


def _when(entry: HistoryEntry, now: datetime) -> str:
    if entry.at is None:
        return "not known"
    took = f", took {history_table.took(entry.seconds)}" if entry.seconds is not None else ""
    return f"{entry.at:%Y-%m-%dT%H:%M:%SZ}, {age(entry.at, now)} ago{took}"


def _commit(entry: HistoryEntry) -> str:
    if not entry.commit:
        return "not known: Headway did not make its package"
    made = f", of {entry.committed_at:%Y-%m-%dT%H:%M:%SZ}" if entry.committed_at else ""
    return f"{entry.commit}{made}, in {entry.source}" if entry.source else entry.commit + made


def _tests(content: RevisionContent) -> str:
    """Empty where there is nothing to say beside each of them."""
    if content.unread_tests:
        return f"which Jobs headway.yaml declares is not known: {content.unread_tests}"
    return "" if content.tests else "none: the chart has none, and headway.yaml declares none"


def _counted(objects: Sequence[Key]) -> str:
    kinds: Iterable[tuple[str, int]] = sorted(Counter(each.kind for each in objects).items())
    return f"{len(objects)}: {', '.join(f'{count} {kind}' for kind, count in kinds)}" if objects else "none"
