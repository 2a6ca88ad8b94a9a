"""Which folders of this machine a committer may name as repositories: those that an operator has named."""

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from headway.errors import BadInput


def require_allowed(url: str, application: str, folders: Iterable[str]) -> None:
    """BadInput for a folder that is none of `folders` nor below one of them; addresses elsewhere are no matter of this.

    `application` is the address of the application repository: where an operator has put it into a folder, its neighbours
    there are allowed as well.
    """
    folder = _folder(url)
    if folder is None or url == application:
        return
    own = _folder(application)
    allowed = [*map(Path, folders), *([own.parent] if own else [])]
    if not any(folder.is_relative_to(os.path.realpath(each)) for each in allowed):
        raise BadInput(
            "a folder of the worker that no operator has named",
            where=url,
            next_step="Name it in local_folders of the application's block: headway add URL --local-folder FOLDER.",
        )


def _folder(url: str) -> Path | None:
    """Links followed: a committer who may write into an allowed folder must not lead out of it."""
    parts = urlsplit(url)
    path = parts.path if parts.scheme.lower() == "file" else url
    return Path(os.path.realpath(unquote(path))) if path.startswith("/") else None
