"""One exact version out of a chart repository."""

from functools import partial

from headway.clients.chart_repository.opening import open_public_repository
from headway.clients.chart_repository.protocol import ReadableChartRepository
from headway.clients.kept_packages import KeptPackages
from headway.errors import BadInput
from headway.formats.image_reference import DIGEST
from headway.model.charts import ChartEntry


def exact(repository: ReadableChartRepository, name: str, version: str, *, next_step: str = "") -> ChartEntry:
    """The index entry of a version. BadInput where it is not offered; `next_step` instead of what is offered."""
    found = repository.entry(name, version)
    if found is not None:
        return found
    known = ", ".join(repository.versions(name)[:5])
    instead = f"It offers {known}." if known else "It knows no chart of that name."
    raise BadInput(
        f"it does not offer {name} {version}", where=repository.url, next_step=next_step or instead
    )


def fetch(url: str, name: str, version: str, *, kept: KeptPackages) -> bytes:
    """A third-party package at an exact version, fetched once for each digest."""
    source = open_public_repository(url)
    entry = exact(source, name, version)
    if not DIGEST.match(entry.digest):
        raise BadInput(
            f"its index names no digest of {name} {version}, by which a package could be known again",
            where=source.url,
            next_step='Ask who runs it to index it anew; or commit the chart to charts/, and write repository: "".',
        )
    return kept.package(entry.digest, partial(source.read, entry))
