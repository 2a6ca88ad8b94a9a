"""Bump image tags: chosen images and service charts reach the application in one commit."""

from collections.abc import Mapping
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from headway.clients.chart_repository import open_repository
from headway.decide.supply import application_edit, service_readiness
from headway.decide.supply.service_readiness import ServiceUpdate
from headway.errors import BadInput, HeadwayError
from headway.formats import application_files, chart_version
from headway.formats.application_files import ApplicationFiles
from headway.model.charts import ChartEntry
from headway.model.images import Image
from headway.model.report import StageResult
from headway.workspace.service_look import ServiceLook, look
from headway.workspace.workspace import AUTHOR, Workspace


@task(cache_policy=NO_CACHE, task_run_name="Bump image tags ({stage})")
def update_application(
    workspace: Workspace, stage: str, run: str, *, with_charts: bool = True
) -> list[StageResult]:
    """Look at every service, and write one commit with all that is new, or none.

    `with_charts`: also move to new service charts; without, a service whose chart changed is left alone. A service that
    cannot be looked at is reported and does not hold up the others. Raises Conflict when somebody pushed meanwhile.
    """
    files = workspace.files()
    lines: list[StageResult] = []
    images: dict[str, Image] = {}
    charts: dict[str, ChartEntry] = {}
    for name in workspace.application.services:
        try:
            seen = look(workspace, name, files)
            chosen = _choose(seen, with_charts=with_charts)
        except HeadwayError as error:
            lines.append(StageResult.of_error(stage, name, "could not be looked at", error))
            continue
        if chosen.image and seen.choice.image:
            images[name] = seen.choice.image
        if chosen.chart and seen.newest_entry:
            charts[name] = seen.newest_entry
        lines.append(_line(stage, seen, chosen))
    edit = application_edit.edit(
        files,
        workspace.application,
        images=images,
        charts=charts,
        seen=workspace.versions_ever_seen(),
        generated=datetime.now(UTC).replace(microsecond=0),
        stage=stage,
        run=run,
        pins=_pins(workspace, files),
    )
    if not edit.files:
        return [
            *lines,
            StageResult(stage, workspace.application.application, "nothing to commit", edit.subject),
        ]
    commit = workspace.git.commit(edit, on=workspace.commit, author=AUTHOR)
    workspace.look_again()
    return [
        *lines,
        StageResult(
            stage, workspace.application.application, f"committed {commit[:12]}", edit.subject, changed=True
        ),
    ]


def _choose(seen: ServiceLook, *, with_charts: bool) -> ServiceUpdate:
    image, entry = seen.choice.image, seen.newest_entry
    new_image = image.commit if image else None
    if not with_charts:
        alone = new_image is not None and service_readiness.image_alone(
            seen.history, seen.current_commit, new_image
        )
        return ServiceUpdate(
            alone, False, seen.choice.why if alone or not new_image else "its chart changed as well"
        )
    new_chart = entry if entry and entry != seen.current_entry else None
    return service_readiness.together(
        seen.history,
        current_image=seen.current_commit,
        new_image=new_image,
        current_chart=seen.current_entry.commit if seen.current_entry else None,
        new_chart=new_chart.commit if new_chart else None,
    )


def _line(stage: str, seen: ServiceLook, chosen: ServiceUpdate) -> StageResult:
    parts = []
    if chosen.image and seen.choice.image:
        parts.append(f"image {seen.choice.image.tag}")
    if chosen.chart and seen.newest_entry:
        parts.append(f"chart {seen.newest_entry.version}")
    why = chosen.why if parts else "; ".join(dict.fromkeys([chosen.why, seen.choice.why]))
    return StageResult(stage, seen.name, " and ".join(parts) or "left as it is", why)


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
