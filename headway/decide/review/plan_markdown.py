"""A plan as a platform engineer reads it where a release is approved: the decisive things first."""

from collections.abc import Sequence

from headway.decide.review.definitions import DefinitionChange
from headway.decide.review.plan import Change, ImageChange, Plan
from headway.errors import BadInput
from headway.formats import image_reference
from headway.formats.markdown import fenced, listed, section, shortened

LINES_PER_RESOURCE = 40
LINES = 400


def markdown(plan: Plan, why: str = "", since: Sequence[str] = (), asks: str = "") -> str:
    """`since`: sentences on what has changed since somebody answered. `asks`: why a person is asked."""
    counts = {
        kind: sum(change.kind == kind for change in plan.changes) for kind in ("added", "changed", "removed")
    }
    summary = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "no resource changes"
    step = f"{plan.before} → {plan.after}" if plan.before else f"first install of {plan.after}"
    lines = [f"## {plan.ref}: {step}", "", *([why, ""] if why else [])]
    lines += [f"A person is asked because {asks}.", ""] if asks else []
    lines += section("Changed since the answer", listed(since))
    lines += section("The API server refuses it", listed(plan.refused))
    lines += section("The API server would refuse it now", listed(plan.hindered))
    lines += section("Goes away", listed(map(str, plan.removals)))
    lines += section("Cannot be undone by going back", listed(plan.irreversible))
    lines += section("Images", listed(_image(change) for change in plan.images))
    lines += section(
        f"Resources: {summary}", _resources(plan.changes) or ["What is rendered is what runs.", ""]
    )
    lines += section(_definitions_title(plan), _definitions(plan.definitions))
    lines += section("Not seen", listed(plan.notes))
    lines += section("Changed by hand, will be put back", listed(plan.drift))
    lines += section("New on every render, not compared", listed(f"`{field}`" for field in plan.masked))
    return "\n".join([*lines, f"Plan `{plan.key}`", ""])


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


def _resources(changes: tuple[Change, ...]) -> list[str]:
    lines = listed(f"`{change.resource}` {change.kind}" for change in changes if not change.diff)
    left = LINES
    for change in changes:
        if not change.diff:
            continue
        shown = shortened(change.diff, max(1, min(LINES_PER_RESOURCE, left)))
        left -= len(shown)
        lines += [f"`{change.resource}` {change.kind}", "", *fenced(shown, "diff")]
    return lines
