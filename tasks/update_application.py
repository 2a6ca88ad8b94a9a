"""Update the application: chosen images and service charts reach the umbrella chart in one commit."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from headway.clients.chart_repository import open_public_repository
from headway.decide.supply import application_edit, standing
from headway.decide.supply.application_edit import Chosen, Locking, Versions
from headway.decide.supply.service_readiness import ServiceUpdate
from headway.errors import BadInput
from headway.formats import application_files, chart_version
from headway.formats.application_files import ApplicationFiles
from headway.model.charts import ChartEntry
from headway.model.edits import Edit
from headway.model.report import StageName, StageResult
from headway.workspace import new_inputs
from headway.workspace.git_writer import told
from headway.workspace.service_look import ServiceLook
from headway.workspace.workspace import Workspace
from tasks import choose_own_tags, withdraw_part
from tasks.stopped import stopped

STAGE = StageName.UPDATE_APPLICATION


def update_application(workspace: Workspace) -> list[StageResult]:
    """Look at every service, and write one commit with all that is new, or none.

    Of what was rejected as a set only a part comes in; a part that a person answered with no is taken back, and the next look
    goes on with the others. A service that cannot be looked at is reported and does not hold up
    the others. Raises Conflict when somebody pushed meanwhile, BadInput, Refused, Unreachable.
    """
    failed: dict[str, StageResult] = {}
    seen: dict[str, tuple[ServiceLook, ServiceUpdate]] = {}
    for name in workspace.application.services:
        try:
            look = workspace.services.look(name, workspace.source)
            seen[name] = look, new_inputs.service_update(look)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the trouble of one service
            failed[name] = stopped(STAGE, name, "could not be looked at", error)
    new = [new_inputs.inputs_of(workspace, *each) for each in seen.values()]
    narrowed = new_inputs.offered(workspace, [each for each in new if each.inputs])
    if narrowed.waits_for and (taken_back := withdraw_part.if_declined(workspace, narrowed.waits_for)):
        return taken_back
    waiting = narrowed.offer.waiting
    lines = [
        failed.get(name) or _line(*seen[name], waiting.get(name, ""))
        for name in workspace.application.services
    ]
    unpublished = [name for name, (look, _) in seen.items() if look.chart.current is None]
    own = choose_own_tags.choose(workspace)
    chosen = replace(_chosen(seen, narrowed.offer.services), own=own.chosen, known=workspace.services.chosen)
    note = "; ".join(filter(None, [narrowed.offer.note, *own.notes]))
    return [*lines, *own.lines, _commit(workspace, chosen, unpublished, narrowed.barring, note)]


def _chosen(seen: Mapping[str, tuple[ServiceLook, ServiceUpdate]], services: Collection[str]) -> Chosen:
    tags: dict[str, str] = {}
    charts: dict[str, ChartEntry] = {}
    for name, (look, update) in seen.items():
        if name in services:
            tags |= new_inputs.tags_of(look, update)
        if name in services and update.chart and look.chart.new:
            charts[name] = look.chart.new
    return Chosen(tags, charts)


def _commit(
    workspace: Workspace, chosen: Chosen, unpublished: Collection[str], barring: Edit, note: str
) -> StageResult:
    application, files = workspace.application, workspace.source.files
    locking = Locking(datetime.now(UTC).replace(microsecond=0), _pins(workspace, files), unpublished)
    inputs = application_edit.with_inputs(files, application, chosen, locking)
    versions = workspace.chart_versions() if inputs.changed else Versions(())
    edit = standing.joined(application_edit.edit(inputs, application, versions, note), barring)
    if not edit.files:
        return StageResult(STAGE, application.application, "nothing to commit", edit.subject)
    answer = workspace.submit(edit, stage=STAGE)
    outcome, changed = told(answer, "committed")
    why = f"{edit.subject}: {note}" if note else edit.subject
    return StageResult(STAGE, application.application, outcome, why, changed=changed)


def _line(seen: ServiceLook, update: ServiceUpdate, waiting: str) -> StageResult:
    moving = new_inputs.tags_of(seen, update)
    parts = [f"image {tag}" if key == seen.name else f"{key} {tag}" for key, tag in moving.items()]
    if update.chart and seen.chart.new:
        parts.append(f"chart {seen.chart.new.version}")
    unpaired = {key for key, each in seen.images.items() if each.build and not each.build.commit}
    chosen = [
        each.why if key == seen.name else f"{key}: {each.why}"
        for key, each in seen.images.items()
        if key in moving
    ]
    others = [f"{key}: {each.why}" for key, each in seen.more.items() if key not in moving or key in unpaired]
    own = [] if parts and seen.name not in unpaired else [seen.image.why]
    whys = [*chosen, update.why, *own, *others, seen.chart.why]
    what = " and ".join(parts) or _stays(seen)
    if waiting:
        what, whys = f"{what} waits", [waiting]
    why = "; ".join(dict.fromkeys(filter(None, whys)))
    return StageResult(STAGE, seen.name, what, why)


def _stays(seen: ServiceLook) -> str:
    """What of it a person has to see."""
    if left := [tag for each in seen.images.values() for tag in each.left_out]:
        return f"{' and '.join(left)} left out"
    return "no image is chosen" if any(each.is_open for each in seen.images.values()) else "left as it is"


def _pins(workspace: Workspace, files: ApplicationFiles) -> Mapping[str, str]:
    """Exact versions of third-party dependencies that Chart.yaml gives by a range and no lock pins yet."""
    pins = {}
    for dependency in application_files.unpinned(files, workspace.application):
        offered = open_public_repository(dependency.repository).versions(dependency.name)
        best = chart_version.newest(offered, dependency.version)
        if best is None:
            raise BadInput(
                f"{dependency.repository} offers no version of {dependency.name} that {dependency.version} allows",
                where=files.path("Chart.yaml"),
                next_step="Change the range.",
            )
        pins[dependency.key] = best
    return pins
