"""Which version an environment should run: the newest one offered that nothing keeps out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from headway.formats import chart_version
from headway.formats.counted import counted
from headway.model.charts import ChartEntry
from headway.model.record import Approval, Hold, ReleaseRecord


@dataclass(frozen=True, slots=True)
class Desired:
    """The package to run, None where there is none; `why` is one sentence for people."""

    entry: ChartEntry | None
    why: str
    index_trouble: str = ""
    """Why the repository is older than what was released out of it; empty where it is not."""


def desired(
    entries: Sequence[ChartEntry],
    record: ReleaseRecord | None,
    constraint: str | None = None,
    rejected_upstream: Collection[str] = (),
    shown: str = "",
) -> Desired:
    """The newest of `entries` (the environment's repository) that its constraint allows and no rejection bars.

    `rejected_upstream` are digests with a rejection in an environment that feeds this one, and of packages that hold what
    was rejected as a set; they count unless the package is last good here. A hold keeps its version until one newer than
    `not_above` is offered, and longer where the environment is frozen. `shown`: the start of the digest of a package that a
    person was shown for approval. Their answer is for that one: so it comes before what is newer, as does what is approved
    and not carried out yet, as long as it is allowed and not older than what is good here. Nothing is desired of an index
    that went back in time: it would be a downgrade that nobody asked for. Raises BadInput for a constraint that cannot be
    read.
    """
    allowed = [each for each in entries if chart_version.allows(constraint, each.version)]
    free = [each for each in allowed if not _rejected(each, record, rejected_upstream)]
    hold = record.hold if record else None
    if record and hold:
        return _under_hold(hold, [] if record.freeze else free, entries)
    if lost := _lost(entries, record):
        what = f"{lost}, as it was released here, is not offered any more, nor anything newer, and was not withdrawn"
        why = f"the chart repository went back in time: {what}; restore its index, or raise version: above {lost}"
        return Desired(None, why, index_trouble=why)
    if asked := _shown(free, record, shown):
        return Desired(asked, f"{asked.version} was shown for approval")
    if record and record.approval and (approved := _approved(free, record, record.approval)):
        return Desired(approved, f"{approved.version} was approved by {record.approval.by}")
    if free:
        best = max(free, key=lambda each: chart_version.precedence(each.version))
        kept_out = [each for each in allowed if chart_version.is_above(each.version, best.version)]
        note = f"; barred: {', '.join(each.version for each in kept_out)}" if kept_out else ""
        return Desired(best, f"{best.version} is the newest version allowed here{note}")
    if allowed:
        return Desired(None, f"nothing but {counted(len(allowed), 'barred version')} is allowed here")
    if entries:
        return Desired(
            None,
            f"of {counted(len(entries), 'version')} none is allowed by {constraint or 'the default constraint'}",
        )
    withdrawn = next((each for each in record.rejections if each.was_withdrawn), None) if record else None
    if withdrawn:
        what = f"{withdrawn.version} failed here and was taken out of the chart repository, which offers nothing else"
        return Desired(None, f"{what}: {withdrawn.reason}")
    return Desired(None, "the chart repository offers no version yet")


def _lost(entries: Sequence[ChartEntry], record: ReleaseRecord | None) -> str:
    """The newest version that was brought in here and is gone, while nothing newer is offered; empty where there is none.

    What was adopted never came out of the repository, and what was rejected is withdrawn. Older versions may be pruned.
    """
    offered = {each.digest for each in entries}
    known = [
        each.version
        for each in (record.attempts if record else ())
        if each.kind == "release"
        and each.chart_digest not in offered
        and not (record and record.rejects(each.chart_digest))
    ]
    top = max(known, key=chart_version.precedence, default="")
    return "" if any(chart_version.is_above(each.version, top) for each in entries) else top


def _shown(free: Sequence[ChartEntry], record: ReleaseRecord | None, shown: str) -> ChartEntry | None:
    good = record.last_good if record else None
    return next(
        (
            each
            for each in free
            if shown
            and each.digest.startswith(shown)
            and not (good and chart_version.is_above(good.version, each.version))
        ),
        None,
    )


def _approved(free: Sequence[ChartEntry], record: ReleaseRecord, approval: Approval) -> ChartEntry | None:
    """None where it has become last good meanwhile: then it is carried out."""
    if record.last_good and record.last_good.chart_digest == approval.chart_digest:
        return None
    return _shown(free, record, approval.chart_digest)


def _under_hold(hold: Hold, free: Sequence[ChartEntry], entries: Sequence[ChartEntry]) -> Desired:
    newer = [each for each in free if chart_version.is_above(each.version, hold.not_above)]
    if newer:
        best = max(newer, key=lambda each: chart_version.precedence(each.version))
        return Desired(
            best, f"{best.version} is newer than {hold.not_above}, which ends the hold of {hold.by}"
        )
    held = next((each for each in entries if each.version == hold.version), None)
    sentence = f"{hold.by} holds {hold.version}: {hold.why} (nothing up to {hold.not_above} is released)"
    return Desired(held, sentence if held else f"{sentence}; the repository does not offer {hold.version}")


def _rejected(entry: ChartEntry, record: ReleaseRecord | None, upstream: Collection[str]) -> bool:
    if record and record.rejects(entry.digest):
        return True
    last_good = record.last_good if record else None
    return entry.digest in upstream and not (last_good and last_good.chart_digest == entry.digest)
