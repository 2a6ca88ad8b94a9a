"""Keeps what became of a release beside its packages, for whoever asks when record and Helm have forgotten it."""

from datetime import datetime

from headway.decide.review import archiving
from headway.decide.review.release_history import timeline
from headway.model.audit import Said
from headway.workspace import helm_revisions, release_archive
from headway.workspace.archive_told import Told
from headway.workspace.release_context import ReleaseContext
from headway.workspace.site import SiteWorkspace
from tasks.best_effort import best_effort


def archive(context: ReleaseContext, begun: datetime, by: str = "", why: str = "") -> None:
    """What this run, which began at `begun` and was started by somebody, and those before it have settled. A failure is a line of
    the log, no more. A site keeps nothing in a chart repository that is somebody else's. It is told by the run's last look."""
    if isinstance(context.workspace, SiteWorkspace):
        return
    seen = context.last_seen
    if seen is None or seen.observation.record is None:
        return
    with best_effort("copy of this release in the archive"):
        revisions = [helm_revisions.of(each) for each in seen.history]
        newest = max((each.revision for each in revisions), default=None)
        told = timeline(seen.observation.record, revisions, newest=newest)
        entries = archiving.with_run(told, Said(by, why, begun, context.run))
        repository = context.workspace.chart_repository(context.environment_name)
        known = Told(context.workspace.cache / "archived")
        release_archive.keep(repository, context.ref, archiving.settled(entries), known)
