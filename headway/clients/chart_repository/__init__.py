"""Chart repositories: S3 and a folder to read and write, HTTP to read."""

from pathlib import Path

from headway.clients.chart_repository.directory import DirectoryStore
from headway.clients.chart_repository.http import HttpRepository
from headway.clients.chart_repository.protocol import AlreadyThere, ChartRepository, Published, Stored
from headway.clients.chart_repository.publishing import StoredRepository
from headway.clients.chart_repository.s3 import S3Credentials, S3Store
from headway.errors import BadInput

__all__ = [
    "AlreadyThere",
    "ChartRepository",
    "HttpRepository",
    "Published",
    "S3Credentials",
    "Stored",
    "fetch",
    "open_repository",
]


def open_repository(url: str, credentials: S3Credentials | None = None) -> ChartRepository:
    """The repository at s3://, file:// or http(s)://; no request is made yet. BadInput for others."""
    scheme = url.partition("://")[0]
    if scheme == "s3":
        return StoredRepository(S3Store(url, credentials))
    if scheme == "file":
        return StoredRepository(DirectoryStore(url))
    if scheme in ("http", "https"):
        return HttpRepository(url)
    if scheme == "oci":
        raise BadInput(
            "chart repositories in an OCI registry are not supported yet",
            where=url,
            next_step="Use s3:// or file://.",
        )
    raise BadInput("not the address of a chart repository", where=url, next_step="Use s3:// or file://.")


def fetch(repository: str, name: str, version: str, *, cache: Path) -> bytes:
    """A third-party package at an exact version, fetched once for each digest and kept below `cache`."""
    source = open_repository(repository)
    offered = source.entries(name)
    entry = next((entry for entry in offered if entry.version == version), None)
    if entry is None:
        known = ", ".join(other.version for other in offered[:5])
        raise BadInput(
            f"it does not offer {name} {version}",
            where=repository,
            next_step=f"It offers {known}." if known else "It knows no chart of that name.",
        )
    kept = cache / "packages" / f"{entry.digest.removeprefix('sha256:')}.tgz"
    if kept.is_file():
        return kept.read_bytes()
    data = source.read(entry)
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_name(f"{kept.name}.{id(data)}")
    part.write_bytes(data)
    part.replace(kept)
    return data
