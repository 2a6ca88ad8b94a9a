"""A change before any environment: in its registry, in git, as a service's chart, as the application's chart."""

from collections.abc import Iterator
from dataclasses import replace

from headway.decide.review import stage_times
from headway.decide.review.changes import UNSEEN, images_of
from headway.decide.review.delivery_facts import (
    COMMITTED,
    TAKEN_BACK,
    Fact,
    Facts,
    Made,
    Stage,
    Standing,
    known_of,
    offered_in,
    rejections_in,
)
from headway.formats import foreign_time
from headway.formats.capitalised import capitalised
from headway.model.edits import RUN_TRAILER, STAGE_TRAILER, Commit
from headway.model.record import Rejection
from headway.model.report import StageName, StageResult

NOT_ASKED = "its registry was not asked"


def stages(facts: Facts) -> tuple[Stage, ...]:
    return (*_images(facts), _git(facts), *_service_charts(facts), _package(facts))


def _images(facts: Facts) -> Iterator[Stage]:
    for image in facts.change.images:
        said = facts.images.get(image.reference, NOT_ASKED)
        name = f"Image {image.reference.rpartition('/')[2]}"
        known: list[Fact] = [("image", image.reference), ("digest", image.digest), ("commit", image.commit)]
        if isinstance(said, str):
            said = said.removeprefix(f"{image.reference}: ")
            yield Stage(name, Standing.UNKNOWN, f"{capitalised(said).rstrip('.')}.", None, known_of(known))
            continue
        known[1] = ("digest", said.digest)
        known[2] = ("commit", said.revision or image.commit)
        known += [("built", said.created)]
        known += [(f"label {key}", value) for key, value in sorted(said.labels.items())]
        at = foreign_time.read(said.created)
        yield Stage(name, Standing.DONE, "It is in its registry.", at, known_of(known))


def _git(facts: Facts) -> Stage:
    found = _in_git(facts)
    if found.standing is Standing.DONE and (barred := _given_up(facts)):
        by = _taken_back_by(facts, barred.version)
        how = f" Commit {by.line.outcome.removeprefix(TAKEN_BACK)} took it back." if by else ""
        why = f"{barred.version}, which holds it, was barred: {barred.reason}."
        at = (by and by.at) or barred.at
        return replace(found, standing=Standing.WENT_BACK, sentence=f"{found.sentence} {why}{how}", at=at)
    return found


def _given_up(facts: Facts) -> Rejection | None:
    """The newest rejection, where every version that holds it was barred where it was born."""
    barred = (
        {each.version: each for each in rejections_in(facts.places[0], facts.change.versions)}
        if facts.places
        else {}
    )
    versions = [each.version for each in facts.change.versions]
    return barred[versions[-1]] if versions and set(versions) <= barred.keys() else None


def _taken_back_by(facts: Facts, version: str) -> Made | None:
    return next(
        (
            each
            for each in facts.made
            if each.line.outcome.startswith(TAKEN_BACK) and each.line.subject.endswith(f" {version}")
        ),
        None,
    )


def _in_git(facts: Facts) -> Stage:
    change = facts.change
    references = {each.reference for each in change.images}
    taken_up = _taking_up(facts)
    if isinstance(taken_up, Commit):
        known = [("commit", taken_up.sha), ("says", taken_up.message.partition("\n")[0])]
        known += [
            ("made by", taken_up.author),
            ("stage", taken_up.trailers.get(STAGE_TRAILER, "")),
            ("run", taken_up.trailers.get(RUN_TRAILER, "")),
        ]
        at = stage_times.moment(taken_up.time)
        if back := _taken_back(facts, taken_up):
            return Stage(
                "Git",
                Standing.WENT_BACK,
                f"Taken up by {taken_up.sha[:12]}, and taken back by {back.sha[:12]}: "
                f"{back.message.partition(chr(10))[0]}.",
                stage_times.moment(back.time),
                known_of(known),
            )
        how = "Taken up" if references else "Made"
        return Stage("Git", Standing.DONE, f"{how} by commit {taken_up.sha[:12]}.", at, known_of(known))
    if isinstance(taken_up, Made):
        sha = taken_up.line.outcome.removeprefix(COMMITTED)
        return Stage(
            "Git",
            Standing.DONE,
            f"Taken up by commit {sha}: its run's report says so.",
            taken_up.at,
            known_of([("commit", sha), ("says", taken_up.line.why), ("git", facts.git_unknown)]),
        )
    first = next((each for each in change.versions if each.commit), None)
    why_not = facts.git_unknown or "no commit of the branch names it"
    if first:
        return Stage(
            "Git",
            Standing.DONE,
            f"In commit {first.commit[:12]} of the application, from which {first.version} was made.",
            first.committed_at,
            known_of(
                [
                    ("commit", first.commit),
                    ("repository", first.source),
                    ("which commit took it up", f"not known: {why_not}"),
                ]
            ),
        )
    if proposed := _proposed(facts):
        return Stage(
            "Git", Standing.WAITS, f"No commit of the branch has it yet. {proposed.outcome.capitalize()}."
        )
    line = _about_service(facts)
    if line:
        waits = "waits" in line.outcome or line.outcome == "AwaitingImage"
        said = f"{line.subject}: {line.outcome}" + (f" ({line.why})" if line.why else "")
        return Stage("Git", Standing.WAITS if waits else Standing.LEFT_ALONE, f"Nothing took it up. {said}.")
    if facts.commits is None:
        return Stage("Git", Standing.UNKNOWN, f"Whether a commit took it up is not known: {why_not}.")
    return Stage("Git", Standing.WAITS, "No commit has taken it up yet, and no report says why.")


def _taking_up(facts: Facts) -> Commit | Made | None:
    change = facts.change
    references = {each.reference for each in change.images}
    commits = facts.commits or ()
    # The oldest: a later one that names it again took it up once more.
    for commit in reversed(commits):
        if references & {each.reference for each in images_of(commit)}:
            return commit
    own = change.versions[0].commit if change.versions and not references else ""
    if own and (made := next((each for each in commits if each.sha == own), None)):
        return made
    tags = {each.tag for each in change.images if each.tag}
    for each in reversed(facts.made):
        if each.line.outcome.startswith(COMMITTED) and tags & set(each.line.why.replace(":", " ").split()):
            return each
    return None


def _proposed(facts: Facts) -> StageResult | None:
    """What became of an edit with its image that went into no branch: `write: pull-request`."""
    tags = {each.tag for each in facts.change.images if each.tag}
    lines = [each for each in facts.lines or () if each.stage == StageName.UPDATE_APPLICATION]
    words = {word.strip(".,;:()") for each in lines for word in f"{each.outcome} {each.why}".split()}
    named = bool(tags & words)
    return next(
        (each for each in lines if named and each.outcome.startswith(("proposed, ", "not proposed"))), None
    )


def _taken_back(facts: Facts, taken_up: Commit) -> Commit | None:
    """By a commit after it that bars its image, and that nothing has taken up again since."""
    tags = {each.tag for each in facts.change.images if each.tag}
    for commit in facts.commits or ():
        if commit.sha == taken_up.sha:
            return None
        if any(each.tag in tags for each in images_of(commit)):
            return None
        if commit.trailers.get(STAGE_TRAILER) == StageName.WITHDRAW and tags & set(
            commit.message.replace(":", " ").split()
        ):
            return commit
    return None


def _about_service(facts: Facts) -> StageResult | None:
    return next(
        (
            each
            for stage in (StageName.UPDATE_APPLICATION, StageName.PUBLISH_CHARTS)
            for each in facts.lines or ()
            if each.stage == stage and each.subject.partition(" ")[0] in facts.change.services
        ),
        None,
    )


def _service_charts(facts: Facts) -> Iterator[Stage]:
    first = facts.change.versions[0] if facts.change.versions else None
    names = {each.chart for each in facts.change.images if each.chart} or set(facts.change.services)
    for chart in first.charts if first else ():
        if names.isdisjoint(chart.names):
            continue
        entry = next(
            (e for e in facts.service_charts if (e.name, e.version) == (chart.name, chart.version)), None
        )
        name = f"Service chart {chart.name}"
        if entry is None:
            yield Stage(
                name,
                Standing.UNKNOWN,
                f"It is part of the package as {chart.version}; when that was published is not "
                "known: the index does not offer it.",
                None,
                known_of([("version", chart.version)]),
            )
            continue
        yield Stage(
            name,
            Standing.DONE,
            f"Version {chart.version} is published.",
            entry.created,
            known_of([("version", chart.version), ("commit", entry.commit), ("package", entry.digest)]),
        )


def _package(facts: Facts) -> Stage:
    name = "Application chart"
    change, first_place = facts.change, next((each for each in facts.places if each.is_seen), UNSEEN)
    if not change.versions:
        line = next(
            (
                e
                for e in facts.lines or ()
                if e.stage == StageName.PUBLISH_CHARTS and "not published" in e.outcome
            ),
            None,
        )
        if line:
            return Stage(name, Standing.WAITS, f"{line.outcome.capitalize()}: {line.why}.")
        if not facts.places or facts.places[0].is_seen:
            return Stage(name, Standing.AHEAD, "No version holds it yet.")
        return Stage(name, Standing.UNKNOWN, "No version that may be seen here holds it.")
    version = change.versions[0]
    known = known_of(
        [
            ("version", version.version),
            ("package", version.digest),
            ("commit", version.commit),
            ("repository", first_place.repository),
            ("also in", ", ".join(e.version for e in change.versions[1:])),
        ]
    )
    if first_place.offered is None:
        return Stage(
            name,
            Standing.UNKNOWN,
            f"It is version {version.version}; what is published is not known.",
            None,
            known,
        )
    entry = offered_in(first_place, version)
    if entry:
        return Stage(name, Standing.DONE, f"Published as {version.version}.", entry.created, known)
    failed = ((place, each) for place in facts.places for each in rejections_in(place, (version,)))
    for place, rejection in failed:
        left = "was withdrawn" if rejection.was_withdrawn else "is not offered any more"
        sentence = (
            f"{version.version} was published, failed in {place.title}, and {left}: {rejection.reason}."
        )
        return Stage(name, Standing.WENT_BACK, sentence, rejection.at, known)
    return Stage(name, Standing.UNKNOWN, f"{version.version} is not offered here any more.", None, known)
