"""Keeps what became of a release beside its packages, for whoever asks when record and Helm have forgotten it."""

from dataclasses import replace
from datetime import datetime

from headway.decide.review import archiving
from headway.model.audit import Said
from headway.workspace import release_archive
from headway.workspace.release_context import ReleaseContext
from headway.workspace.release_history import ReleaseHistoryReader
from headway.workspace.site import SiteWorkspace
from tasks.best_effort import best_effort


def archive(context: ReleaseContext, begun: datetime, by: str = "", why: str = "") -> None:
    """What this run, which began at `begun` and was started by somebody, and those before it have settled. A failure is a line of
    the log, no more. A site keeps nothing in a chart repository that is somebody else's."""
    if isinstance(context.workspace, SiteWorkspace):
        return
    with best_effort("copy of this release in the archive"):
        history = ReleaseHistoryReader().look(replace(context.store, charts=""))
        if not history.has_record or history.trouble:
            return
        entries = archiving.with_run(history.entries, Said(by, why, begun, context.run))
        repository = context.workspace.chart_repository(context.environment_name)
        release_archive.keep(repository, context.ref, archiving.settled(entries))
