"""Package a chart and publish it, once for every content: the version is raised where a person did not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from headway.clients.chart_repository import AlreadyThere, WritableChartRepository, one_look
from headway.clients.helm import packaging
from headway.clients.helm.command import Helm
from headway.clients.kept_packages import KeptPackages
from headway.decide.supply import publication, release_size
from headway.decide.supply.publication import Kind, Publication
from headway.errors import BadInput, Refused
from headway.formats import chart_package, image_record, pinned_charts
from headway.model.charts import Package
from headway.model.report import StageName, StageResult
from headway.workspace.chart_source import ChartSource
from headway.workspace.git_writer import GitWriter, Proposed, told
from headway.workspace.vendoring import Vendored
from tasks.validate_chart import Validated

STAGE = StageName.PUBLISH_CHARTS


@dataclass(frozen=True, slots=True)
class PublishContext:
    """What `publish` needs beside the chart: what makes and checks a package, and where it goes."""

    repository: WritableChartRepository
    helm: Helm
    writer: GitWriter
    vendored: Callable[[Path], Vendored]
    """The dependencies of the chart in a folder."""
    validate: Callable[[Path], Validated]
    """Looks at the chart in a folder with its dependencies in it."""
    kept: KeptPackages
    """Where a release on this machine finds what was published."""


@dataclass(frozen=True, slots=True)
class PublishResult:
    line: StageResult
    commit: str | None = None
    """The commit of ours that raised the version; the branch's head is there now."""
    findings: tuple[str, ...] = ()
    """Why the chart, as it is in git, cannot be published."""


@one_look()
def publish(source: ChartSource, context: PublishContext) -> PublishResult:
    """Publish what is not there yet. Nothing is written where it is, or where a finding stands against it.

    Raises Conflict when somebody pushed or published meanwhile, Refused where a person has to raise the version, BadInput,
    Unreachable.
    """
    with TemporaryDirectory(prefix="headway-chart-") as scratch:
        folder = Path(scratch)
        chart = source.write(folder)
        vendored = context.vendored(folder)
        if vendored.packages:
            packaging.vendor(folder, vendored.packages)
        epoch, known = source.committed_at(), pinned_charts.annotations(vendored.pins)
        package = source.package(folder, context.helm, epoch, known)
        due = _due(source, package, context.repository)
        subject = f"{chart.name} {due.version or chart.version}"
        if due.kind is Kind.PRESENT:
            return PublishResult(StageResult(STAGE, subject, "published already", due.why))
        validated = context.validate(folder)
        if findings := _findings(validated, package):
            line = StageResult(STAGE, subject, "not published", "\n".join(findings), failed=True)
            return PublishResult(line, findings=tuple(findings))
        if due.kind is Kind.LEAVE:
            return PublishResult(StageResult(STAGE, subject, "not published", due.why))
        known |= image_record.annotations(validated.images)
        if due.kind is Kind.RAISE:
            return _publish_raised(source, folder, subject, due, context, known)
        if validated.images:
            package = source.package(folder, context.helm, epoch, known)
        return PublishResult(_upload(package, due.why, context))


def examine(source: ChartSource, context: PublishContext) -> list[str]:
    """What speaks against the chart as it is at that commit, whatever is published; empty for a sound one.

    Raises Refused, Unreachable.
    """
    with TemporaryDirectory(prefix="headway-chart-") as scratch:
        folder = Path(scratch)
        try:
            source.write(folder)
            packaging.vendor(folder, context.vendored(folder).packages)
            package = source.package(folder, context.helm, source.committed_at(), {})
        except BadInput as error:
            return [str(error)]
        return _findings(context.validate(folder), package)


def _findings(validated: Validated, package: Package) -> list[str]:
    if not validated.renders:
        return validated.findings
    files = chart_package.files(package.data, package.file_name)
    return [*validated.findings, *release_size.too_large(files, validated.renders)]


def already(subject_of: str, version: str) -> StageResult:
    """The line of a chart that was published from this very commit."""
    return StageResult(STAGE, f"{subject_of} {version}", "published already")


def _due(source: ChartSource, package: Package, repository: WritableChartRepository) -> Publication:
    offered = repository.entries(package.name)
    uploaded = repository.uploaded_versions(package.name)
    stored = repository.stored(package.name, package.version) if package.version in uploaded else None
    return publication.due(
        package.version,
        content_digest=package.content_digest,
        offered=offered,
        uploaded=uploaded,
        stored_digest=stored.package.content_digest if stored else "",
        withdrawn=stored is not None and stored.withdrawn,
        quarantined=source.quarantined_versions,
    )


def _publish_raised(
    source: ChartSource,
    folder: Path,
    subject: str,
    due: Publication,
    context: PublishContext,
    known: Mapping[str, str],
) -> PublishResult:
    """Under the next version, once git has it: from a version that is only proposed nothing is published."""
    if source.version_policy == "manual":
        raise Refused(
            due.why,
            where=source.where,
            next_step="Raise version: in Chart.yaml (version: manual), or let Headway do it (version: patch).",
        )
    if source.head is None:
        why = f"{due.why}, and the chart's next commit waits"
        return PublishResult(StageResult(STAGE, subject, "not published", why))
    edit = source.raised(folder, due.version, due.why)
    answer = context.writer.submit(edit, to=source.git, on=source.head, stage=STAGE)
    if isinstance(answer, Proposed):
        why = f"{due.why}; version {due.version}: {told(answer, '')[0]}"
        return PublishResult(StageResult(STAGE, subject, "not published yet", why, changed=answer.changed))
    raised = source.at(answer.commit)
    package = raised.package(folder, context.helm, raised.committed_at(), known)
    return PublishResult(_upload(package, due.why, context), answer.commit)


def _upload(package: Package, why: str, context: PublishContext) -> StageResult:
    done = context.repository.publish(package, created=datetime.now(UTC))
    subject = f"{package.name} {package.version}"
    if isinstance(done, AlreadyThere):
        return StageResult(STAGE, subject, "not published" if done.withdrawn else "published already")
    context.kept.package(done.entry.digest, lambda: package.data)
    return StageResult(STAGE, subject, f"published to {context.repository.url}", why, changed=True)
