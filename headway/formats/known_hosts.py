"""Keys of hosts, as ssh-keyscan prints them and ~/.ssh/known_hosts has them: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT."""

import base64
import binascii
from collections.abc import Iterator
from itertools import pairwise

from headway.errors import BadInput

LIMIT = 256 * 2**10
"""Characters; ssh reads the whole for each connection."""
_MARKERS = ("@cert-authority", "@revoked")


def hosts(text: str, where: str, next_step: str) -> list[str]:
    """Whose keys there are, as they are written, each once; of hashed ones it is not told. Raises BadInput, naming the line, for
    what ssh would pass over without a word, and where there is none."""
    if len(text) > LIMIT:
        raise BadInput(f"it has more than {LIMIT} characters", where=where, next_step=next_step)
    found = [
        name
        for number, line in enumerate(text.split("\n"), 1)
        for name in _of_line(line, f"{where} line {number}", next_step)
    ]
    if not found:
        raise BadInput("it holds the key of no host", where=where, next_step=next_step)
    return list(dict.fromkeys(found))


def _of_line(line: str, where: str, next_step: str) -> Iterator[str]:
    fields = line.split()
    if not fields or fields[0].startswith("#"):
        return
    if fields[0] in _MARKERS:
        fields = fields[1:]
    if len(fields) < 3 or not _is_key(fields[1], fields[2]):
        raise BadInput(
            "it is no line such as `git.example.com ssh-ed25519 AAAA...`", where=where, next_step=next_step
        )
    if any(_is_key(kind, key) for kind, key in pairwise(fields[3:])):
        raise BadInput(
            "it is several lines that became one, of which ssh would read the first alone",
            where=where,
            next_step="Give them as a file: --git-known-hosts FILE.",
        )
    for name in fields[0].split(","):
        yield "a hashed name" if name.startswith("|") else name


def _is_key(kind: str, written: str) -> bool:
    """Whether it is of the kind that it says: RFC 4253, section 6.6."""
    try:
        blob = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        return False
    length = int.from_bytes(blob[:4], "big")
    return bool(kind) and blob[4 : 4 + length] == kind.encode() and len(blob) > 4 + length
