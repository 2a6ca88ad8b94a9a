"""What is said on a pull request: what merging it would change, environment by environment, within what a git host takes.

All that others wrote stands in code blocks, each line of it behind a sign of its own: no host reads names, links or commands
there (https://docs.gitlab.com/user/project/quick_actions/ are lines that begin with a slash).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from headway.decide.review.plan import Change, Plan, Role
from headway.formats.counted import counted
from headway.formats.markdown import fenced, listed
from headway.formats.visible import visible

LIMIT = 60_000
"""Bytes; GitHub takes 65536 characters, GitLab and Gitea more."""
_ROOM_OF_A_LIST = 4_000
_LINES_OF_A_RESOURCE = 60
_LINE = 300
"""Characters."""
_SIGNS: Mapping[str, str] = {"added": "+", "changed": "~", "removed": "-"}
_ROLES: Mapping[Role, str] = {"resource": "resource", "hook": "hook", "test": "test"}


@dataclass(frozen=True, slots=True)
class Planned:
    """Of one environment."""

    environment: str
    plan: Plan | None = None
    """None where it does not render."""
    definitions: tuple[str, ...] = ()
    """Of crds/, that come or change."""
    findings: tuple[str, ...] = ()
    """Why it would not be published."""

    @property
    def said(self) -> tuple[object, ...]:
        """All that is told of it but its name."""
        plan = self.plan
        told = (plan.changes, plan.images, plan.irreversible, plan.removals, plan.masked) if plan else None
        return told, self.definitions, self.findings


def of_conflict(branch: str, commit: str) -> str:
    said = f"It conflicts with `{branch}`: there is nothing to plan before that is resolved."
    return "\n".join([*_title(branch, commit), said])


def of_trouble(branch: str, commit: str, trouble: str) -> str:
    """Where nothing of it can be rendered. `trouble`: of an error."""
    said = "It cannot be planned, and would not be published:"
    return "\n".join([*_title(branch, commit), said, "", *_said([trouble])])


def of(branch: str, commit: str, planned: Sequence[Planned], notes: Sequence[str]) -> str:
    """`commit`: the pull request's. `notes`: what is not seen in it."""
    groups: dict[tuple[object, ...], list[Planned]] = {}
    for each in planned:
        groups.setdefault(each.said, []).append(each)
    named = [(", ".join(f"`{each.environment}`" for each in group), group[0]) for group in groups.values()]
    parts = [
        *_title(branch, commit),
        *listed(f"{names}: {_summary(each)}" for names, each in named),
        *(["**Not seen here:**", "", *_said(notes)] if notes else []),
    ]
    blocks = _Blocks(LIMIT - len("\n".join(parts).encode()))
    for names, each in named:
        changes = each.plan.changes if each.plan else ()
        details = [*_details(each)]
        if details or changes:
            blocks.add([f"### {names}", "", *details])
        for change in changes:
            blocks.add(_change(change))
    return "\n".join([*parts, *blocks.lines])


class _Blocks:
    """Lines within so many bytes, whole blocks of them alone."""

    def __init__(self, room: int) -> None:
        self._kept: list[str] = []
        # What says how much is left out has its room.
        self._room, self._left_out = room - 200, 0

    def add(self, block: Sequence[str]) -> None:
        size = len("\n".join(block).encode()) + 1
        if size > self._room:
            self._left_out += 1
            return
        self._room -= size
        self._kept += block

    @property
    def lines(self) -> list[str]:
        said = f"{counted(self._left_out, 'part')} more: this comment would become too long for them."
        return [*self._kept, *([said, ""] if self._left_out else [])]


def _title(branch: str, commit: str) -> list[str]:
    """The commit in the clear: hosts make a link of it."""
    said = (
        f"Of {commit[:12]}, merged into `{branch}`: rendered without cluster and keys, with placeholders for secrets. "
        "Nothing was changed for it."
    )
    return ["## What merging this changes", "", said, ""]


def _details(planned: Planned) -> Iterator[str]:
    """But for the changes themselves."""
    if planned.findings:
        yield from ("**Would not be published:**", "", *_said(planned.findings))
    plan = planned.plan
    if plan is None:
        return
    images = [f"{each.before or '(none)'} -> {each.after or '(none)'}" for each in plan.images]
    sections = {
        "Goes away": [each.what for each in plan.removals],
        "Cannot be undone by going back": plan.irreversible,
        "Images": images,
        "Definitions in crds/": planned.definitions,
        "New on every render, not compared": plan.masked,
    }
    for title, said in sections.items():
        if said:
            yield from (f"**{title}:**", "", *_said(said))


def _summary(planned: Planned) -> str:
    plan = planned.plan
    if plan is None:
        return "does not render"
    counts = [
        f"{sum(each.kind == kind and each.role == role for each in plan.changes)} {name}s {kind}"
        for role, name in _ROLES.items()
        for kind in _SIGNS
    ]
    told = [
        each.replace("s ", " ", 1) if each.startswith("1 ") else each for each in counts if each[:2] != "0 "
    ]
    return ", ".join(told) or "nothing that is rendered changes"


def _change(change: Change) -> list[str]:
    shown = [visible(line)[:_LINE] for line in change.diff[:_LINES_OF_A_RESOURCE]]
    more = len(change.diff) - len(shown)
    title = f"{_SIGNS[change.kind]} {_flat(change.resource)}"
    return fenced([title, *shown, *([f"  ... {counted(more, 'line')} more"] if more else [])], "diff")


def _said(said: Iterable[str]) -> list[str]:
    """Each on a line of its own, as far as there is room."""
    lines, room = list[str](), _ROOM_OF_A_LIST
    every = [f"- {_flat(line)}" for each in said for line in each.splitlines() if line.strip()]
    for line in every:
        room -= len(line.encode()) + 1
        if room < 0:
            lines.append(f"  ... {len(every) - len(lines)} more")
            break
        lines.append(line)
    return fenced(lines)


def _flat(text: str) -> str:
    return " ".join(visible(text).split())[:_LINE]
