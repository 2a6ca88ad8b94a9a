"""Update the application: chosen images and service charts reach the umbrella chart in one commit."""

from collections.abc import Mapping
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.clients.chart_repository import open_repository
from headway.decide.supply import application_edit, service_readiness
from headway.decide.supply.application_edit import Chosen, Locking, Versions
from headway.decide.supply.service_readiness import ServiceUpdate
from headway.errors import BadInput, HeadwayError
from headway.formats import application_files, chart_version
from headway.formats.application_files import ApplicationFiles
from headway.model.charts import ChartEntry
from headway.model.report import StageResult
from headway.workspace.publisher import told
from headway.workspace.service_look import ServiceLook
from headway.workspace.workspace import Workspace

STAGE = "update_application"


@task(cache_policy=NO_CACHE, task_run_name="Update the application")
def update_application(workspace: Workspace) -> list[StageResult]:
    """Look at every service, and write one commit with all that is new, or none.

    A service that cannot be looked at is reported and does not hold up the others. Raises Conflict when somebody pushed
    meanwhile, BadInput, Refused, Unreachable.
    """
    lines: list[StageResult] = []
    tags: dict[str, str] = {}
    charts: dict[str, ChartEntry] = {}
    for name in workspace.application.services:
        try:
            seen = workspace.services.look(name, workspace.source)
        except HeadwayError as error:
            lines.append(StageResult.of_error(STAGE, name, "could not be looked at", error))
            continue
        update = _update(seen)
        if update.image and seen.image.build:
            tags[name] = seen.image.build.tag
        if update.chart and seen.chart.new:
            charts[name] = seen.chart.new
        lines.append(_line(seen, update))
    return [*lines, _commit(workspace, Chosen(tags, charts))]


def _commit(workspace: Workspace, chosen: Chosen) -> StageResult:
    application, files = workspace.application, workspace.source.files
    locking = Locking(datetime.now(UTC).replace(microsecond=0), _pins(workspace, files))
    inputs = application_edit.with_inputs(files, application, chosen, locking)
    versions = workspace.chart_versions() if inputs.changed else Versions(())
    edit = application_edit.edit(inputs, application, versions)
    if not edit.files:
        return StageResult(STAGE, application.application, "nothing to commit", edit.subject)
    answer = workspace.submit(edit, stage=STAGE)
    outcome, changed = told(answer, "committed")
    return StageResult(STAGE, application.application, outcome, edit.subject, changed=changed)


def _update(seen: ServiceLook) -> ServiceUpdate:
    image, chart = seen.image, seen.chart
    return service_readiness.together(
        seen.branch.history,
        current_image=image.current.commit if image.current else None,
        new_image=image.build.commit if image.build else None,
        current_chart=chart.current.commit if chart.current else None,
        new_chart=chart.new.commit if chart.new else None,
    )


def _line(seen: ServiceLook, update: ServiceUpdate) -> StageResult:
    parts = []
    if update.image and seen.image.build:
        parts.append(f"image {seen.image.build.tag}")
    if update.chart and seen.chart.new:
        parts.append(f"chart {seen.chart.new.version}")
    whys = [update.why, seen.chart.why] if parts else [update.why, seen.image.why, seen.chart.why]
    why = "; ".join(dict.fromkeys(filter(None, whys)))
    return StageResult(STAGE, seen.name, " and ".join(parts) or "left as it is", why)


def _pins(workspace: Workspace, files: ApplicationFiles) -> Mapping[str, str]:
    """Exact versions of third-party dependencies that Chart.yaml gives by a range and no lock pins yet."""
    pins = {}
    for dependency in application_files.unpinned(files, workspace.application):
        offered = open_repository(dependency.repository).entries(dependency.name)
        best = chart_version.newest((entry.version for entry in offered), dependency.version)
        if best is None:
            raise BadInput(
                f"{dependency.repository} offers no version of {dependency.name} that {dependency.version} allows",
                where=files.path("Chart.yaml"),
                next_step="Change the range.",
            )
        pins[dependency.key] = best
    return pins
