"""The few shapes of Markdown that reports need, safe against what stands in logs and manifests."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass


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
        _END,
        "",
    ]


_SUMMARY = re.compile("<details><summary>(.*)</summary>")
_END = "</pre></details>"


@dataclass(frozen=True, slots=True)
class Part:
    """Lines as they are shown. `summary`: of what is folded away; empty where nothing is."""

    lines: tuple[str, ...]
    summary: str = ""


def parts(markdown: str) -> tuple[Part, ...]:
    """What `folded` made, read back, and what stands around it. What a code block holds is never taken for more than text."""
    found: list[Part] = []
    plain: list[str] = []
    inside: list[str] = []
    fence = summary = ""
    for line in markdown.splitlines():
        if summary:
            if line == _END:
                found.append(Part(tuple(inside), summary))
                summary = ""
            else:
                inside.append(html.unescape(line if inside else line.removeprefix("<pre>")).rstrip())
        elif not fence and (opened := _SUMMARY.fullmatch(line)):
            found += [Part(tuple(plain))] if plain else []
            plain, inside, summary = [], [], html.unescape(opened[1]) or "..."
        else:
            fence = fence_after(line, fence)
            plain.append(line)
    if summary:
        found.append(Part(tuple(inside), summary))
    return (*found, *([Part(tuple(plain))] if plain else []))


def fence_after(line: str, fence: str) -> str:
    """The fence of the code block that the next line stands in, where `line` stands in that of `fence`; empty: in none."""
    if fence:
        return "" if line == fence else fence
    return line[: len(line) - len(line.lstrip("`"))] if line.startswith("```") else ""


def section(title: str, body: list[str]) -> list[str]:
    """Nothing at all where there is nothing to say."""
    return [f"### {title}", "", *body] if body else []


def shortened(lines: Iterable[str], limit: int, artifact: str) -> list[str]:
    """The first `limit` lines, how many more there are, and where: in the artifact of that key."""
    every = list(lines)
    if len(every) <= limit:
        return every
    return [*every[:limit], f"... {len(every) - limit} more lines: the whole is in artifact {artifact}"]
