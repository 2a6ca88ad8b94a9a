"""A change in its environments: published, waiting, under way, tested, gone back from, or left alone, and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from headway.decide.release import advice, approval, lifting
from headway.decide.review import stage_times
from headway.decide.review.changes import Change, Place, Version
from headway.decide.review.delivery_facts import (
    Fact,
    Facts,
    Run,
    Stage,
    Standing,
    in_words,
    is_held,
    is_try,
    known_of,
    line_of,
    offered_in,
    rejections_in,
)
from headway.decide.review.stage_times import Moments
from headway.formats import chart_version, foreign_time
from headway.model.images import ImageFacts
from headway.model.record import Asked
from headway.model.release_history import HistoryEntry
from headway.model.report import StageName


class _MakeStage(Protocol):
    def __call__(
        self, standing: Standing, sentence: str, at: datetime | None = None, *known: Fact
    ) -> Stage: ...


def stages(facts: Facts) -> tuple[Stage, ...]:
    found: list[Stage | None] = []
    for place in facts.places:
        found.append(_environment(facts, place, found) if place.is_seen else None)
    return tuple(each for each in found if each)


def _environment(facts: Facts, place: Place, before: Sequence[Stage | None]) -> Stage:
    """Where the change stands in one environment. `before`: in those before; None for one that may not be seen."""
    change, name = facts.change, place.environment
    tries = [each for each in place.entries if is_try(each) and is_held(change, each)]
    told = moments_of(facts, place)

    def stage(standing: Standing, sentence: str, at: datetime | None = None, *known: Fact) -> Stage:
        run_of = dict(known).get("run", "")
        return Stage(place.title, standing, sentence, at, known_of(known), name, run_of, told)

    run = next((each for each in facts.runs or () if each.environment == name), None)
    if tries:
        return _tried(facts, place, tries, run, stage)
    if not change.versions and None not in before:
        return stage(Standing.AHEAD, "No version holds it yet.")
    if place.offered is None:
        return stage(Standing.UNKNOWN, "What its chart repository offers is not known.")
    offered = [each for each in change.versions if offered_in(place, each)]
    if not offered:
        return stage(*_not_offered(facts, place, _upstream(place, before)))
    return _published(facts, place, offered, run, stage)


def _published(
    facts: Facts, place: Place, offered: Sequence[Version], run: Run | None, stage: _MakeStage
) -> Stage:
    """The environment's repository offers versions that hold the change, the newest last, and none was tried here yet."""
    name = place.environment
    version, entry = offered[-1], offered_in(place, offered[-1])
    published = entry.created if entry else None
    known: Fact = ("version", version.version)
    if rejection := next(iter(rejections_in(place, offered)), None):
        return stage(
            Standing.LEFT_ALONE, f"{rejection.version} is barred: {rejection.reason}.", rejection.at, known
        )
    record = place.record
    asked = record.asked if record and not (run and not run.waits) else None
    no = approval.declined(record, entry.digest) if record and entry else None
    if record and no and not (asked and asked.chart_digest == no.digest):
        again = advice.release(record)
        return stage(
            Standing.LEFT_ALONE, f"{no.by} said no to {version.version}: {again} asks again.", no.at, known
        )
    if run and run.waits and not asked:
        newer = _newer_without(place, facts.change)
        other = f" {newer} is offered there by now, which does not hold it: that may be what is asked about."
        return stage(
            Standing.WAITS,
            f"{run.name} waits for somebody to approve it.{other if newer else ''}",
            published,
            known,
        )
    if run and run.begun:
        return stage(Standing.UNDER_WAY, f"{run.name} is at work.", published, known)
    if record and record.freeze:
        return stage(
            Standing.WAITS,
            f"{version.version} is published; frozen by {record.freeze.by}: {record.freeze.why}.",
            record.freeze.at,
            known,
        )
    if record and record.hold and not chart_version.is_above(version.version, record.hold.not_above):
        hold = record.hold
        return stage(
            Standing.LEFT_ALONE,
            f"{hold.by} holds {hold.version}, and nothing up to {hold.not_above} is released: {hold.why}.",
            hold.at,
            known,
        )
    running = place.running
    if running and chart_version.is_above(running.version, version.version):
        return stage(
            Standing.LEFT_ALONE, f"{running.version}, which is newer, came here instead.", running.at, known
        )
    if asked:
        return stage(Standing.WAITS, _asks(place, facts.change, version, asked), asked.at, known)
    line = line_of(facts, StageName.RELEASE, name)
    said = f": {in_words(line)}" if line else ""
    if run:
        return stage(Standing.WAITS, f"{run.name} is about to begin{said}.", published, known)
    if record and record.approval and record.approval.version == version.version:
        return stage(
            Standing.WAITS,
            f"{record.approval.by} approved {version.version}; its release has not begun.",
            record.approval.at,
            known,
        )
    return stage(
        Standing.WAITS,
        f"{version.version} is published, and its release has not begun{said}.",
        published,
        known,
    )


def _asks(place: Place, change: Change, version: Version, asked: Asked) -> str:
    """What the gate asks about, seen from a change that `version` would bring."""
    waits = f"{asked.version} waits for somebody to approve it"
    if any(each.digest == asked.chart_digest for each in change.versions):
        return f"{waits}."
    if chart_version.is_above(asked.version, version.version):
        return f"{version.version} is published; {asked.version}, which is newer, waits for somebody to approve it."
    if version.version == _newest(place):
        return f"{waits}; {version.version} came since and is asked about next."
    return f"{waits}; {version.version} came since, and {_newest(place)} after it."


def _newer_without(place: Place, change: Change) -> str:
    """The newest version that is offered there, where it does not hold the change."""
    newest = _newest(place)
    return "" if any(each.version == newest for each in change.versions) else newest


def _newest(place: Place) -> str:
    return chart_version.newest(each.version for each in place.offered or ()) or ""


_HOW = {"tests-failed": "Its tests failed", "refused": "It was refused, and nothing was changed"}


def _tried(
    facts: Facts, place: Place, tries: Sequence[HistoryEntry], run: Run | None, stage: _MakeStage
) -> Stage:
    newest = tries[0]
    known: list[Fact] = [
        ("version", newest.version),
        ("revision", str(newest.revision or "")),
        ("package", newest.chart_digest),
        ("by", newest.by),
        ("why", newest.why),
        ("run", newest.run),
    ]
    running = place.running
    here = running is not None and is_held(facts.change, running)
    if newest.outcome == "started":
        at_work = "is being brought in" if run or facts.runs is None else "was begun, and no run is at work"
        return stage(
            Standing.UNDER_WAY if run or facts.runs is None else Standing.WAITS,
            f"{newest.version} {at_work}.",
            newest.started_at,
            *known,
        )
    if newest.outcome == "deployed":
        return stage(
            Standing.UNDER_WAY,
            f"{newest.version} is upgraded, and its tests have not spoken yet.",
            newest.upgraded_at or newest.started_at,
            *known,
        )
    if here and running:
        return _runs_here(running, stage, known)
    if newest.failed:
        back = f" {running.version} runs." if running else ""
        tail = " It is tried once more." if newest.outcome == "seen-once" else ""
        rejections = place.record.rejections if place.record else ()
        barred = next((each for each in rejections if each.chart_digest == newest.chart_digest), None)
        if place.record and barred and running is None:
            tail = f" Nothing runs: {lifting.way_back(place.record, barred)}."
        how = _HOW.get(newest.outcome) or f"{newest.version} failed"
        return stage(
            Standing.WENT_BACK,
            f"{how}: {newest.reason or newest.description or 'nobody recorded why'}.{tail}{back}",
            newest.ended_at or newest.at,
            *known,
        )
    if newest.outcome == "interrupted":
        return stage(
            Standing.WAITS,
            f"The release of {newest.version} was cut off; the next look goes on.",
            newest.at,
            *known,
        )
    if running and chart_version.is_above(running.version, newest.version):
        not_it = ", which does not hold it," if running.images and facts.change.images else ""
        return stage(
            Standing.DONE,
            f"{newest.version} was here, tested; {running.version}{not_it} came after.",
            newest.tested_at or newest.at,
            *known,
        )
    back_by = next(
        (e for e in place.entries if e.kind == "rollback" and newest.at and e.at and e.at >= newest.at), None
    )
    if back_by:
        who = f"{back_by.by} went back" if back_by.by not in ("", "headway") else "It went back"
        why = f": {back_by.why}" if back_by.why else ""
        return stage(Standing.WENT_BACK, f"{who} to {back_by.version}{why}.", back_by.at, *known)
    return stage(
        Standing.UNKNOWN, f"{newest.version} was here; what came after is not known.", newest.at, *known
    )


def _runs_here(running: HistoryEntry, stage: _MakeStage, known: Sequence[Fact]) -> Stage:
    if running.passed:
        return stage(
            Standing.DONE, f"{running.version} runs, and passed its tests.", running.tested_at, *known
        )
    if running.kind in ("by hand", "adoption") or not running.outcome:
        return stage(
            Standing.DONE, f"{running.version} runs; nobody recorded that it was tested.", running.at, *known
        )
    return stage(
        Standing.WENT_BACK, f"{running.version} runs, though it failed: {running.reason}.", running.at, *known
    )


def _upstream(place: Place, before: Sequence[Stage | None]) -> Sequence[Stage | None] | None:
    """What stands in the environments that feed this one, the nearest last; None where nobody knows which ones do."""
    if not place.way:
        return before if len(before) < 2 else None
    seen = {each.environment: each for each in before if each}
    return [seen.get(name) for name in place.way[:-1]]


def _not_offered(
    facts: Facts, place: Place, upstream: Sequence[Stage | None] | None
) -> tuple[Standing, str, datetime | None]:
    if rejection := next(iter(rejections_in(place, facts.change.versions)), None):
        return Standing.LEFT_ALONE, f"{rejection.version} is barred: {rejection.reason}.", rejection.at
    if upstream is None:
        line = line_of(facts, StageName.PROMOTE, place.environment)
        said = f" Of its promotion: {in_words(line)}." if line else ""
        return (
            Standing.UNKNOWN,
            f"It is not published here; after which environment it comes, its record says from its next release on.{said}",
            None,
        )
    if not upstream:
        line = line_of(facts, StageName.PUBLISH_CHARTS, "")
        return Standing.AHEAD, f"It is not published here{f': {in_words(line)}' if line else ''}.", None
    back = (Standing.WENT_BACK, Standing.LEFT_ALONE)
    stopped = next((each for each in upstream if each and each.standing in back), None)
    if stopped:
        how = "went back" if stopped.standing is Standing.WENT_BACK else "was left alone"
        return Standing.LEFT_ALONE, f"It does not come here, since it {how} in {stopped.name}.", None
    before = upstream[-1]
    line = line_of(facts, StageName.PROMOTE, place.environment)
    if before is None:
        said = f" Of its promotion: {in_words(line)}." if line else ""
        return (
            Standing.UNKNOWN,
            f"It is not published here, and what is before may not be seen here.{said}",
            None,
        )
    if before.standing is not Standing.DONE:
        return Standing.AHEAD, f"It is promoted once it has passed its tests in {before.name}.", None
    if line:
        return Standing.WAITS, f"It passed its tests in {before.name}. {in_words(line)}.", before.at
    unknown = " Why, Prefect did not say." if facts.lines is None else ""
    return (
        Standing.WAITS,
        f"It passed its tests in {before.name}, and is not promoted yet.{unknown}",
        before.at,
    )


def moments_of(facts: Facts, place: Place) -> Moments | None:
    """Of the lowest version that holds it and came here; None where none did."""
    for version in facts.change.versions:
        tries = [e for e in reversed(place.entries) if is_try(e) and e.version == version.version]
        entry = offered_in(place, version)
        if not tries and entry is None:
            continue
        elsewhere = [
            e.tested_at
            for p in facts.places
            if p is not place
            for e in p.entries
            if e.version == version.version and e.tested_at
        ]
        built = [
            foreign_time.read(said.created)
            for image in facts.change.images
            if isinstance(said := facts.images.get(image.reference), ImageFacts)
        ]
        found = stage_times.moments(
            tries,
            published=entry.created if entry else None,
            tested_elsewhere=elsewhere,
            built=max((each for each in built if each), default=None),
        )
        return stage_times.with_commit(found, version.committed_at)
    return None
