"""Packages that are offered and that no history tells of: no index names what is in them, so they are read."""

from collections.abc import Callable, Collection, Iterable, MutableMapping, Sequence
from dataclasses import replace

from headway.clients.chart_repository import ReadableChartRepository
from headway.decide.review.changes import Version, image_named
from headway.errors import BadInput, HeadwayError
from headway.formats import chart_package, chart_version, foreign_time, image_record
from headway.model.charts import COMMITTED_ANNOTATION, SOURCE_ANNOTATION, ChartEntry, commit_of
from headway.workspace import helm_revisions

PACKAGES_READ = 5
"""Of one look, the newest that no history tells of."""


def read(
    offered: Iterable[ChartEntry],
    told: Collection[str],
    repository: ReadableChartRepository,
    known: MutableMapping[str, Version],
    trouble: list[str],
    tell: Callable[[HeadwayError], str] = str,
) -> dict[str, Version]:
    """What is in the newest of them, by digest. `told`: digests that histories tell of. `known`: packages that were read
    before; those that are read now are added. `tell`: words an error. `trouble` gains a sentence for each package that cannot
    be read."""
    missing = [each for each in offered if each.digest and each.digest not in told]
    missing.sort(key=lambda each: chart_version.precedence(each.version), reverse=True)
    for each in missing[:PACKAGES_READ]:
        if each.digest in known:
            continue
        try:
            known[each.digest] = of_package(each, repository.read(each))
        except BadInput as error:
            known[each.digest] = Version(each.version, each.digest, each.commit)
            trouble.append(f"what is in {each.name} {each.version} is not known: {tell(error)}")
        except HeadwayError as error:
            trouble.append(f"what is in {each.name} {each.version} is not known: {tell(error)}")
            break
    return {each.digest: known[each.digest] for each in missing if each.digest in known}


def newer(offered: Sequence[ChartEntry], versions: Iterable[str]) -> list[ChartEntry]:
    """Those above every one of `versions`: what came since."""
    known = [each for each in versions if chart_version.parse(each)]
    return [each for each in offered if all(chart_version.is_above(each.version, other) for other in known)]


def of_package(entry: ChartEntry, data: bytes) -> Version:
    """What its Chart.yaml says. BadInput where it is no sound package."""
    metadata = chart_package.read_package(data, entry.url).metadata
    recorded = image_record.read(metadata)
    return Version(
        entry.version,
        entry.digest,
        commit_of(metadata),
        foreign_time.read(helm_revisions.annotation(metadata, COMMITTED_ANNOTATION)),
        helm_revisions.annotation(metadata, SOURCE_ANNOTATION),
        tuple(
            replace(image, digest=each.digest) for each in recorded if (image := image_named(each.reference))
        ),
        helm_revisions.service_charts(metadata),
    )
