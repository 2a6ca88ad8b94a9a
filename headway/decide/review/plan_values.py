"""A plan for programs: what changes and what to look at before one says yes. The lines that differ stand in its text."""

from collections.abc import Mapping
from typing import Any

from headway.decide.review.plan import Plan


def values(plan: Plan) -> Mapping[str, Any]:
    """JSON, without secrets, as the text."""
    return {
        "key": plan.key,
        "before": plan.before,
        "after": plan.after,
        "changes": [{"object": each.resource, "kind": each.kind, "role": each.role} for each in plan.changes],
        "images": [{"before": each.before, "after": each.after} for each in plan.images],
        "removals": [str(each) for each in plan.removals],
        "irreversible": list(plan.irreversible),
        "definitions": [str(each) for each in plan.definitions],
        "refused": list(plan.refused),
        "hindered": list(plan.hindered),
        "drift": list(plan.drift),
        "notes": list(plan.notes),
    }
