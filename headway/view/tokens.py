"""Local tokens: a file with a name and a digest a line. The token itself stands nowhere but with its owner.

A token is 256 random bits, so that a plain digest is enough: there is nothing to guess, and nothing to slow down.
"""

import hashlib
import logging
import re
import secrets
from hmac import compare_digest
from pathlib import Path

from headway.errors import BadInput
from headway.formats import declaration
from headway.formats.settings_file import text_of
from headway.view.told import Away

_LOG = logging.getLogger(__name__)
PREFIX = "headway_"
_LINE = re.compile(r"sha256:[0-9a-f]{64}\Z")
_NAME = re.compile(r"[^\s:][^\n:]{0,99}\Z")


class Tokens:
    """Of one file, read again when it has changed: whoever is taken out of it is out."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._read: tuple[tuple[int, int, int], dict[str, str]] | None = None

    def require(self) -> None:
        """Raises BadInput for a file that is missing or damaged."""
        if self._file is not None:
            read(text_of(self._file), str(self._file))

    def owner(self, token: str) -> str:
        """Whose it is; empty where it is nobody's. Raises Away while the file cannot be read."""
        digest = digest_of(token)
        found = ""
        for name, known in self._all().items():
            # All are compared, so that the time says nothing.
            if compare_digest(known, digest):
                found = name
        return found

    def holds(self, name: str, digest: str) -> bool:
        """Whether it is still there."""
        return compare_digest(self._all().get(name, ""), digest)

    def knows(self, name: str) -> bool:
        """Whether somebody is called so here."""
        return name in self._all()

    def _all(self) -> dict[str, str]:
        if self._file is None:
            return {}
        try:
            stat = self._file.stat()
            version = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if self._read is None or self._read[0] != version:
                self._read = (version, read(text_of(self._file), str(self._file)))
        except (OSError, BadInput) as error:
            # Nobody is let in by what stood there before; what is wrong with it is not for whoever asks.
            _LOG.error("the file of tokens: %s", error)
            raise Away(
                "who has signed in is not known: the file of tokens cannot be read",
                where="sign_in.tokens",
                next_step="Try again, or tell whoever keeps this release view; its log says more.",
            ) from error
        return self._read[1]


def read(text: str, file: str) -> dict[str, str]:
    """Digest by name. Raises BadInput with a line for each finding."""
    root, data, findings = declaration.opened(text, file, "a name and `sha256:<hex>` a line")
    for name, digest in data.items():
        line = declaration.line_of(root, (name,))
        if not _NAME.match(name):
            findings.append((line, f"{name[:100]!r}: is no name of one line and at most 100 characters"))
        if not isinstance(digest, str) or not _LINE.match(digest):
            findings.append(
                (line, f"{name[:100]}: must be sha256: and 64 hex digits, never the token itself")
            )
    if findings:
        raise declaration.bad_input(findings, file)
    return data


def new() -> tuple[str, str]:
    """A token for its owner, and what stands in the file."""
    token = f"{PREFIX}{secrets.token_urlsafe(32)}"
    return token, digest_of(token)


def digest_of(token: str) -> str:
    return f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"
