"""Write chosen images into the service's own chart, where its tags stand."""

from dataclasses import dataclass

from headway.decide.supply import chart_tags
from headway.decide.supply.chart_tags import ChartTexts
from headway.errors import BadInput
from headway.formats import utf8
from headway.formats.content_digest import CHART_YAML
from headway.model.report import StageResult
from headway.workspace.git_writer import Proposed, told
from headway.workspace.service_look import ServiceLook
from headway.workspace.workspace import Workspace
from tasks.publish_chart import STAGE


@dataclass(frozen=True, slots=True)
class Written:
    line: StageResult
    committed: bool
    """Else it waits to be merged, and nothing may build on it."""


def write_chart_tags(workspace: Workspace, seen: ServiceLook) -> Written | None:
    """One commit to the service's repository with all that is new, and the chart's next version; None where nothing is.

    Raises Conflict when somebody pushed meanwhile, BadInput, Refused, Unreachable.
    """
    service = workspace.source.service(seen.name)
    chosen = [
        (image, build.tag) for image in service.declared(seen.name) if (build := seen.images[image.key].build)
    ]
    if not chosen:
        return None
    texts = _texts(seen, service.chart)
    repository = workspace.chart_repository(workspace.application.first_environment)
    known = {each.version for each in seen.offered} | repository.uploaded_versions(seen.chart_name)
    edit = chart_tags.edit(
        texts,
        chosen,
        seen=known | seen.quarantined_charts,
        raises=service.version == "patch",
        known=workspace.services.chosen,
    )
    if not edit.files:
        return None
    answer = workspace.git_writer.submit(edit, to=seen.branch.git, on=seen.branch.head, stage=STAGE)
    outcome, changed = told(answer, "committed")
    line = StageResult(STAGE, seen.name, outcome, edit.subject, changed=changed)
    if isinstance(answer, Proposed):
        return Written(line, committed=False)
    workspace.services.committed(seen.name, answer.commit)
    return Written(line, committed=True)


def _texts(seen: ServiceLook, folder: str) -> ChartTexts:
    read = {}
    for name in ("values.yaml", CHART_YAML):
        path = chart_tags.path(folder, name)
        data = seen.branch.git.read(seen.branch.head, path)
        if data is None:
            raise BadInput(
                "the file is missing, in which `tags_in: chart` looks for the tag and the version",
                where=f"{seen.branch.git.url} {path}",
                next_step="Write it, or correct `chart:` of the service in headway.yaml.",
            )
        read[name] = utf8.text(data, path)
    return ChartTexts(read["values.yaml"], read[CHART_YAML], folder)
