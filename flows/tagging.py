"""Tags of runs that came without them: a hint's, or one that somebody started in Prefect's UI."""

from prefect import get_client
from prefect.context import FlowRunContext

from headway.model import run_tags
from tasks.best_effort import best_effort


def by_place() -> None:
    """First in a flow, so that whoever filters by application and environment finds all. Where Prefect does not answer now, that
    is logged, and the run goes on. Not by a hook, of which Prefect says two lines in the log of each run."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run and (missing := set(run_tags.of(run.parameters)) - set(run.tags)):
        with best_effort("tag by application and environment"), get_client(sync_client=True) as client:
            client.update_flow_run(run.id, tags={*run.tags, *missing})
