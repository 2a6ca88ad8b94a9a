"""Record, Helm's history and archive as one timeline. Each forgets after ten revisions, at another moment.

What the record says of a revision goes before what was archived of it: it may have been judged since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from headway.decide.review import what_changed
from headway.formats import helm_description
from headway.formats.helm_description import Described
from headway.formats.tag_commit import commit_in_tag
from headway.model.audit import HEADWAY, AuditEntry
from headway.model.record import Attempt, Good, ReleaseRecord
from headway.model.release_history import (
    HelmRevision,
    HistoryEntry,
    HistoryImage,
    HistoryKind,
    ServiceChart,
)

_NEVER = datetime.min.replace(tzinfo=UTC)


def timeline(
    record: ReleaseRecord | None,
    revisions: Sequence[HelmRevision] = (),
    archived: Sequence[HistoryEntry] = (),
    newest: int | None = None,
) -> tuple[HistoryEntry, ...]:
    """Newest first. `revisions`: all that Helm still has, in whatever order, as `archived`. `newest`: the highest number that it
    has given, where that is known."""
    living = _living(record, revisions, newest)
    past = [_at_rest(each) for each in archived if not any(_same(each, other) for other in living)]
    known = [_with_inputs(_with_archived(each, archived)) for each in living]
    ordered = tuple(sorted([*known, *past], key=_order, reverse=True))
    files: _Files = {(each.revision, each.deployed_at): each.files for each in revisions}
    return tuple(
        _with_what_changed(record, each, ordered[at + 1 :], files) for at, each in enumerate(ordered)
    )


_Files = Mapping[tuple[int, datetime | None], Mapping[str, str]]
"""Of revisions that Helm still has, by number and when it wrote them."""


def _with_what_changed(
    record: ReleaseRecord | None, entry: HistoryEntry, earlier: Sequence[HistoryEntry], files: _Files
) -> HistoryEntry:
    """The entry; where nobody decided on it, with what had changed that it was made for."""
    # Of what failed the release went back to what ran before.
    before = next((each for each in earlier if not each.failed), None)
    if entry.why or entry.by != HEADWAY or entry.kind != "release" or before is None:
        return entry
    here, there = (files.get((each.revision, each.deployed_at), {}) for each in (entry, before))
    why = what_changed.in_words(entry, before, here, there) or _other_values(record, entry, before)
    return replace(entry, why=why)


def _other_values(record: ReleaseRecord | None, entry: HistoryEntry, before: HistoryEntry) -> str:
    """That the values changed, as a site's own may; empty where they did not, or the package did."""
    if record is None or not entry.chart_digest or entry.chart_digest != before.chart_digest:
        return ""
    given = {each.started_at: each.values_digest for each in record.attempts}
    now, then = (given.get(each.started_at) if each.started_at else None for each in (entry, before))
    return f"the values of {record.environment} changed" if now and then and now != then else ""


def _with_inputs(entry: HistoryEntry) -> HistoryEntry:
    """Where neither Helm nor the archive has it, the record still says what the package was made of."""
    if entry.images or entry.charts:
        return entry
    inputs = [each.split(" ", 2) for each in entry.inputs if each.count(" ") == 2]
    return replace(
        entry,
        images=tuple(_image(name, version) for kind, name, version in inputs if kind == "image"),
        charts=tuple(ServiceChart(name, version) for kind, name, version in inputs if kind == "chart"),
    )


def _image(repository: str, version: str) -> HistoryImage:
    tag, _, digest = version.partition("@")
    return HistoryImage(repository, tag, digest, commit_in_tag(tag))


def _living(
    record: ReleaseRecord | None, revisions: Sequence[HelmRevision], newest: int | None
) -> list[HistoryEntry]:
    attempts = record.attempts if record else ()
    found = []
    told: list[Attempt] = []
    for each in revisions:
        # The newest that speaks of it: an adoption has the number of what was brought by hand.
        attempt = next(
            (a for a in attempts if (a.revision, a.version) == (each.revision, each.version)), None
        )
        told += [a for a in attempts if (a.revision, a.version) == (each.revision, each.version)]
        found.append(_entry(record, each, attempt))
    found += [_without_revision(record, each, newest) for each in attempts if each not in told]
    return found


def _without_revision(record: ReleaseRecord | None, attempt: Attempt, newest: int | None) -> HistoryEntry:
    """Of a try that Helm has no revision of. The number that it would have got is none, once it has ended."""
    entry = _entry(record, None, attempt)
    never_given = newest is not None and attempt.revision > newest and attempt.outcome != "started"
    return replace(entry, revision=0) if never_given else entry


def _entry(
    record: ReleaseRecord | None, stored: HelmRevision | None, attempt: Attempt | None
) -> HistoryEntry:
    described = helm_description.read(stored.description if stored else "")
    good = _good(record, stored, attempt)
    kind = _kind(stored, described, attempt, good)
    entry = HistoryEntry(revision=0, version="", kind=kind, chart_digest=described.digest)
    if stored:
        entry = replace(
            entry,
            revision=stored.revision,
            version=stored.version,
            chart=stored.chart,
            status=stored.status,
            description=stored.description,
            deployed_at=stored.deployed_at,
            commit=stored.commit,
            source=stored.source,
            committed_at=stored.committed_at,
            images=stored.images,
            charts=stored.charts,
            in_helm=True,
        )
    if good:
        entry = replace(
            entry,
            outcome="passed",
            tested_at=good.tested_at,
            chart_digest=good.chart_digest,
            inputs=good.inputs,
        )
    if attempt:
        entry = replace(
            entry,
            revision=attempt.revision,
            version=attempt.version,
            outcome=attempt.outcome,
            cause=attempt.cause,
            reason=attempt.reason,
            started_at=attempt.started_at,
            upgraded_at=attempt.upgraded_at,
            ended_at=_judged_at(record, attempt),
            tries=attempt.tries,
            chart_digest=attempt.chart_digest,
            inputs=attempt.inputs or entry.inputs,
        )
        if good and entry.passed and attempt.ended_at:
            # Good is what its content was since it passed first; a way back is tested anew.
            entry = replace(entry, tested_at=entry.ended_at)
    by, why, run = _who(record, described, attempt, entry)
    return replace(entry, by=by, why=why, run=run)


def _judged_at(record: ReleaseRecord | None, attempt: Attempt) -> datetime | None:
    """When it passed first, where it was tested again since: such as last good, for something newer that was refused."""
    ended = attempt.ended_at
    if record is None or ended is None or attempt.outcome != "passed":
        return ended
    content = (attempt.chart_digest, attempt.values_digest)
    first = (g.tested_at for g in record.good if (g.chart_digest, g.values_digest) == content)
    return next((at for at in first if attempt.started_at < at <= ended), ended)


def _good(record: ReleaseRecord | None, stored: HelmRevision | None, attempt: Attempt | None) -> Good | None:
    one = stored or attempt
    if record is None or one is None or not one.revision:
        return None
    return next((g for g in record.good if (g.revision, g.version) == (one.revision, one.version)), None)


def _kind(
    stored: HelmRevision | None, described: Described, attempt: Attempt | None, good: Good | None
) -> HistoryKind:
    if stored and stored.status in _WAS_DEPLOYED and not described.ours:
        return _foreign(described, attempt, good)
    if attempt:
        return "correction" if attempt.corrected else attempt.kind
    if not described.ours and good is None:
        return "by hand"
    if described.corrects:
        return "correction"
    return "rollback" if described.goes_back else "release"


_WAS_DEPLOYED = ("deployed", "superseded")
"""Of these alone Helm keeps the description that it was given."""


def _foreign(described: Described, attempt: Attempt | None, good: Good | None) -> HistoryKind:
    """Whether somebody's own Helm made the revision. Helm's storage tells that, not the record, which more people may write."""
    taken_for = attempt.kind if attempt else "adoption" if good else "release"
    if described.note.startswith("Rollback to ") and (taken_for == "rollback" or (good and not attempt)):
        return "rollback"
    return "adoption" if taken_for == "adoption" else "by hand"


def _who(
    record: ReleaseRecord | None, described: Described, attempt: Attempt | None, entry: HistoryEntry
) -> tuple[str, str, str]:
    """By whom, why, and in which run."""
    decision = _decision(record, attempt) if record and attempt and entry.kind != "by hand" else None
    if decision:
        return decision.by, decision.why, decision.run
    if described.by:
        return described.by, described.why, ""
    if attempt and attempt.corrected:
        return HEADWAY, f"corrects drift: {', '.join(attempt.corrected)}", ""
    if entry.kind == "by hand" or _is_restored(described, entry):
        return "", described.note, ""
    fault = _fault(record, attempt) if record and attempt and attempt.kind == "rollback" else None
    if fault:
        return HEADWAY, f"{fault.version} {_in_words(fault)}", ""
    return HEADWAY, described.note if described.ours else "", ""


def _is_restored(described: Described, entry: HistoryEntry) -> bool:
    """Somebody's own Helm brought back what was good here."""
    return entry.kind == "rollback" and entry.status in ("deployed", "superseded") and not described.ours


def _decision(record: ReleaseRecord, attempt: Attempt) -> AuditEntry | None:
    """Of the person by whose word it was made: an approval of its package, or its promotion since the try before; a hold of its
    version, an adoption of its own."""
    before = [each for each in record.audit if each.at <= (attempt.ended_at or attempt.started_at)]
    if attempt.kind == "adoption":
        return next((e for e in before if e.kind == "adopted" and e.digest == attempt.chart_digest), None)
    before = [each for each in before if each.at <= attempt.started_at]
    if attempt.kind == "rollback":
        since = _before(record, attempt)
        return next(
            (e for e in before if e.kind == "held" and e.version == attempt.version and e.at >= since), None
        )
    since = _before(record, attempt)
    about = (
        e
        for e in before
        if e.digest == attempt.chart_digest
        and (e.kind in _ANSWERS or (e.kind == "promoted" and e.at >= since))
    )
    newest = next(about, None)
    return newest if newest and newest.kind in ("approved", "promoted") else None


_ANSWERS = ("approved", "rejected", "lapsed", "barred")


def _before(record: ReleaseRecord, attempt: Attempt) -> datetime:
    """When the try before this one was begun."""
    earlier = [each.started_at for each in record.attempts if each.started_at < attempt.started_at]
    return max(earlier, default=_NEVER)


def _fault(record: ReleaseRecord, attempt: Attempt) -> Attempt | None:
    """What failed and was gone back from."""
    earlier = [
        each
        for each in record.attempts
        if each.started_at < attempt.started_at and each.kind == "release" and each.outcome != "passed"
    ]
    return max(earlier, key=lambda each: each.started_at, default=None)


def _in_words(attempt: Attempt) -> str:
    how = "failed its tests" if attempt.outcome == "tests-failed" else "failed"
    return f"{how}: {attempt.reason}" if attempt.reason else how


def _same(one: HistoryEntry, other: HistoryEntry) -> bool:
    """An entry is told by when it was begun, and by what Helm wrote: numbers begin anew after an uninstall."""
    if one.started_at and one.started_at == other.started_at:
        return True
    return bool(one.revision) and (one.revision, one.deployed_at) == (other.revision, other.deployed_at)


def _with_archived(entry: HistoryEntry, archived: Sequence[HistoryEntry]) -> HistoryEntry:
    """What only the archive still knows of it."""
    kept = next((each for each in archived if _same(each, entry)), None)
    if kept is None:
        return entry
    if entry.started_at is None and kept.started_at is not None:
        # The record has forgotten the try. Helm alone says what it is now.
        return replace(kept, status=entry.status, in_helm=True, archived=True)
    # The archive knows who started a run that nobody had to approve.
    who = kept if entry.by in ("", HEADWAY) and kept.by else entry
    return replace(
        entry,
        archived=True,
        run=entry.run or kept.run,
        by=who.by,
        why=who.why or entry.why,
        chart=entry.chart or kept.chart,
        status=entry.status or _past(kept.status),
        description=entry.description or kept.description,
        deployed_at=entry.deployed_at or kept.deployed_at,
        committed_at=entry.committed_at or kept.committed_at,
        commit=entry.commit or kept.commit,
        source=entry.source or kept.source,
        images=entry.images or kept.images,
        charts=entry.charts or kept.charts,
    )


def _at_rest(entry: HistoryEntry) -> HistoryEntry:
    """Only the archive has it: whatever Helm said then, it does not run."""
    return replace(entry, status=_past(entry.status), in_helm=False, archived=True)


def _past(status: str) -> str:
    return "superseded" if status == "deployed" else status


def _order(entry: HistoryEntry) -> tuple[datetime, int]:
    return (entry.at or _NEVER, entry.revision)
