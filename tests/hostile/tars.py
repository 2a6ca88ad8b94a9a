"""Packages that no helm makes: headers are written byte by byte, as tarfile would refuse to."""

import gzip
import io
import random
import tarfile
from collections.abc import Iterable, Mapping

CHART = b"apiVersion: v2\nname: a\nversion: 1.0.0\n"
END = bytes(1024)


def packed(*parts: bytes) -> bytes:
    return gzip.compress(b"".join(parts) + END, compresslevel=1)


def header(name: str | bytes, size: int | bytes = 0, kind: bytes = b"0") -> bytes:
    """`size`: its bytes as they stand in the header, or a number; one that octal digits cannot hold as GNU writes it."""
    block = bytearray(tarfile.TarInfo("x").tobuf(tarfile.GNU_FORMAT))
    raw = name.encode() if isinstance(name, str) else name
    block[:100] = raw.ljust(100, b"\0")
    if isinstance(size, int):
        octal = 0 <= size < 8**11
        size = (
            b"%011o\0" % size
            if octal
            else bytes([128 if size > 0 else 255]) + size.to_bytes(11, "big", signed=True)
        )
    block[124:136] = size
    block[156:157] = kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def member(name: str | bytes, content: bytes = b"", kind: bytes = b"0") -> bytes:
    padding = bytes(-len(content) % 512)
    return header(name, len(content), kind) + content + padding


def extended(fields: Mapping[str, str], name: str = "a/x", content: bytes = b"x") -> bytes:
    """A member behind a pax header."""
    return extended_by(fields) + member(name, content)


def extended_by(fields: Mapping[str, str]) -> bytes:
    return member("pax", b"".join(map(_field, fields.items())), b"x")


def for_all(fields: int, start: int = 0, **named: str) -> bytes:
    """A pax header for all members behind it, of `fields` fields, or of those that are named."""
    given = named or {f"k{start + number}": "x" for number in range(fields)}
    return member("pax", b"".join(map(_field, given.items())), b"g")


def prefixed(name: bytes, folder: bytes, magic: bytes) -> bytes:
    """A member whose name has a part in another field of its header, of the format that `magic` says."""
    block = bytearray(header(name))
    block[257:265] = magic
    block[345 : 345 + len(folder)] = folder
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def _field(field: tuple[str, str]) -> bytes:
    line = f" {field[0]}={field[1]}\n".encode("utf-8", "surrogateescape")
    length = len(line) + len(str(len(line) + 2))
    return str(length).encode() + line


def package(files: Iterable[tuple[str | bytes, bytes]] = (), chart: bytes = CHART) -> bytes:
    return packed(member("a/Chart.yaml", chart), *(member(name, content) for name, content in files))


def mutants(count: int, seed: int = 7) -> Iterable[bytes]:
    """A sound package with a few bytes of its headers changed, the check sums corrected in most."""
    chance = random.Random(seed)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in (("a/Chart.yaml", CHART), ("a/" + "x" * 150, b"1"), ("a/é", b"2")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    sound = buffer.getvalue()
    for _ in range(count):
        changed = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(6144)] = chance.choice([0, 128, 255, *b"LKSxg", chance.randrange(256)])
        for at in range(0, 6144, 512) if chance.random() < 0.8 else ():
            if changed[at + 257 : at + 262] == b"ustar":
                changed[at + 148 : at + 156] = b" " * 8
                changed[at + 148 : at + 156] = b"%06o\0 " % sum(changed[at : at + 512])
        yield gzip.compress(bytes(changed), compresslevel=1)
