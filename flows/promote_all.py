"""Promote into all environments but the first, those of different chart repositories beside each other."""

from collections.abc import Sequence
from contextlib import nullcontext
from copy import copy

from flows.clusters_of_many import looked_at_together
from headway.clients import side_by_side, together
from headway.model.report import StageResult
from headway.workspace.dry_run import DryRunWorkspace
from headway.workspace.workspace import Workspace
from tasks import feed_chart, promote_chart
from tasks.stopped import or_stopped
from tasks.whole import as_lines

PROMOTED_AT_ONCE = 8
"""Chart repositories that are promoted into beside each other: most of it is waiting for answers."""


def promote_all(workspace: Workspace) -> list[StageResult]:
    """One line for each environment but the first; one that fails does not hold up the others.

    Environments that share a chart repository are promoted one after another, since each promotion writes its index.
    """
    _, *later = workspace.application.environments.items()
    lines = {name: _feed_one(workspace, name) for name, each in later if not each.after}
    places: dict[str, list[tuple[str, str]]] = {}
    for name, each in later:
        if each.after:
            places.setdefault(each.charts, []).append((each.after, name))
    if isinstance(workspace, DryRunWorkspace):
        promoted = [_promote_into(workspace, pairs) for pairs in places.values()]
    else:
        with looked_at_together(workspace), as_lines() if len(places) > 1 else nullcontext():
            # Each with a look of its own: where one has to look again, the others keep theirs.
            promoted = side_by_side.each(
                lambda pairs: _promote_into(copy(workspace), pairs), places.values(), PROMOTED_AT_ONCE
            )
    for each_place in promoted:
        lines |= each_place
    return [lines[name] for name, _ in later]


def _promote_into(workspace: Workspace, pairs: Sequence[tuple[str, str]]) -> dict[str, StageResult]:
    """`pairs`: upstream and environment; all of one chart repository."""
    with together.deciding_apart():
        return {
            environment: _promote_one(workspace, upstream, environment) for upstream, environment in pairs
        }


def _feed_one(workspace: Workspace, environment: str) -> StageResult:
    return or_stopped(
        feed_chart.STAGE,
        environment,
        "could not be fed from the branch",
        lambda: workspace.retry_on_conflict(lambda: feed_chart.feed_chart(workspace, environment)),
    )


def _promote_one(workspace: Workspace, upstream: str, environment: str) -> StageResult:
    return or_stopped(
        promote_chart.STAGE,
        environment,
        "could not be promoted",
        lambda: workspace.retry_on_conflict(
            lambda: promote_chart.promote_chart(workspace, upstream, environment)
        ),
    )
