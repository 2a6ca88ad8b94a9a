"""Package a chart and publish it, once for every content: the version is raised where a person did not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from headway.clients import charts
from headway.clients.chart_repository import AlreadyThere, ChartRepository
from headway.clients.git import GitRepository
from headway.clients.helm_command import Helm
from headway.clients.workspace import AUTHOR
from headway.decide import chart_version, chart_yaml, yaml_scalar
from headway.errors import Refused
from headway.model.charts import COMMIT_ANNOTATION, SOURCE_ANNOTATION, ChartEntry, Package
from headway.model.edits import Edit
from headway.model.report import Line

STAGE = "publish_charts"


@dataclass(frozen=True, slots=True)
class Source:
    """A chart at a commit of a branch, and how its version may be raised there."""

    git: GitRepository
    folder: str
    commit: str
    """Whose content is packaged, and what the package says it was made from."""
    head: str | None
    """Where a commit that raises the version goes; None where the chart at the head is another one."""
    version_policy: str
    """patch | manual"""
    barred_versions: frozenset[str] = frozenset()

    @property
    def chart_yaml_path(self) -> str:
        return "Chart.yaml" if self.folder == "." else f"{self.folder}/Chart.yaml"


@dataclass(frozen=True, slots=True)
class Outcome:
    line: Line
    entry: ChartEntry | None = None


def publish(
    source: Source,
    repository: ChartRepository,
    helm: Helm,
    *,
    run: str,
    vendored: Callable[[Path], Mapping[str, bytes]],
    validate: Callable[[Path], list[str]],
) -> Outcome:
    """Publish what is not there yet. Nothing is written where it is, or where `validate` finds something.

    `vendored` gives the packages of the dependencies of the chart in a folder, by name; `validate` gets the folder with them
    in it, and returns findings. Raises Conflict when somebody
    pushed or published meanwhile, Unreachable.
    """
    with TemporaryDirectory(prefix="headway-chart-") as scratch:
        folder = Path(scratch)
        source.git.materialize(source.commit, source.folder, folder)
        where = f"{source.git.url} {source.chart_yaml_path}"
        chart = chart_yaml.read((folder / "Chart.yaml").read_text(encoding="utf-8"), where)
        subject = f"{chart.name} {chart.version}"
        offered = repository.entries(chart.name)
        present = next((entry for entry in offered if entry.version == chart.version), None)
        if present and present.commit == source.commit:
            return Outcome(Line(STAGE, subject, "published already"), present)
        if dependencies := vendored(folder):
            charts.vendor(folder, dependencies)
        package = _package(source, folder, helm, source.commit)
        if present and present.content_digest == package.content_digest:
            return Outcome(Line(STAGE, subject, "published already", "the same content"), present)
        if findings := validate(folder):
            return Outcome(Line(STAGE, subject, "not published", "\n".join(findings), failed=True))
        seen = {entry.version for entry in offered} | repository.objects(chart.name) | source.barred_versions
        if chart.version in seen:
            there = _withdrawn(repository, package, present)
            if there:
                why = "it was withdrawn after a failed release; change the chart to try again"
                return Outcome(Line(STAGE, subject, "not published", why))
            if source.version_policy == "manual":
                raise Refused(
                    f"version {chart.version} exists with other content",
                    where=where,
                    next_step="Raise version: in Chart.yaml (version: manual), or let Headway do it (version: patch).",
                )
            if source.head is None:
                why = f"version {chart.version} exists with other content, and the chart's next commit waits"
                return Outcome(Line(STAGE, subject, "not published", why))
            commit = _raise_version(source, chart.version, seen, run)
            source.git.materialize(commit, source.folder, folder)
            package = _package(source, folder, helm, commit)
        done = repository.publish(package, created=datetime.now(UTC))
        if isinstance(done, AlreadyThere):
            outcome = "not published" if done.withdrawn else "published already"
            return Outcome(Line(STAGE, subject, outcome), None if done.withdrawn else done.entry)
        why = f"{chart.version} existed with other content" if package.version != chart.version else ""
        return Outcome(
            Line(
                STAGE, f"{chart.name} {package.version}", f"published to {repository.url}", why, changed=True
            ),
            done.entry,
        )


def _package(source: Source, folder: Path, helm: Helm, commit: str) -> Package:
    epoch = source.git.log(commit, 1)[0].time
    annotations = {COMMIT_ANNOTATION: commit, SOURCE_ANNOTATION: source.git.url}
    return charts.package(folder, annotations=annotations, epoch=epoch, helm=helm)


def _withdrawn(repository: ChartRepository, package: Package, present: ChartEntry | None) -> bool:
    """Whether this very content was there and was taken back."""
    if present:
        return False
    kept = repository.withdrawn(package.name, package.version)
    return kept is not None and kept.content_digest == package.content_digest


def _raise_version(source: Source, version: str, seen: set[str], run: str) -> str:
    assert source.head
    raised = chart_version.next_patch(version, seen)
    data = source.git.read(source.head, source.chart_yaml_path)
    text = (data or b"").decode("utf-8")
    edited = yaml_scalar.splice(text, ("version",), raised, source.chart_yaml_path)
    edit = Edit(
        {source.chart_yaml_path: edited.encode()},
        f"Raise the chart's version to {raised}",
        f"The chart changed and {version} is published.",
        {"Headway-Stage": STAGE, "Headway-Run": run},
    )
    return source.git.commit(edit, on=source.head, author=AUTHOR)
