"""Releases in which a whole look found nothing to do, and which nobody has touched since: that is known from a few lists of
the API.

This machine remembers what the whole look went by: revisions and record, policy, what was wanted, and the metadata of each
live object. While all of it stays the same, a whole look would find the same. Where anything has changed, or looks odd, the
release is looked at whole. What is found here leads to no write.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from headway.clients import together
from headway.clients.kubernetes import listings
from headway.clients.remembered import Memory, Remembered, kept_in
from headway.decide.release import desired, untouched
from headway.decide.release.actions import Nothing
from headway.decide.release.decision import Decision
from headway.decide.release.state import State, name
from headway.errors import HeadwayError, Unreachable
from headway.workspace.release_context import ReleaseContext, Seen

_FORMAT = f"1 {metadata.version('headway')}"
"""Of what is remembered, and of the code that decided: another one decides anew."""
_ETAG = '"settled"'
_FEW = 4
"""Objects that are compared again by themselves; where more were touched, all are."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a whole look found, and by what."""

    state: str
    why: str
    revision: int
    compared_at: str
    went_by: Mapping[str, str]
    objects: Mapping[str, str]
    """untouched.fingerprint of each live object, by its path."""


def still(context: ReleaseContext) -> Settled | None:
    """What the last whole look found, where nothing has changed since; None where another one is needed. Raises Unreachable
    where the cluster does not answer."""
    if not _may_be_remembered(context) or together.has_stopped() or context.has_written:
        return None
    known = _read(context)
    if known is None:
        return None
    try:
        return known if _is_as_it_was(context, known) else None
    except Unreachable:
        raise
    except HeadwayError:
        # The whole look says what is wrong.
        return None


def remember(context: ReleaseContext, seen: Seen, decision: Decision) -> None:
    """Remember what a whole look has found, where there is nothing to do until something changes."""
    observation, compared = seen.observation, context.compared
    state = name(observation)
    if (
        not _may_be_remembered(context)
        or compared is None
        or seen.deployed is None
        or state not in (State.IN_SYNC, State.HELD)
        or not isinstance(decision.action, Nothing)
        or observation.finding
        or observation.trouble
        or observation.drift
        or any(each.live is None for each in compared)
    ):
        return
    wanted = desired.Desired(observation.desired, observation.why_desired, observation.index_trouble)
    went_by = _went_by(context, context.read_as, _revisions(context, seen), wanted)
    objects = {each.path: listings.of_live(each.path, each.live) for each in compared if each.live}
    now = datetime.now(UTC).isoformat()
    _write(context, Settled(state.value, decision.why, seen.deployed.revision, now, went_by, objects))


def _may_be_remembered(context: ReleaseContext) -> bool:
    """A site's values may change where no package and no record does."""
    workspace = context.workspace
    return not context.is_dry_run and workspace.values_are_packaged and workspace.stale is None


def _is_as_it_was(context: ReleaseContext, known: Settled) -> bool:
    compared_at = datetime.fromisoformat(known.compared_at)
    if not untouched.is_recent(compared_at, datetime.now(UTC), str(_place(context))):
        return False
    store, workspace = context.store, context.workspace
    record, read_as = store.of(listings.record(store))
    entries = workspace.chart_repository(context.environment_name).entries(workspace.chart_name)
    rejected = workspace.rejected_upstream(context.environment_name, record)
    wanted = desired.desired(entries, record, context.environment.charts_constraint, rejected)
    before = known.went_by.get("revisions", "")
    if _went_by(context, read_as, before, wanted) != known.went_by:
        return False
    if listings.revisions(context.cluster, context.namespace, context.ref.release) != before:
        return False
    now = {path: listings.fingerprint(context.cluster, path) for path in known.objects}
    paths = untouched.touched(known.objects, now)
    return not paths or _is_untouched_in_truth(context, known, paths)


def _is_untouched_in_truth(context: ReleaseContext, known: Settled, paths: tuple[str, ...]) -> bool:
    """Whether objects that somebody has written to are still what the release says: a few are compared one by one, more are
    left to a whole look."""
    if len(paths) > _FEW:
        return False
    stored = context.helm.storage.get(known.revision)
    compared = context.helm.compared(stored, paths)
    if {each.path for each in compared} != {*paths}:
        return False
    if any(each.differences or each.live is None for each in compared):
        return False
    found = {each.path: listings.of_live(each.path, each.live) for each in compared if each.live}
    # When all was compared whole stays as it was.
    _write(context, replace(known, objects={**known.objects, **found}))
    return True


def _went_by(
    context: ReleaseContext, read_as: str, revisions: str, wanted: desired.Desired
) -> dict[str, str]:
    entry, workspace = wanted.entry, context.workspace
    policy = (
        context.environment.model_dump_json(),
        context.namespace,
        str(context.ref),
        workspace.chart_name,
        workspace.policy_file,
    )
    offered = (entry.digest, entry.version) if entry else ()
    return {
        "record": read_as,
        "revisions": revisions,
        "policy": hashlib.sha256(repr(policy).encode()).hexdigest(),
        "desired": hashlib.sha256(repr((*offered, wanted.why, wanted.index_trouble)).encode()).hexdigest(),
    }


def _revisions(context: ReleaseContext, seen: Seen) -> str:
    storage = context.helm.storage
    read = [
        {
            "name": storage.secret(each.revision),
            "uid": each.uid,
            "resourceVersion": each.resource_version,
        }
        for each in seen.history
    ]
    return listings.digest_of_revisions([*read, *(each.metadata for each in storage.passed_over.values())])


def _place(context: ReleaseContext) -> tuple[str, str, str]:
    return context.cluster.api.host, context.namespace, context.ref.release


def _memory(context: ReleaseContext) -> tuple[Memory, str]:
    called = hashlib.sha256(repr(_place(context)).encode()).hexdigest()
    return kept_in(context.workspace.cache / "settled"), called


def _read(context: ReleaseContext) -> Settled | None:
    memory, called = _memory(context)
    found = memory.of(called)
    try:
        said: dict[str, Any] = json.loads(found.content) if found else {}
        if said.pop("format", None) != [_FORMAT, *_place(context)]:
            return None
        known = Settled(**said)
        texts = (known.state, known.why, known.compared_at, *known.went_by.values(), *known.objects.values())
        is_whole = all(isinstance(each, str) for each in texts) and isinstance(known.revision, int)
        return known if is_whole and datetime.fromisoformat(known.compared_at).tzinfo else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _write(context: ReleaseContext, settled: Settled) -> None:
    memory, called = _memory(context)
    said = {"format": [_FORMAT, *_place(context)], **asdict(settled)}
    memory.keep(called, Remembered(_ETAG, json.dumps(said).encode()))
