"""What one look at a service sees: its branch, its images, its published charts, and what the application uses of them."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace

from headway.decide.supply import image_policy, service_history
from headway.decide.supply.image_policy import ImageChoice
from headway.decide.supply.service_history import ServiceHistory
from headway.formats import chart_version, quarantine, yaml_scalar
from headway.formats.application_files import ApplicationFiles
from headway.model.charts import ChartEntry
from headway.model.edits import Commit
from headway.model.images import Image
from headway.workspace.workspace import Workspace

HISTORY_LIMIT = 500
"""Commits of a service's branch that are read; images of older commits are left out."""
OWN_TRAILER = "Headway-Stage"


@dataclass(frozen=True, slots=True)
class ServiceLook:
    """One service, seen from both sides at one moment."""

    name: str
    chart_name: str
    head: str
    commits: Sequence[Commit]
    history: ServiceHistory
    images: Sequence[Image]
    """Those that are not under quarantine, each with the full SHA of its commit on the branch."""
    current_tag: str
    choice: ImageChoice
    entries: Sequence[ChartEntry]
    """What the first environment's repository offers of the service's chart, newest first."""
    newest_entry: ChartEntry | None
    current_entry: ChartEntry | None

    @property
    def current_commit(self) -> str | None:
        return next((image.commit for image in self.images if image.tag == self.current_tag), None)

    def commit(self, sha: str) -> Commit:
        return next(commit for commit in self.commits if commit.sha == sha)


def look(workspace: Workspace, name: str, files: ApplicationFiles) -> ServiceLook:
    """Reads git, registry and chart repository of one service. Raises Unreachable, and BadInput for what is not there."""
    service = workspace.service(name)
    git = workspace.service_git(name)
    head = git.head()
    changes = git.changes(head, HISTORY_LIMIT)
    commits = [each.commit for each in changes]
    history = service_history.of_branch(changes, posixpath.normpath(service.chart))
    shas = history.commits
    quarantined = quarantine.quarantined_tags(workspace.quarantine, service.image)
    tags = workspace.registry.tags(service.image)
    candidates = image_policy.candidates(service.image, tags, shas, service.policy)
    images = [image for image in candidates if image.commit and image.tag not in quarantined]
    current_tag = yaml_scalar.read_scalar(files.values, service.value_path(name), files.path("values.yaml"))
    current = next((image for image in images if image.tag == current_tag), None)
    choice = image_policy.choose(candidates, current, shas, service.policy, quarantined)
    if (
        choice.image
        and current
        and _only_ours(commits, shas.index(choice.image.commit), shas.index(current.commit))
    ):
        choice = ImageChoice(None, f"since {current.tag} there are only commits of Headway's own")
    chart_name = _chart_name(files, name)
    entries = workspace.charts(workspace.application.first_environment).entries(chart_name)
    used = _used_version(files, name)
    return ServiceLook(
        name=name,
        chart_name=chart_name,
        head=head,
        commits=commits,
        history=history,
        images=images,
        current_tag=current_tag,
        choice=_confirmed(workspace, choice),
        entries=entries,
        newest_entry=_newest(workspace, name, chart_name, entries),
        current_entry=next((entry for entry in entries if entry.version == used), None),
    )


def _only_ours(commits: Sequence[Commit], newest: int, current: int) -> bool:
    between = commits[newest:current]
    return bool(between) and all(OWN_TRAILER in commit.trailers for commit in between)


def _confirmed(workspace: Workspace, choice: ImageChoice) -> ImageChoice:
    """The chosen image as its manifest has it: a label that names another commit than the tag is refused."""
    if choice.image is None:
        return choice
    image = workspace.registry.image(choice.image.repository, choice.image.tag)
    if image.commit and image.commit != choice.image.commit:
        return ImageChoice(
            None, f"{image.tag} is labelled with commit {image.commit[:12]}: tag and label disagree"
        )
    return replace(choice, image=replace(image, commit=choice.image.commit))


def _chart_name(files: ApplicationFiles, service: str) -> str:
    chart = files.chart_yaml
    return next((chart.dependencies[at].name for at in chart.positions(service)), service)


def _used_version(files: ApplicationFiles, service: str) -> str:
    chart = files.chart_yaml
    return next((chart.dependencies[at].version for at in chart.positions(service)), "")


def _newest(
    workspace: Workspace, name: str, chart_name: str, entries: Sequence[ChartEntry]
) -> ChartEntry | None:
    quarantined = quarantine.quarantined_versions(workspace.quarantine, chart_name)
    allowed = [entry.version for entry in entries if entry.version not in quarantined]
    best = chart_version.newest(allowed, workspace.service(name).charts)
    return next((entry for entry in entries if entry.version == best), None)
