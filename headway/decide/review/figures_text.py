"""The figures of deliveries, for people, for programs and for Prometheus."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from headway.decide.review.figures import Figures
from headway.decide.review.history_table import took
from headway.decide.review.stage_times import STAGES, Spread

TITLES = ("APPLICATION", "ENVIRONMENT", "DEPLOYMENTS", "LEAD TIME", "FAILED", "RESTORED IN")
WIDE = ("WAITED", "RELEASED IN", "DAYS")


def rows(every: Sequence[Figures], *, wide: bool = False) -> list[list[str]]:
    """Titles first."""
    return [[*TITLES, *(WIDE if wide else ())], *(_row(each, wide=wide) for each in every)]


def _row(each: Figures, *, wide: bool) -> list[str]:
    rate = each.failure_rate
    cells = [
        each.ref.application,
        _environment(each),
        f"{each.deployments} ({each.per_day:.2g}/day)",
        took(each.lead_seconds),
        "-" if rate is None else f"{each.failures} of {each.changes} ({rate:.0%})",
        took(each.restore_seconds),
    ]
    days = str((each.until - each.since).days)
    return [*cells, *((took(each.waited_seconds), took(each.released_seconds), days) if wide else ())]


STAGE_TITLES = ("APPLICATION", "ENVIRONMENT", "STAGE", "MEDIAN", "P90", "KNOWN OF")


def stage_rows(every: Sequence[Figures]) -> list[list[str]]:
    """Titles first, then a row for each stage of each environment that anything was deployed to."""
    return [
        [*STAGE_TITLES],
        *(
            [
                each.ref.application,
                _environment(each),
                spread.stage,
                _or_unknown(spread.median),
                _or_unknown(spread.p90),
                f"{spread.known} of {spread.deliveries}",
            ]
            for each in every
            for spread in each.stages
            if spread.deliveries
        ),
    ]


def stage_table(every: Sequence[Figures]) -> list[list[str]]:
    """The same with a column for each stage."""
    return [
        [*STAGE_TITLES[:2], *(each.upper() for each in STAGES)],
        *(
            [each.ref.application, _environment(each), *map(_cell, each.stages)]
            for each in every
            if any(spread.deliveries for spread in each.stages)
        ),
    ]


def _environment(each: Figures) -> str:
    """With the name of a release that is called otherwise than its application: there may be others."""
    ref = each.ref
    return ref.environment if ref.release == ref.application else f"{ref.environment} ({ref.release})"


def _cell(spread: Spread) -> str:
    if spread.median is None:
        return "not known"
    partly = "" if spread.known == spread.deliveries else f", known of {spread.known} of {spread.deliveries}"
    return f"{took(spread.median)}, p90 {took(spread.p90)}{partly}"


def _or_unknown(seconds: float | None) -> str:
    return "not known" if seconds is None else took(seconds)


def values(each: Figures) -> dict[str, Any]:
    return {
        "application": each.ref.application,
        "environment": each.ref.environment,
        "release": each.ref.release,
        "since": each.since,
        "until": each.until,
        "deployments": each.deployments,
        "deployments_per_day": round(each.per_day, 4),
        "changes": each.changes,
        "failures": each.failures,
        "change_failure_rate": each.failure_rate,
        "restored": each.restored,
        "lead_time_seconds": each.lead_seconds,
        "waited_seconds": each.waited_seconds,
        "released_seconds": each.released_seconds,
        "time_to_restore_seconds": each.restore_seconds,
        "stages": [asdict(stage) for stage in each.stages],
        "trend": [{**asdict(part), "change_failure_rate": part.failure_rate} for part in each.trend],
    }


_METRICS: tuple[tuple[str, str, Callable[[Figures], float | None]], ...] = (
    ("deployments", "Changes brought in within the window.", lambda f: f.deployments),
    ("changes", "Changes tried within the window.", lambda f: f.changes),
    ("failed_changes", "Changes of the window that were gone back from.", lambda f: f.failures),
    ("change_failure_ratio", "Failed changes among all, between 0 and 1.", lambda f: f.failure_rate),
    ("lead_time_seconds", "Median from commit to tested.", lambda f: f.lead_seconds),
    (
        "release_wait_seconds",
        "Median from commit to the beginning of its release.",
        lambda f: f.waited_seconds,
    ),
    ("release_seconds", "Median from the beginning of a release to tested.", lambda f: f.released_seconds),
    (
        "time_to_restore_seconds",
        "Median from a failure to what passes its tests again.",
        lambda f: f.restore_seconds,
    ),
    ("window_seconds", "What the other figures look back on.", lambda f: (f.until - f.since).total_seconds()),
)


def prometheus(every: Sequence[Figures]) -> str:
    """Gauges in the text format, 0.0.4; what is not known is left out.

    https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    """
    return "".join(_metric(name, said, value, every) for name, said, value in _METRICS) + _stages(every)


def _stages(every: Sequence[Figures]) -> str:
    """A gauge, and no summary: what lies before the window has gone out of it again."""
    seconds, known = [], []
    for each in every:
        for spread in each.stages:
            labels = f'{_labels(each)},stage="{spread.stage}"'
            if spread.deliveries:
                known.append(f"headway_stage_known_deliveries{{{labels}}} {spread.known}")
            for quantile, found in (("0.5", spread.median), ("0.9", spread.p90)):
                if found is not None:
                    seconds.append(
                        f'headway_stage_seconds{{{labels},quantile="{quantile}"}} {float(found):g}'
                    )
    return _block("stage_seconds", "Median and p90 of each stage of a delivery.", seconds) + _block(
        "stage_known_deliveries", "Deliveries of which a stage's time is known.", known
    )


def _metric(name: str, said: str, value: Callable[[Figures], float | None], every: Iterable[Figures]) -> str:
    lines = [
        f"headway_{name}{{{_labels(each)}}} {float(found):g}"
        for each in every
        if (found := value(each)) is not None
    ]
    return _block(name, said, lines)


def _block(name: str, said: str, lines: Sequence[str]) -> str:
    head = [f"# HELP headway_{name} {said}", f"# TYPE headway_{name} gauge"]
    return "".join(f"{line}\n" for line in (*head, *lines)) if lines else ""


def _labels(each: Figures) -> str:
    ref = each.ref
    pairs = (("application", ref.application), ("environment", ref.environment), ("release", ref.release))
    return ",".join(f'{name}="{_escaped(text)}"' for name, text in pairs)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
