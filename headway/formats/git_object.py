"""What git calls an object: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects"""

import hashlib


def written(kind: str, data: bytes) -> bytes:
    """As git writes it, before it is compressed. `kind`: blob, tree or commit."""
    return b"%s %d\0%s" % (kind.encode(), len(data), data)


def name(kind: str, data: bytes) -> str:
    """SHA-1, in hex."""
    return hashlib.sha1(written(kind, data), usedforsecurity=False).hexdigest()


def blob_name(content: bytes) -> str:
    """Of a file's content."""
    return name("blob", content)
