"""A trace, for people and for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from headway.decide.review import history_table
from headway.decide.review.history_table import short
from headway.decide.review.status_table import age
from headway.decide.review.tracing import Published, Trace, Trail

_TITLES = ("WHERE", "NOW", "VERSION", "IMAGE", "CHART", "WHEN", "AS")
_WIDE = (
    "ENDED",
    "COMMIT",
    "IMAGE COMMIT",
    "CHART COMMIT",
    "IMAGE DIGEST",
    "PACKAGE",
    "RUN",
    "BY",
    "WHY",
)


def rows(trace: Trace, now: datetime, *, wide: bool = False) -> list[list[str]]:
    """Titles first; what is published and runs nowhere that is known comes last."""
    found = [_trail(each, now, wide=wide) for each in trace.trails]
    found += [_published(each, now, wide=wide) for each in _elsewhere(trace)]
    titles = [*_TITLES, *(_WIDE if wide else ())]
    return [titles, *([" ".join(cell.split()) or "-" for cell in row] for row in found)]


def _trail(each: Trail, now: datetime, *, wide: bool) -> list[str]:
    entry, image = each.entry, each.image
    place = f"{each.ref.application}/{each.ref.environment}"
    cells = [
        f"{place}/{entry.revision}" if entry.revision else place,
        "yes" if each.is_now else "no",
        entry.version,
        image.reference.rpartition("/")[2] if image else "",
        f"{image.chart} {image.chart_version}".strip() if image else "",
        age(entry.at, now),
        each.how,
    ]
    if wide:
        cells += [
            history_table.ended(entry),
            short(entry.commit),
            image.commit[:12] if image else "",
            short(each.chart_commit),
            short(image.digest) if image else "",
            short(entry.chart_digest),
            entry.run,
            entry.by,
            history_table.why(entry),
        ]
    return cells


def _published(each: Published, now: datetime, *, wide: bool) -> list[str]:
    cells = [each.repository, "no", "", "", f"{each.chart} {each.version}", age(each.created, now), each.how]
    if wide:
        cells += ["published", *[""] * 2, short(each.commit), *[""] * 5]
    return cells


def _elsewhere(trace: Trace) -> Sequence[Published]:
    """Packages that no trail tells of already."""
    told = {(each.entry.chart, each.entry.version) for each in trace.trails}
    told |= {
        (name, chart.version) for each in trace.trails for chart in each.entry.charts for name in chart.names
    }
    told |= {(each.image.chart, each.image.chart_version) for each in trace.trails if each.image}
    return [each for each in trace.published if (each.chart, each.version) not in told]


def names(trace: Trace) -> list[str]:
    """Revisions, each once."""
    found = (
        f"{each.ref.application}/{each.ref.environment}/{each.entry.revision}"
        for each in trace.trails
        if each.entry.revision
    )
    return list(dict.fromkeys(found))


def values(trace: Trace) -> dict[str, Any]:
    return {
        "what": trace.what,
        "trails": [_values(each) for each in trace.trails],
        "published": [
            {
                "repository": each.repository,
                "chart": each.chart,
                "version": each.version,
                "commit": each.commit,
                "created": each.created,
                "how": each.how,
            }
            for each in trace.published
        ],
        "unknown": list(trace.unknown),
    }


def _values(each: Trail) -> dict[str, Any]:
    entry, image = each.entry, each.image
    return {
        "application": each.ref.application,
        "environment": each.ref.environment,
        "release": each.ref.release,
        "now": each.is_now,
        "how": each.how,
        "revision": entry.revision,
        "version": entry.version,
        "package": entry.chart_digest,
        "commit": entry.commit,
        "source": entry.source,
        "image": image.reference if image else "",
        "image_digest": image.digest if image else "",
        "image_commit": image.commit if image else "",
        "chart": image.chart if image else "",
        "chart_version": image.chart_version if image else "",
        "chart_commit": each.chart_commit,
        "at": entry.at,
        "ended": history_table.ended(entry),
        "by": entry.by,
        "why": history_table.why(entry),
        "run": entry.run,
    }
