"""The empty database of Prefect's server: all migrations since Prefect 2.0, made once and kept, 5 s of processor time for each
later server.
"""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import prefect


def bring(kept: Path, database: Path) -> None:
    """The one in the folder `kept`, if a server of this version has left any, to where a server is going to look for it."""
    if _empty(kept).exists() and not database.exists():
        shutil.copy(_empty(kept), database)


def keep(database: Path, kept: Path) -> None:
    """What a server that has just begun has made, unless there is one."""
    if _empty(kept).exists():
        return
    unready = Path(tempfile.mkdtemp(dir=kept)) / database.name
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(unready)) as copy:
        source.backup(copy)
    unready.replace(_empty(kept))
    unready.parent.rmdir()


def _empty(kept: Path) -> Path:
    return kept / f"prefect-{prefect.__version__}.db"
