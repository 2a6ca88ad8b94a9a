"""What git calls an object: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects"""

import hashlib
import re

IDENTITY = re.compile(r"(?P<name>\w|\w[^<>\n\0]*[\w)\]]) <(?P<email>[^\s<>\0]+)>")
"""Name and address that git writes as they are: of others it takes characters away."""


def written(kind: str, data: bytes) -> bytes:
    """As git writes it, before it is compressed. `kind`: blob, tree or commit."""
    return b"%s %d\0%s" % (kind.encode(), len(data), data)


def name(kind: str, data: bytes) -> str:
    """SHA-1, in hex."""
    return hashlib.sha1(written(kind, data), usedforsecurity=False).hexdigest()


def blob_name(content: bytes) -> str:
    """Of a file's content."""
    return name("blob", content)


def commit(tree: str, parent: str, identity: str, seconds: int, message: str) -> bytes:
    """With one parent; `identity`: of its author, who committed it too, `seconds` after 1970. Raises ValueError for what git
    would not write so."""
    if not IDENTITY.fullmatch(identity):
        raise ValueError(f"{identity!r} is no author such as Headway <headway@example.com>")
    if "\0" in message:
        raise ValueError("the message holds a NUL")
    who = f"{identity} {seconds} +0000"
    return f"tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\n{message}".encode()
