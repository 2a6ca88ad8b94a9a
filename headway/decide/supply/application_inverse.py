"""Takes Headway's own edits of an application back: the inverse exact edit, and the inputs barred with the
reason.

Only scalars that Headway wrote, and that still hold what it wrote, are put back: whatever a person did
since stays.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from headway.decide.supply import own_scalars
from headway.decide.supply.application_edit import Locking, Move, Versions, with_next_version
from headway.decide.supply.own_scalars import OwnChange, OwnEdit, Place, input_of
from headway.formats import application_files, image_reference, quarantine
from headway.formats.application_files import ApplicationFiles
from headway.model.application import Application
from headway.model.charts import ChartEntry
from headway.model.edits import Edit
from headway.model.quarantine import Input, QuarantinedInput
from headway.model.record import ReleaseRecord


@dataclass(frozen=True, slots=True)
class Failure:
    """The version that failed: what its inputs are barred for."""

    environment: str
    version: str
    digest: str
    """sha256:<hex> of the package."""
    reason: str
    since: datetime
    others: frozenset[Input] = frozenset()
    """Inputs that people changed since last good, which may be to blame as well."""
    implicated: Collection[str] = ()
    """Images (`<repository>:<tag>`) of the workload that failed, where one is known."""
    how: str = ""
    """What became of it, where it was never released; empty for one that failed in `environment`."""

    @property
    def happened(self) -> str:
        return self.how or f"failed in {self.environment}"

    @property
    def barred_for(self) -> str:
        return f"{self.how}: {self.reason}" if self.how else self.reason


def last_good_commit(record: ReleaseRecord | None, offered: Sequence[ChartEntry]) -> str:
    """The commit that the newest good version was made from which is still offered.

    Empty where there is none, as long as the only good one is a release that was adopted: then all edits of Headway's
    are newer.
    """
    made_from = {each.digest: each.commit for each in offered}
    good = record.good if record else ()
    return next((commit for each in good if (commit := made_from.get(each.chart_digest))), "")


def inverse(
    edits: Sequence[OwnEdit],
    head: ApplicationFiles,
    application: Application,
    failure: Failure,
    versions: Versions,
    locking: Locking,
    *,
    changed_elsewhere: bool = False,
) -> Edit:
    """One edit of `head` that undoes `edits` (oldest first) and bars the inputs they brought in, as a set.

    Tags and dependency versions go back, one by one, to what they were before the first edit, or to what a person wrote in
    between. One that somebody changed since stays, and is reported; its input is barred all the same. The lock is
    refreshed, and the umbrella gets a version above every one seen, since a withdrawn version is not used again. Only where
    nothing but Headway's own writing stands between head and the files before the first edit (`changed_elsewhere`: other
    files of the package differ), and that version is still published, they are put back as a whole: then there is nothing
    new to publish.

    Under `revert: own` there is no call for a person's commit: the rejection in the release record keeps the package out.
    Empty `files` where all this is done already.
    """
    together = own_scalars.composed(list(edits), application)
    inputs = [each for each in together if each.place.kind != "version" and each.old != each.new]
    edited, returned = _put_back(head, application, inputs)
    notes = [_moved(each.place, each.new, each.old) for each in returned]
    if returned:
        published = None if changed_elsewhere else _as_published(edits, head, application, together, versions)
        edited, more = published or _with_next_version(edited, application, versions, locking)
        notes += [*_lock_note(edited, head, restored=published is not None), more]
    notes += [note for each in inputs if (note := _stays(each, head, application))]
    barred = _quarantined(inputs, application, edits[-1].after, failure)
    edited = replace(edited, quarantine=quarantine.add(head.quarantine, barred) or head.quarantine)
    if edited == head:
        return Edit({}, f"Nothing to take back of {failure.version}: done already")
    if edited.quarantine != head.quarantine:
        notes += [f"- {_named(each)} in {quarantine.PATH}" for each in barred]
    body = "\n".join([f"{failure.version} {failure.happened}: {failure.reason}", "", *notes])
    return Edit(edited.changed(head), _subject(returned, failure), body)


def _put_back(
    head: ApplicationFiles, application: Application, changes: Sequence[OwnChange]
) -> tuple[ApplicationFiles, list[OwnChange]]:
    """The files, and those changes that were undone in them: what still holds what Headway wrote."""
    edited, returned = head, []
    for change in changes:
        if change.place.read(head, application) == change.new:
            edited = change.place.write(edited, application, change.old)
            returned.append(change)
    return edited, returned


def _as_published(
    edits: Sequence[OwnEdit],
    head: ApplicationFiles,
    application: Application,
    together: list[OwnChange],
    versions: Versions,
) -> tuple[ApplicationFiles, str] | None:
    """The files before the first edit, where head differs from them in nothing but what Headway wrote; else None."""
    before = edits[0].before
    held = all(each.place.read(head, application) == each.new for each in together)
    returns = all(each.place.read(before, application) == each.old for each in together)
    own_locks = [before.lock, *(each.after.lock for each in edits)]
    locks_follow = [each.before.lock for each in edits] == own_locks[:-1] and head.lock == own_locks[-1]
    others_same = own_scalars.blotted(head, application, together) == own_scalars.blotted(
        before, application, together
    )
    version = before.chart_yaml.version
    if not (held and returns and locks_follow and others_same and version in versions.published):
        return None
    place = Place("version", application.application)
    return replace(before, quarantine=head.quarantine), (
        f"{_moved(place, head.chart_yaml.version, version)}, as published"
    )


def _with_next_version(
    edited: ApplicationFiles, application: Application, versions: Versions, locking: Locking
) -> tuple[ApplicationFiles, str]:
    lock = application_files.refreshed_lock(edited, application, locking.pins, locking.generated)
    return with_next_version(replace(edited, lock=lock), application, versions)


def _lock_note(edited: ApplicationFiles, head: ApplicationFiles, *, restored: bool) -> list[str]:
    if edited.lock == head.lock:
        return []
    return [f"- {head.lock_name}: {'as published' if restored else 'refreshed'}"]


def _moved(place: Place, old: str, new: str) -> str:
    return str(Move(place.name, place.kind, old, new))


def _stays(change: OwnChange, head: ApplicationFiles, application: Application) -> str:
    """Empty where nobody else wrote there."""
    now = change.place.read(head, application)
    if now in (change.old, change.new):
        return ""
    instead = "it is gone" if now is None else f"{now or '(none)'} stays"
    return f"- {change.place.name}: {change.place.kind} {change.new} was replaced since, {instead}"


def _quarantined(
    changes: Sequence[OwnChange], application: Application, after: ApplicationFiles, failure: Failure
) -> list[QuarantinedInput]:
    """One entry, that names all of the set; none where nothing came in."""
    brought = [(each, input_of(each.place, each.new, after, application)) for each in changes if each.new]
    guilty = _guilty(brought, application, failure)
    of_all = {*guilty} == {each for _, each in brought}
    others = sorted(
        (each for each in failure.others - {*guilty} if of_all or each.kind == "content"), key=str
    )
    if not guilty:
        return []
    first, *company = [*guilty, *others]
    return [
        QuarantinedInput(
            kind="image" if first.kind == "image" else "chart",
            name=first.name,
            version=first.version,
            environment=failure.environment,
            digest=failure.digest,
            reason=failure.barred_for,
            since=failure.since,
            company=tuple(company),
        )
    ]


def _guilty(
    brought: Sequence[tuple[OwnChange, Input]], application: Application, failure: Failure
) -> list[Input]:
    """The inputs of the workload that failed, with those that are never split from them; all inputs, where no workload is
    known."""
    images = {image_reference.repository_of(image) for image in failure.implicated}
    services = {change.place.name.partition(".")[0] for change, _ in brought}
    accused = {
        each.service
        for each in application.images.values()
        if each.service in services and each.repository in images
    }
    for group in application.together:
        if accused & {*group}:
            accused |= {*group}
    named = [each for change, each in brought if change.place.name.partition(".")[0] in accused]
    return list(dict.fromkeys(named or [each for _, each in brought]))


def _named(barred: QuarantinedInput) -> str:
    together = " together" if barred.company else ""
    return f"{', '.join(map(str, [barred.itself, *barred.company]))}: barred{together}"


def _subject(returned: Sequence[OwnChange], failure: Failure) -> str:
    if not returned:
        return f"Bar the inputs of {failure.version}, which {failure.happened}"
    services = list(dict.fromkeys(change.place.name for change in returned))
    named = " and ".join(services) if len(services) <= 3 else f"{len(services)} services"
    return f"Take {named} back: {failure.version} {failure.happened}"
