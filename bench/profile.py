"""What each phase of a delivery waits for, by system: medians of several rounds, as a table and as a chart."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from statistics import median
from urllib.parse import urlsplit

from bench.spans import PREFECT, SYSTEMS, Span, waited

Window = tuple[str, float, float]
"""A phase, and when it began and ended, of the monotonic clock. One inside another is taken out of it."""

_VARIABLE = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/name)/[^/]+|(?<=/slug)/[^/]+")
COLOURS = ("#4e79a7", "#f28e2b", "#76b7b2", "#e15759", "#59a14f", "#edc948", "#b07aa1", "#bab0ac")
WIDTH, LEFT, ROW, TOP = 900, 190, 26, 40


@dataclass(frozen=True, slots=True)
class Profile:
    """Of one delivery."""

    seconds: Mapping[str, Mapping[str, float]]
    """By phase and system; see `waited`."""
    asked: Mapping[str, int]
    """Processes and requests, by system."""
    of_prefect: Mapping[str, int] = field(default_factory=dict)
    """Requests to Prefect's API, by method and path, with those of the run's own states and logs."""


def of(spans: Sequence[Span], windows: Sequence[Window]) -> Profile:
    seconds: dict[str, Counter[str]] = {}
    for name, begin, end in windows:
        own = Counter(waited(spans, begin, end))
        for _, inner_begin, inner_end in windows:
            if begin <= inner_begin and inner_end <= end and (begin, end) != (inner_begin, inner_end):
                own.subtract(waited(spans, inner_begin, inner_end))
        seconds[name] = seconds.get(name, Counter()) + own
    first, last = min(begin for _, begin, _ in windows), max(end for *_, end in windows)
    asked = Counter(each.system for each in spans if first <= each.begin < last)
    return Profile(seconds, asked, Counter(_kind(each.what) for each in spans if each.system == PREFECT))


def table(profiles: Sequence[Profile]) -> str:
    """Markdown: medians, seconds, and how many processes were started and requests sent."""
    seconds = _medians(profiles)
    lines = [f"| waits for | {' | '.join(SYSTEMS)} |", f"| --- |{' ---: |' * len(SYSTEMS)}"]
    for phase, of_systems in seconds.items():
        cells = (f"{of_systems[each]:.2f}" if of_systems[each] >= 0.005 else "" for each in SYSTEMS)
        lines.append(f"| {phase} | {' | '.join(cells)} |")
    asked = (str(round(median(each.asked.get(system, 0) for each in profiles)) or "") for system in SYSTEMS)
    return "\n".join([*lines, f"| processes, requests | {' | '.join(asked)} |"])


def prefect_table(profiles: Sequence[Profile]) -> str:
    """Markdown: how often Prefect's API is asked for what in one delivery."""
    kinds = sorted({kind for each in profiles for kind in each.of_prefect})
    counts = {kind: round(median(each.of_prefect.get(kind, 0) for each in profiles)) for kind in kinds}
    lines = [f"| `{kind}` | {count} |" for kind, count in counts.items() if count]
    return "\n".join(
        ["| Prefect is asked | times |", "| --- | ---: |", *lines, f"| in all | {sum(counts.values())} |"]
    )


def _kind(request: str) -> str:
    method, _, url = request.partition(" ")
    return f"{method} {_VARIABLE.sub('/...', urlsplit(url).path.rstrip('/'))}"


def chart(title: str, profiles: Sequence[Profile]) -> str:
    """SVG: a bar for each phase, in the colours of the systems that it waits for."""
    seconds = _medians(profiles)
    longest = max(sum(each.values()) for each in seconds.values())
    scale = (WIDTH - LEFT - 70) / longest
    bars = "".join(
        _bar(phase, each, TOP + ROW * number, scale) for number, (phase, each) in enumerate(seconds.items())
    )
    height = TOP + ROW * len(seconds) + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>{_legend()}{bars}</svg>\n'
    )


def _medians(profiles: Sequence[Profile]) -> dict[str, dict[str, float]]:
    phases = dict.fromkeys(phase for each in profiles for phase in each.seconds)
    return {
        phase: {
            system: median(each.seconds.get(phase, {}).get(system, 0.0) for each in profiles)
            for system in SYSTEMS
        }
        for phase in phases
    }


def _legend() -> str:
    return "".join(
        f'<rect x="{LEFT + 86 * number}" y="10" width="12" height="12" fill="{colour}"/>'
        f'<text x="{LEFT + 86 * number + 16}" y="20">{escape(system)}</text>'
        for number, (system, colour) in enumerate(zip(SYSTEMS, COLOURS, strict=True))
    )


def _bar(phase: str, seconds: Mapping[str, float], top: int, scale: float) -> str:
    parts = [f'<text x="{LEFT - 8}" y="{top + 14}" text-anchor="end">{escape(phase)}</text>']
    at = float(LEFT)
    for system, colour in zip(SYSTEMS, COLOURS, strict=True):
        if width := seconds[system] * scale:
            parts.append(
                f'<rect x="{at:.1f}" y="{top}" width="{width:.1f}" height="{ROW - 8}" fill="{colour}">'
                f"<title>{escape(phase)}: {escape(system)} {seconds[system]:.2f} s</title></rect>"
            )
            at += width
    total = sum(seconds.values())
    return "".join([*parts, f'<text x="{at + 6:.1f}" y="{top + 14}">{total:.2f} s</text>'])


def written(document: str, name: str, content: str) -> str:
    """A document with what stands between the marks of that name replaced. Raises ValueError where it has none."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, found, rest = document.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"no {begin.strip()} ... {end}")
    return f"{before}{begin}\n{content.strip()}\n\n{end}{after}"
