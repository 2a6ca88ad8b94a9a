"""Objects of git's, written as git writes them: https://git-scm.com/docs/gitformat-loose."""

import contextlib
import os
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from headway.formats import git_object

Entry = tuple[str, str]
"""Mode, such as "100644" or "40000", and object name."""
TREE = "40000"


def stored(repository: Path, kind: str, data: bytes) -> str:
    """The name of the object, which is in the repository now: whole or, where this process dies, not at all."""
    whole, name = git_object.written(kind, data), git_object.name(kind, data)
    file = repository / "objects" / name[:2] / name[2:]
    if not _holds(file, whole):
        file.parent.mkdir(exist_ok=True)
        _write(file, zlib.compress(whole))
    return name


def _holds(file: Path, whole: bytes) -> bool:
    """A machine that stops, or a disk that is full, may leave a file behind that is there and does not."""
    try:
        # git takes away what nobody refers to, but not what was touched lately.
        os.utime(file)
        return zlib.decompressobj().decompress(file.read_bytes(), len(whole) + 1) == whole
    except (FileNotFoundError, zlib.error):
        return False


def _write(file: Path, data: bytes) -> None:
    # So called, git takes it away where it is left behind.
    handle, temporary = tempfile.mkstemp(prefix="tmp_obj_", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as written:
            written.write(data)
            written.flush()
            # As git does it: what a branch leads to is fetched never again, whatever a machine that stops leaves of it.
            os.fsync(written.fileno())
        os.chmod(temporary, 0o444)
        os.replace(temporary, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def tree(entries: Iterable[tuple[bytes, Entry]]) -> bytes:
    """By name. git sorts a folder as if its name ended with a slash."""
    ordered = sorted(entries, key=lambda each: each[0] + b"/" if each[1][0] == TREE else each[0])
    return b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(sha) for name, (mode, sha) in ordered)


def entries(data: bytes) -> dict[bytes, Entry]:
    """Of a tree, by name. Raises ValueError for what is none."""
    found, at = {}, 0
    while at < len(data):
        space = data.index(b" ", at)
        end = data.index(b"\0", space)
        sha = data[end + 1 : end + 21]
        # Old tools wrote 040000.
        found[data[space + 1 : end]] = (data[at:space].decode("ascii").lstrip("0"), sha.hex())
        at = end + 21
    return found
