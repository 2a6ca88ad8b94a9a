"""The files of a gzipped tar that anybody may have made, read within limits."""

import gzip
import io
import itertools
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

PACKAGE_LIMIT = 20 * 2**20
"""Bytes of a package; and, unpacked, FILES_LIMIT bytes in COUNT_LIMIT members, folders among them."""
FILES_LIMIT = 100 * 2**20
COUNT_LIMIT = 10_000
_ODD = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\\]")
"""Of names in tars: control characters, what is no UTF-8, separators of Windows."""
_EXTENDED = "headway_extended"
PATH_LIMIT = 1024
"""Characters of a member's name."""
HEADER_LIMIT = 64 * 2**10
"""Bytes of one header that extends another (pax, GNU)."""
_COMMENT = frozenset({"comment"})
"""What a pax header may say of all members, as git archive does: Go takes no more from it, tarfile gives all to each."""
_USTAR = slice(257, 265), b"ustar\x0000"
_PREFIX = slice(345, 500)
_EXTENDING = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


def read(data: bytes) -> Iterator[tuple[str, bytes]]:
    """(path below the first folder, content) of each file, in the tar's order. Raises ValueError for what is no such tar, for
    a member that is neither file nor folder or lies elsewhere, and for what is beyond a limit, which it names.
    """
    if len(data) > PACKAGE_LIMIT:
        raise ValueError(f"it is larger than {PACKAGE_LIMIT} bytes")
    try:
        yield from _members(data)
    except (tarfile.TarError, EOFError, zlib.error, OSError, RecursionError) as error:
        raise ValueError(str(error)) from error
    except (LookupError, ArithmeticError, AttributeError, TypeError) as error:
        # What Python's tarfile stumbles over in headers that nobody's tar writes.
        raise ValueError(f"a header of the tar cannot be read ({error})") from error


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    unpacked = gzip.GzipFile(fileobj=io.BytesIO(data)).read(FILES_LIMIT + 1)
    if len(unpacked) > FILES_LIMIT:
        raise ValueError(f"it unpacks to more than {FILES_LIMIT} bytes")
    with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:", tarinfo=_Member) as archive:
        for count in itertools.count(1):
            member = archive.next()
            if member is None:
                break
            # tarfile would keep each, with its headers, to its end.
            archive.members.clear()  # type: ignore[attr-defined]
            if count > COUNT_LIMIT:
                raise ValueError(f"it holds more than {COUNT_LIMIT} files and folders")
            is_sparse = member.issparse() or any(key.startswith("GNU.sparse") for key in member.pax_headers)
            if member.isdir() and not member.size and not is_sparse:
                continue
            path = _path(member)
            file = archive.extractfile(member) if member.isreg() and not is_sparse else None
            if path is None or file is None:
                raise ValueError(f"it holds {member.name[:100]!r}, which is no file of a chart")
            yield path, file.read()
        _refuse_a_rest(unpacked, archive.offset)


class _Member(tarfile.TarInfo):
    """Refuses a size before it is reckoned with: one below zero would lead back to what was read already; of headers that
    nobody sees, a small one would fill the memory.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Member":
        member = super().frombuf(buf, encoding, errors)
        if not 0 <= member.size <= FILES_LIMIT:
            raise ValueError(f"it holds {member.name[:100]!r} of {member.size} bytes")
        field, magic = _USTAR
        if any(buf[_PREFIX]) and (buf[field] != magic or bytes(buf[-4:]) == b"tar\0"):
            raise ValueError(
                f"it holds {member.name[:100]!r}, whose name is in parts that not everybody reads"
            )
        if member.type in _EXTENDING and member.size > HEADER_LIMIT:
            raise ValueError(f"it holds a header of {member.size} bytes; the limit is {HEADER_LIMIT}")
        return member

    def _proc_member(self, archive: tarfile.TarFile) -> "_Member":
        """Refuses headers of which tarfile heeds one and Go, in which Helm reads the same bytes, another."""
        if archive.pax_headers.keys() - _COMMENT:
            raise ValueError("it holds a header that gives names or sizes to all files")
        if self.type in _EXTENDING and self.type != tarfile.XGLTYPE:
            if getattr(archive, _EXTENDED, False):
                raise ValueError("it holds a header that extends another which extends one itself")
            setattr(archive, _EXTENDED, True)
        elif self.type not in _EXTENDING:
            setattr(archive, _EXTENDED, False)
        found: _Member = super()._proc_member(archive)  # type: ignore[misc]
        return found


def _path(member: tarfile.TarInfo) -> str | None:
    name = member.name
    path = PurePosixPath(name)
    if _ODD.search(name) or len(name) > PATH_LIMIT or member.size < 0:
        return None
    if path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
        return None
    return str(PurePosixPath(*path.parts[1:]))


def _refuse_a_rest(unpacked: bytes, end: int) -> None:
    """tarfile ends at a header that it cannot read, as if nothing came behind it."""
    if unpacked[end : end + tarfile.BLOCKSIZE].strip(b"\0"):
        raise ValueError(f"its header at byte {end} cannot be read")
