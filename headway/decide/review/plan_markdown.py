"""A plan as a platform engineer reads it where a release is approved: the decisive things first."""

import re
from collections.abc import Mapping, Sequence

from headway.decide.review.definitions import DefinitionChange
from headway.decide.review.image_changes import ImageChange
from headway.decide.review.plan import Change, Plan, Role
from headway.errors import BadInput
from headway.formats import image_reference
from headway.formats.markdown import fence_after, fenced, listed, section, shortened

LINES_PER_RESOURCE = 40
LINES = 400
_CUT = re.compile(r"\.\.\. \d+ more lines: the whole is in artifact .*")
FIRST_INSTALL = "first install of "
WORDS: Mapping[Role, Mapping[str, str]] = {
    "resource": {"added": "added", "changed": "changed", "removed": "removed"},
    "hook": {"added": "new", "changed": "changed", "removed": "no more"},
    "test": {"added": "new", "changed": "changed", "removed": "no more"},
}
"""A hook that a version brings is no resource that it adds, and one that it lacks is not removed."""


def markdown(
    plan: Plan, why: str = "", since: Sequence[str] = (), asks: str = "", *, cut: bool = False
) -> str:
    """`since`: sentences on what has changed since somebody answered. `asks`: why a person is asked. `cut`: the long parts end
    with where the whole is.
    """
    step = f"{plan.before} → {plan.after}" if plan.before else f"{FIRST_INSTALL}{plan.after}"
    lines = [f"## {plan.ref}: {step}", "", *([why, ""] if why else [])]
    lines += [f"A person is asked because {asks}.", ""] if asks else []
    lines += section("Changed since the answer", listed(since))
    lines += section("The API server refuses it", listed(plan.refused))
    lines += section("The API server would refuse it now", listed(plan.hindered))
    lines += section("Goes away", listed(map(str, plan.removals)))
    lines += section("Cannot be undone by going back", listed(plan.irreversible))
    lines += section("Images", listed(_image(change) for change in plan.images))
    shown = _Shown(plan.artifact if cut else "")
    resources = _of(plan, "resource")
    summary = _summary(resources, WORDS["resource"]) or "no resource changes"
    nothing = [] if plan.changes else ["What is rendered is what runs.", ""]
    lines += section(f"Resources: {summary}", shown.changes(resources) or nothing or ["None.", ""])
    titles: Mapping[Role, str] = {"hook": "Hooks", "test": "Tests"}
    for role, title in titles.items():
        those = _of(plan, role)
        lines += section(f"{title}: {_summary(those, WORDS[role])}", shown.changes(those))
    lines += section(_definitions_title(plan), _definitions(plan.definitions))
    lines += section("Not seen", listed(plan.notes))
    lines += section("Changed by hand, will be put back", listed(plan.drift))
    lines += section("New on every render, not compared", listed(f"`{field}`" for field in plan.masked))
    return "\n".join([*lines, f"Plan `{plan.key}`", ""])


def summary(markdown: str) -> str:
    """What a plan comes to: all that it says but the lines that differ, and which objects those are of."""
    kept: list[str] = []
    fence = ""
    for line in markdown.splitlines():
        was, fence = fence, fence_after(line, fence)
        is_blank_again = not line and not (kept and kept[-1])
        if not (was or fence or line.startswith("`") or is_blank_again):
            kept.append(line)
    return "\n".join(kept)


def is_cut(markdown: str) -> bool:
    """Whether some of what differs is left out of it: no line of a diff begins so."""
    return any(_CUT.fullmatch(line) for line in markdown.splitlines())


def _image(change: ImageChange) -> str:
    old, new = _split(change.before), _split(change.after)
    if change.before and change.after and old[0] == new[0]:
        return f"`{old[0]}`: `{old[1]}` → `{new[1]}`"
    if not change.before:
        return f"`{change.after}` is new"
    return f"`{change.before}` → `{change.after}`" if change.after else f"`{change.before}` is gone"


def _split(image: str) -> tuple[str, str]:
    """Repository, and what tells its images apart."""
    try:
        reference = image_reference.parse(image)
    except BadInput:
        return image, ""
    return reference.repository, "@".join(filter(None, (reference.tag, reference.digest)))


def _definitions_title(plan: Plan) -> str:
    fate = (
        "brought in before the release" if plan.brings_definitions else "crds: skip leaves them as they are"
    )
    return f"Definitions in crds/: {fate}"


def _definitions(changes: Sequence[DefinitionChange]) -> list[str]:
    """Always in full: they are the whole cluster's."""
    lines = listed(map(str, changes))
    for each in changes:
        if each.diff:
            lines += [f"`{each.name}` changed", "", *fenced(each.diff, "diff")]
    return lines


def _of(plan: Plan, role: Role) -> list[Change]:
    return [change for change in plan.changes if change.role == role]


def _summary(changes: Sequence[Change], words: Mapping[str, str]) -> str:
    counts = {word: sum(change.kind == kind for change in changes) for kind, word in words.items()}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


class _Shown:
    """Changes as lines; where there is an `artifact` with the whole, the long ones are cut, within LINES in all."""

    def __init__(self, artifact: str) -> None:
        self._artifact = artifact
        self._left = LINES

    def changes(self, changes: Sequence[Change]) -> list[str]:
        return [line for change in changes for line in self._change(change)]

    def _change(self, change: Change) -> list[str]:
        shown: Sequence[str] = change.diff
        if self._artifact and not change.whole:
            shown = shortened(change.diff, max(1, min(LINES_PER_RESOURCE, self._left)), self._artifact)
            self._left -= len(shown)
        title = f"`{change.resource}` {WORDS[change.role][change.kind]}"
        return [title, "", *fenced(shown, "diff")]
