"""One exact version out of a chart repository, and third-party packages kept on this machine."""

from pathlib import Path

from headway.clients.chart_repository.opening import open_public_repository
from headway.clients.chart_repository.protocol import ReadableChartRepository
from headway.clients.private_files import made_private
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


def fetch(url: str, name: str, version: str, *, cache: Path) -> bytes:
    """A third-party package at an exact version, fetched once for each digest and kept below `cache`."""
    source = open_public_repository(url)
    entry = exact(source, name, version)
    if not DIGEST.match(entry.digest):
        raise BadInput(
            f"its index names no digest of {name} {version}, by which a package could be known again",
            where=source.url,
            next_step='Ask who runs it to index it anew; or commit the chart to charts/, and write repository: "".',
        )
    kept = cache / "packages" / f"{entry.digest.removeprefix('sha256:')}.tgz"
    if kept.is_file():
        return kept.read_bytes()
    data = source.read(entry)
    made_private(kept.parent)
    part = kept.with_name(f"{kept.name}.{id(data)}")
    part.write_bytes(data)
    part.replace(kept)
    return data
