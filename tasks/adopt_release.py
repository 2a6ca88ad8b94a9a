"""Adopt a release that was made by hand: its deployed revision becomes last good, because a person says so."""

import hashlib
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.clients.release_site import ReleaseSite, Seen
from headway.decide import release_record
from headway.decide.release_observation import Content


@task(cache_policy=NO_CACHE, task_run_name="Adopt the release")
def adopt_release(site: ReleaseSite, seen: Seen) -> str:
    """Write the first entry of the record.

    The package is the one the repository offers under that version; where it offers none, a digest of the manifest stands
    for it, and going back is possible as long as Helm keeps the revision.
    """
    deployed = seen.observation.deployed
    assert deployed
    offered = site.workspace.charts(site.name).entries(site.workspace.chart_name)
    entry = next((each for each in offered if each.version == deployed.chart_version), None)
    manifest = site.helm.manifest(deployed.revision)
    digest = entry.digest if entry else f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    values = site.read(entry).values_digest(site.made_key().value) if entry else ""
    content = Content(digest, values, deployed.chart_version)
    now = datetime.now(UTC)
    site.change(lambda record: release_record.adopted(record, content, deployed.revision, now=now))
    return f"Revision {deployed.revision} ({deployed.chart_version}) is adopted as last good."
