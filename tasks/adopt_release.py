"""Adopt a release that was made by hand: its deployed revision becomes last good, because a person says so."""

import hashlib
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.decide.release import transitions
from headway.decide.release.observation import ReleaseFingerprint
from headway.workspace.release_context import ReleaseContext, Seen


@task(cache_policy=NO_CACHE, task_run_name="Adopt the release")
def adopt_release(context: ReleaseContext, seen: Seen) -> str:
    """Write the first entry of the record.

    The package is the one the repository offers under that version; where it offers none, a digest of the manifest stands
    for it, and going back is possible as long as Helm keeps the revision.
    """
    deployed = seen.observation.deployed
    assert deployed
    offered = context.workspace.chart_repository(context.name).entries(context.workspace.chart_name)
    entry = next((each for each in offered if each.version == deployed.chart_version), None)
    manifest = context.helm.manifest(deployed.revision)
    digest = entry.digest if entry else f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    values = context.read(entry).values_digest(context.made_key().value) if entry else ""
    content = ReleaseFingerprint(digest, values, deployed.chart_version)
    now = datetime.now(UTC)
    context.change(lambda record: transitions.adopted(record, content, deployed.revision, now=now))
    return f"Revision {deployed.revision} ({deployed.chart_version}) is adopted as last good."
