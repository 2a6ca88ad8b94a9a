"""Files of a chart repository in a folder."""

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from headway.clients.chart_repository.publishing import within_limit
from headway.errors import BadInput, Unreachable


class DirectoryStore:
    """Files in a folder that exists; see Store. The tag is the digest of the content."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        parts = urlsplit(url)
        self._folder = Path(unquote(parts.path))
        if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not self._folder.is_absolute():
            raise BadInput("not an address such as file:///folder", where=url)

    @property
    def url(self) -> str:
        return self._url

    @property
    def place(self) -> str:
        return self._url

    def get(self, name: str) -> bytes | None:
        with self._answered():
            try:
                with (self._folder / name).open("rb") as file:
                    return within_limit(file, name, self._url)
            except FileNotFoundError:
                if not self._folder.is_dir():
                    # A share that is not mounted is no empty repository.
                    raise
                return None

    def names(self, prefix: str) -> list[str]:
        inner, _, start = prefix.rpartition("/")
        with self._answered():
            try:
                found = sorted(file.name for file in (self._folder / inner).iterdir() if not file.is_dir())
            except (FileNotFoundError, NotADirectoryError):
                if not inner or not self._folder.is_dir():
                    raise
                return []
            return [f"{inner}/{name}" if inner else name for name in found if name.startswith(start)]

    def create(self, name: str, data: bytes, content_type: str) -> bool:  # noqa: ARG002
        with self._answered(), self._written(data) as written:
            try:
                (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
                os.link(written, self._folder / name)
            except FileExistsError:
                return False
            return True

    def get_tagged(self, name: str, known: str | None) -> tuple[bytes | None, str | None]:
        data = self.get(name)
        tag = _tag(data)
        return (None, known) if data is not None and tag == known else (data, tag)

    def swap(self, name: str, data: bytes, content_type: str, tag: str | None) -> str | None:  # noqa: ARG002
        with self._answered(), (self._folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _tag(self.get(name)) != tag:
                return None
            with self._written(data) as written:
                os.replace(written, self._folder / name)
            return _tag(data)

    def check_write(self) -> None:
        with self._answered():
            self._folder.stat()
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise BadInput(
                "this user may not write there",
                where=self._url,
                next_step="Give the worker's user the right.",
            )

    @contextlib.contextmanager
    def _written(self, data: bytes) -> Iterator[Path]:
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                os.fchmod(file.fileno(), 0o644)
                file.flush()
                os.fsync(file.fileno())
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _answered(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise BadInput("there is no such folder", where=self._url, next_step="Create it.") from error
        except OSError as error:
            raise Unreachable(
                f"the folder cannot be used ({error})", where=self._url, next_step="It is tried again."
            ) from error


def _tag(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()
