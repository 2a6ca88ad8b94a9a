"""Takes Headway's own edits of an application back: the inverse exact edit, and the inputs barred with the
reason.

Only scalars that Headway wrote, and that still hold what it wrote, are put back: whatever a person did
since stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from headway.decide.supply.application_edit import Locking, Move, Versions, with_next_version
from headway.errors import BadInput
from headway.formats import application_files, quarantine, yaml_scalar
from headway.formats.application_files import ApplicationFiles
from headway.model.application import Application
from headway.model.charts import ChartEntry
from headway.model.edits import Edit
from headway.model.quarantine import QuarantinedInput
from headway.model.record import ReleaseRecord


@dataclass(frozen=True, slots=True)
class Failure:
    """The application package that failed: what its inputs are barred for."""

    environment: str
    version: str
    digest: str
    """sha256:<hex> of the package."""
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class OwnEdit:
    """An edit commit of Headway's: the files of its parent and its own."""

    before: ApplicationFiles
    after: ApplicationFiles


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
) -> Edit:
    """One edit of `head` that undoes `edits` (oldest first) and bars the inputs they brought in.

    Tags and dependency versions go back to what they were before the first edit; one that a person changed
    since stays, its input is barred all the same. The lock is refreshed, and the umbrella gets a version
    above every one seen, since a withdrawn version is not used again. Only where all of the files is as it was
    before the edits, and that version is still published, it is put back
    as well: then there is nothing new to publish.

    For a person's commit there is no call: under `revert: own` git stays as it is, no input was Headway's
    choice to be barred, and the rejection in the release record keeps the package out. Empty `files` where
    all this is done already.
    """
    moves = _composed(edits, application)
    edited, returned = _all_put_back(head, application, moves)
    notes: list[str] = [str(move) for move in returned]
    if returned:
        edited, note = _with_version(edited, head, edits, application, versions, locking)
        notes.append(note)
    notes += [
        f"- {move.service}: {move.kind} {move.new} was replaced since" for move in _left(moves, returned)
    ]
    lines = [line for move in moves if (line := _quarantined(move, application, edits[-1].after, failure))]
    edited = replace(edited, quarantine=quarantine.add(head.quarantine, lines) or head.quarantine)
    if edited == head:
        return Edit({}, f"Nothing to take back of {failure.version}: done already")
    body = "\n".join([f"{failure.version} failed in {failure.environment}: {failure.reason}", "", *notes])
    return Edit(edited.changed(head), _subject(returned, failure), body)


def _all_put_back(
    head: ApplicationFiles, application: Application, moves: Sequence[Move]
) -> tuple[ApplicationFiles, list[Move]]:
    """The files, and what was moved in them: back, so with old and new the other way round."""
    edited, returned = head, []
    for move in moves:
        changed = _put_back(edited, application, move)
        if changed != edited:
            returned.append(Move(move.service, move.kind, move.new, move.old))
        edited = changed
    return edited, returned


def _composed(edits: Sequence[OwnEdit], application: Application) -> list[Move]:
    """What the edits did together; where a person wrote in between only what Headway wrote after that."""
    moves: dict[tuple[str, str], Move] = {}
    for each in edits:
        for move in _moves(each, application):
            key = (move.service, move.kind)
            earlier = moves.get(key)
            joined = earlier is not None and earlier.new == move.old
            moves[key] = replace(move, old=earlier.old) if earlier and joined else move
    return [move for move in moves.values() if move.old != move.new]


def _moves(each: OwnEdit, application: Application) -> list[Move]:
    found = []
    for service in application.services:
        tags = (_tag(each.before, application, service), _tag(each.after, application, service))
        versions = (_version(each.before, service), _version(each.after, service))
        found += [
            Move(service, kind, old, new)
            for kind, (old, new) in (("image", tags), ("chart", versions))
            if old is not None and new is not None and old != new
        ]
    return found


def _tag(files: ApplicationFiles, application: Application, service: str) -> str | None:
    path = application.services[service].value_path(service)
    try:
        return yaml_scalar.read_scalar(files.values, path, files.path("values.yaml"))
    except BadInput:
        return None  # the service was not there yet, or is no more


def _version(files: ApplicationFiles, service: str) -> str | None:
    chart = files.chart_yaml
    return next((chart.dependencies[at].version for at in chart.positions(service)), None)


def _put_back(head: ApplicationFiles, application: Application, move: Move) -> ApplicationFiles:
    if move.kind == "image":
        if _tag(head, application, move.service) != move.new:
            return head
        path = application.services[move.service].value_path(move.service)
        values = yaml_scalar.splice(head.values, path, move.old, head.path("values.yaml"))
        return replace(head, values=values)
    edited, umbrella = head, head.chart_yaml
    for at in umbrella.positions(move.service):
        if umbrella.dependencies[at].version == move.new:
            edited = edited.with_dependency(at, move.old)
    return edited


def _with_version(
    edited: ApplicationFiles,
    head: ApplicationFiles,
    edits: Sequence[OwnEdit],
    application: Application,
    versions: Versions,
    locking: Locking,
) -> tuple[ApplicationFiles, str]:
    before, after = edits[0].before, edits[-1].after
    version = before.chart_yaml.version
    untouched = replace(head, quarantine=None) == replace(after, quarantine=None)
    if untouched and version in versions.published and _same_inputs(edited, before, application):
        return (
            before,
            f"- {application.application}: version {after.chart_yaml.version} -> {version}, as published",
        )
    edited = replace(
        edited, lock=application_files.refreshed_lock(edited, application, locking.pins, locking.generated)
    )
    return with_next_version(edited, application, versions)


def _same_inputs(edited: ApplicationFiles, before: ApplicationFiles, application: Application) -> bool:
    return all(
        _tag(edited, application, service) == _tag(before, application, service)
        and _version(edited, service) == _version(before, service)
        for service in application.services
    )


def _quarantined(
    move: Move, application: Application, after: ApplicationFiles, failure: Failure
) -> QuarantinedInput | None:
    if not move.new:
        return None
    chart = after.chart_yaml
    names = [chart.dependencies[at].name for at in chart.positions(move.service)]
    return QuarantinedInput(
        kind="image" if move.kind == "image" else "chart",
        name=application.services[move.service].image if move.kind == "image" else names[0],
        version=move.new,
        environment=failure.environment,
        digest=failure.digest,
        reason=failure.reason,
        since=failure.since,
    )


def _left(moves: Sequence[Move], returned: Sequence[Move]) -> list[Move]:
    back = {(move.service, move.kind) for move in returned}
    return [move for move in moves if (move.service, move.kind) not in back]


def _subject(returned: Sequence[Move], failure: Failure) -> str:
    if not returned:
        return f"Bar the inputs of {failure.version}, which failed in {failure.environment}"
    services = list(dict.fromkeys(move.service for move in returned))
    named = " and ".join(services) if len(services) <= 3 else f"{len(services)} services"
    return f"Take {named} back: {failure.version} failed in {failure.environment}"
