"""Compares revisions of an application, as Helm stored them, without rendering anything."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from headway.clients.helm.storage import HelmStorage, StoredRevision
from headway.decide.review import revision_diff
from headway.decide.review.redaction import Redaction, digest
from headway.decide.review.revision_diff import CommitsBetween, RevisionDiff, Side
from headway.errors import HeadwayError
from headway.formats import helm_description, manifests
from headway.formats.known_secrets import KnownSecrets
from headway.model.charts import ChartEntry
from headway.model.credentials import RepositoryCredentials
from headway.model.release_history import HistoryEntry
from headway.workspace import revision_secrets
from headway.workspace.chart_addresses import ANY, ChartAddresses
from headway.workspace.known_releases import KnownRelease

_NONE = RepositoryCredentials()


def compare(
    before: tuple[KnownRelease, HistoryEntry, str],
    after: tuple[KnownRelease, HistoryEntry, str],
    credentials: RepositoryCredentials = _NONE,
    commits: CommitsBetween = lambda _, __: (),
    charts: ChartAddresses = ANY,
) -> RevisionDiff:
    """Each with the entry of its history that is meant, and its label. Raises Unreachable, Refused, and BadInput for a manifest
    that cannot be read.
    """
    # Of this comparison alone: that a secret changed is seen, and nothing can be guessed from how it is marked.
    key = secrets.token_bytes(32)
    sides: list[Side] = []
    known: list[str] = []
    for release, entry, label in (before, after):
        stored = _stored(release, entry)
        if stored is None:
            sides.append(Side(label, entry, release.store.namespace))
            continue
        hidden_here = tuple(revision_secrets.of(stored, release.store))
        known += hidden_here
        resources = manifests.split(stored.manifest, stored.hooks)
        # What somebody else's helm wrote names no secrets; what a record says of it, more people may write.
        foreign = not helm_description.read(stored.description).ours
        values = _marked(stored.values, frozenset(hidden_here), key, every=foreign)
        sides.append(Side(label, entry, release.store.namespace, resources, values))
    hidden = Redaction(key, KnownSecrets.of(known))
    # What the later environment does not have yet, the earlier one offers.
    offered = [_offered(release, entry.chart, credentials, charts) for release, entry, _ in (before, after)]
    known_versions = {each.version: each for found in offered if found for each in found}
    return revision_diff.compare(
        sides[0],
        sides[1],
        hidden,
        None if None in offered else tuple(known_versions.values()),
        commits,
    )


def _marked(values: Mapping[str, Any], hidden: Collection[str], key: bytes, *, every: bool) -> Any:
    """Secrets among what was given by their digest; `every` value where nobody says which are secret."""
    marks = {
        path: f"<not shown {digest(key, str(value))[:6]}>"
        for path, value in manifests.leaves(values)
        if path and value not in ({}, []) and (every or str(value) in hidden)
    }
    return manifests.replaced(values, marks)


def _stored(release: KnownRelease, entry: HistoryEntry) -> StoredRevision | None:
    if not entry.in_helm:
        return None
    store = release.store
    return HelmStorage(store.cluster, store.namespace, store.release).get(entry.revision)


def _offered(
    release: KnownRelease, chart: str, credentials: RepositoryCredentials, charts: ChartAddresses
) -> Sequence[ChartEntry] | None:
    """None where the chart repository cannot be read."""
    url = release.store.charts
    if not url or not chart:
        return None
    try:
        return charts.open(url, credentials, release.ref.application, chart).entries(chart)
    except HeadwayError:
        return None
