"""Package a chart and publish it, once for every content: the version is raised where a person did not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from headway.clients.chart_repository import AlreadyThere, WritableChartRepository
from headway.clients.git import GitRepository
from headway.clients.helm import packaging
from headway.clients.helm.command import Helm
from headway.decide.supply import publication
from headway.decide.supply.publication import Kind
from headway.errors import BadInput, Refused
from headway.formats import chart_version, chart_yaml, utf8, yaml_scalar
from headway.model.charts import COMMIT_ANNOTATION, SOURCE_ANNOTATION, ChartEntry, Package
from headway.model.edits import Edit
from headway.model.report import StageResult
from headway.workspace.workspace import AUTHOR

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
    quarantined_versions: frozenset[str] = frozenset()
    added: Mapping[str, bytes] = field(default_factory=dict)
    """Files that the package holds beside those of the folder, by path in the chart."""

    @property
    def chart_yaml_path(self) -> str:
        return "Chart.yaml" if self.folder == "." else f"{self.folder}/Chart.yaml"

    def write(self, commit: str, folder: Path) -> None:
        """The chart at a commit. Raises BadInput where there is none."""
        self.git.materialize(commit, self.folder, folder)
        if not (folder / "Chart.yaml").is_file():
            raise BadInput(
                f"the file is missing at commit {commit[:12]}",
                where=f"{self.git.url} {self.chart_yaml_path}",
                next_step="Put it back, or correct `chart:` in headway.yaml.",
            )
        for path, data in self.added.items():
            (folder / path).write_bytes(data)


@dataclass(frozen=True, slots=True)
class Outcome:
    line: StageResult
    entry: ChartEntry | None = None


def publish(
    source: Source,
    repository: WritableChartRepository,
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
        source.write(source.commit, folder)
        where = f"{source.git.url} {source.chart_yaml_path}"
        chart = chart_yaml.read(utf8.text((folder / "Chart.yaml").read_bytes(), where), where)
        subject = f"{chart.name} {chart.version}"
        offered = repository.entries(chart.name)
        present = next((entry for entry in offered if entry.version == chart.version), None)
        if present and present.commit == source.commit:
            return Outcome(StageResult(STAGE, subject, "published already"), present)
        if dependencies := vendored(folder):
            packaging.vendor(folder, dependencies)
        package = _package(source, folder, helm, source.commit)
        stored = repository.stored(chart.name, chart.version)
        same_content = stored is not None and stored.package.content_digest == package.content_digest
        if present and (same_content or present.content_digest == package.content_digest):
            return Outcome(StageResult(STAGE, subject, "published already", "the same content"), present)
        if findings := validate(folder):
            return Outcome(StageResult(STAGE, subject, "not published", "\n".join(findings), failed=True))
        seen = {entry.version for entry in offered} | repository.uploaded_versions(chart.name)
        decided = publication.due(
            chart.version,
            seen=seen,
            quarantined=source.quarantined_versions,
            same_content=same_content,
            withdrawn=stored is not None and stored.withdrawn,
        )
        if decided.kind is Kind.LEAVE:
            return Outcome(StageResult(STAGE, subject, "not published", decided.why))
        if decided.kind is Kind.RAISE:
            if source.version_policy == "manual":
                raise Refused(
                    decided.why,
                    where=where,
                    next_step="Raise version: in Chart.yaml (version: manual), or let Headway do it (version: patch).",
                )
            if source.head is None:
                why = f"{decided.why}, and the chart's next commit waits"
                return Outcome(StageResult(STAGE, subject, "not published", why))
            raised = chart_version.next_patch(chart.version, seen | source.quarantined_versions)
            commit = _raise_version(source, raised, decided.why, run)
            source.write(commit, folder)
            package = _package(source, folder, helm, commit)
        done = repository.publish(package, created=datetime.now(UTC))
        subject = f"{chart.name} {package.version}"
        if isinstance(done, AlreadyThere):
            outcome = "not published" if done.withdrawn else "published already"
            return Outcome(StageResult(STAGE, subject, outcome), None if done.withdrawn else done.entry)
        outcome = f"published to {repository.url}"
        return Outcome(StageResult(STAGE, subject, outcome, decided.why, changed=True), done.entry)


def _package(source: Source, folder: Path, helm: Helm, commit: str) -> Package:
    epoch = source.git.log(commit, 1)[0].time
    annotations = {COMMIT_ANNOTATION: commit, SOURCE_ANNOTATION: source.git.url}
    return packaging.package(folder, annotations=annotations, epoch=epoch, helm=helm)


def _raise_version(source: Source, raised: str, why: str, run: str) -> str:
    assert source.head
    path = source.chart_yaml_path
    text = utf8.text(source.git.read(source.head, path) or b"", path)
    edit = Edit(
        {path: yaml_scalar.splice(text, ("version",), raised, path).encode()},
        f"Raise the chart's version to {raised}",
        f"Because {why}.",
        {"Headway-Stage": STAGE, "Headway-Run": run},
    )
    return source.git.commit(edit, on=source.head, author=AUTHOR)
