"""Unlock a release: a revision that a dead Helm left pending becomes failed, so that Helm goes on."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.workspace.release_context import ReleaseContext, Seen


@task(cache_policy=NO_CACHE, task_run_name="Unlock the release")
def unlock_release(context: ReleaseContext, seen: Seen) -> str:
    """Mark the newest revision failed. Raises Conflict where its Helm was alive after all."""
    newest = seen.observation.newest
    assert newest
    context.helm.mark_failed(newest.revision)
    return f"Revision {newest.revision} was left pending and is marked failed."
