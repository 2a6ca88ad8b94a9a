"""The few shapes of Markdown that reports need, safe against what stands in logs and manifests."""

import html
import re
from collections.abc import Iterable


def fenced(lines: Iterable[str], language: str = "") -> list[str]:
    """A code block; its fence is longer than any run of backticks inside."""
    inside = list(lines)
    longest = max((len(run) for line in inside for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *inside, fence, ""]


def listed(items: Iterable[str]) -> list[str]:
    rows = [f"- {item}" for item in items]
    return [*rows, ""] if rows else []


def folded(summary: str, lines: Iterable[str]) -> list[str]:
    """Lines that are shown when somebody asks for them. One piece of HTML: Markdown ends one at the first empty line."""
    inside = [html.escape(line, quote=False) or " " for text in lines for line in text.splitlines() or [""]]
    return [
        f"<details><summary>{html.escape(summary, quote=False)}</summary>",
        f"<pre>{inside[0] if inside else ''}",
        *inside[1:],
        "</pre></details>",
        "",
    ]


def section(title: str, body: list[str]) -> list[str]:
    """Nothing at all where there is nothing to say."""
    return [f"### {title}", "", *body] if body else []


def shortened(lines: Iterable[str], limit: int, artifact: str) -> list[str]:
    """The first `limit` lines, how many more there are, and where: in the artifact of that key."""
    every = list(lines)
    if len(every) <= limit:
        return every
    return [*every[:limit], f"... {len(every) - limit} more lines: the whole is in artifact {artifact}"]
