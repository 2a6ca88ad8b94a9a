"""A secret that is searched for, in every usual spelling, wherever a delivery leaves something behind."""

import base64
import binascii
import gzip
import os
import secrets
import sqlite3
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path

from sandbox.seed import ENVIRONMENTS, Layout, buckets
from sandbox.seed.layout import APPLICATION, IMAGES

SAMPLE_EVERY = 0.02
AT_MOST = 64 * 1024 * 1024


@dataclass(frozen=True)
class Canary:
    """`value` is what a secret holds: with what URLs, JSON and shells spell otherwise. `token` stands in it."""

    token: str = field(default_factory=lambda: secrets.token_hex(12))

    @property
    def value(self) -> str:
        return f'canary {self.token}/+="ä'

    @cached_property
    def spellings(self) -> frozenset[bytes]:
        """In lower case. Escapes leave the token as it is; base64 of more than it holds it in one of three ways."""
        plain = self.token.encode()
        once = within_base64(plain)
        twice = [spelt for each in once for spelt in within_base64(each)]
        return frozenset(each.lower() for each in (plain, binascii.hexlify(plain), *once, *twice))

    def is_in(self, data: bytes) -> bool:
        lower = data.lower()
        return any(each in lower for each in self.spellings)

    def in_file(self, data: bytes) -> bool:
        """Packages are searched unpacked as well."""
        if self.is_in(data):
            return True
        if not data.startswith(b"\x1f\x8b"):
            return False
        with suppress(tarfile.TarError, EOFError, OSError), tarfile.open(fileobj=BytesIO(data)) as archive:
            return any(
                self.is_in(gathered.read()) for gathered in map(archive.extractfile, archive) if gathered
            )
        return self.is_in(gzip.decompress(data))

    def in_database(self, file: Path) -> Iterator[str]:
        """Tables and columns of an SQLite database, with what stands around it."""
        for place, data in values_of(file):
            if self.is_in(data):
                yield f"{file.name}: {place}: {self._around(data)}"

    def _around(self, data: bytes) -> str:
        at = max(data.lower().find(each) for each in self.spellings)
        return data[max(at - 80, 0) : at + 80].decode(errors="replace")

    def in_folder(self, folder: Path, since: float) -> Iterator[str]:
        """Files that were written after `since` (seconds since the epoch)."""
        for root, _, names in os.walk(folder):
            for file in (Path(root, name) for name in names):
                with suppress(OSError):
                    seen = file.lstat()
                    is_new = file.is_file() and not file.is_symlink() and seen.st_mtime >= since
                    if is_new and seen.st_size <= AT_MOST and self.in_file(file.read_bytes()):
                        yield str(file)

    def in_buckets(self, layout: Layout) -> Iterator[str]:
        s3 = buckets.client(layout.address.s3)
        for environment in ENVIRONMENTS:
            bucket = layout.bucket(environment)
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for each in page.get("Contents", []):
                    if self.in_file(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()):
                        yield f"{bucket}/{each['Key']}"

    def in_git(self, layout: Layout) -> Iterator[str]:
        """Every object of every remote: commits, trees, files, whether or not a branch still names them."""
        for repository in (APPLICATION, *IMAGES):
            remote = layout.remote(repository)
            if remote.exists():
                argv = ["git", "-C", str(remote), "cat-file", "--batch-all-objects", "--batch"]
                if self.is_in(subprocess.run(argv, check=True, capture_output=True).stdout):
                    yield f"git remote {repository}"

    @contextmanager
    def in_processes(self) -> Iterator[set[str]]:
        """Programs in whose arguments it stood meanwhile, as everybody on the machine sees them."""
        seen: set[str] = set()
        over = threading.Event()

        def watch() -> None:
            while not over.wait(SAMPLE_EVERY):
                for each in filter(str.isdigit, os.listdir("/proc")):
                    with suppress(OSError):
                        words = Path("/proc", each, "cmdline").read_bytes()
                        if self.is_in(words):
                            seen.add(f"process {words.split(bytes(1))[0].decode(errors='replace')}")

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()


def values_of(database: Path) -> Iterator[tuple[str, bytes]]:
    """Each with its table and column, of an SQLite database."""
    with closing(sqlite3.connect(database, timeout=60)) as opened:
        tables = opened.execute("select name from sqlite_master where type = 'table'")
        for (table,) in list(tables):
            rows = opened.execute(f'select * from "{table}"')
            columns = [name for name, *_ in rows.description]
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    data = value if isinstance(value, bytes) else str(value).encode()
                    yield f"{table}.{column}", data


def within_base64(data: bytes) -> list[bytes]:
    """What is in the base64 of anything that holds the data: it depends on how many bytes stand before."""
    found = []
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data)
        found.append(encoded[(0, 2, 3)[before] : (before + len(data)) * 8 // 6])
    return found


def shared_and_temporary() -> tuple[Path, ...]:
    return Path("/dev/shm"), Path(tempfile.gettempdir())
