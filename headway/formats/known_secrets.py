"""Decrypted secrets wherever they turn up: in a manifest, in what a program says, in a log.

From 6 characters on a secret is hidden wherever it stands: in a longer text, in small or large letters, in base64 once or
twice, in hex, as JSON, a shell or a URL spells it, the password of one that is a URL as well, and each line of one that has
several (logs and indented blocks tear those apart). One of 4 or 5 characters is hidden
only as a word of its own, because it is a part of many names. A shorter one, true, false and null never are: every
flag, port and replica count would go with them, and who knows that it is so short finds it by trying.
"""

import base64
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from urllib.parse import quote, unquote, urlsplit

from headway.errors import HeadwayError
from headway.model.tests import TestResult

ANYWHERE, AS_A_WORD = 6, 4
"""Characters from which on a secret is hidden."""
_PLAIN = frozenset({"true", "false", "null", "none"})
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")
_WHOLE_NUMBER = re.compile(r"[1-9][0-9]{6,307}")
"""With more digits it is a word to Go."""

_LETTERS_END = 0x1F000
"""Behind it are no large letters."""
_LEFT_IN_URLS = ("/", "", "!'()*", "$&+,/:;=@", "$&+,;=", ";,/?:@&=+$!*'()#")
"""What is not escaped beside letters, digits and `_.-~`, by whom: Python, everybody careful, JavaScript's encodeURIComponent,
Go's paths, Go's passwords, JavaScript's encodeURI."""

Mark = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class KnownSecrets:
    """All spellings of some secrets."""

    anywhere: tuple[str, ...] = field(repr=False)
    """In small letters."""
    encoded: tuple[str, ...] = field(repr=False)
    """Parts of base64 texts; what stands around them is hidden with them."""
    words: tuple[str, ...] = field(repr=False)

    @staticmethod
    def of(secrets: Iterable[str]) -> "KnownSecrets":
        anywhere: set[str] = set()
        encoded: set[str] = set()
        words: set[str] = set()
        for piece in {piece for secret in secrets for piece in _pieces(secret)}:
            if len(piece) >= ANYWHERE:
                anywhere |= {
                    _small(spelling)
                    for spelling in (*_spellings(piece), *_spellings(piece.upper()), piece.encode().hex())
                }
                once = _base64_cores(piece.encode())
                encoded |= once.union(*(_base64_cores(core.encode()) for core in once))
            elif len(piece) >= AS_A_WORD and piece.lower() not in _PLAIN:
                words |= {*_spellings(piece), base64.b64encode(piece.encode()).decode()}
        return KnownSecrets(tuple(anywhere), tuple(encoded), tuple(words))

    def among(self, text: str) -> "KnownSecrets":
        """Those that `text` may hold: for asking many of its parts."""
        anywhere = tuple(filter(_small(text).__contains__, self.anywhere))
        return KnownSecrets(
            anywhere, *(tuple(filter(text.__contains__, each)) for each in (self.encoded, self.words))
        )

    def hide(self, text: str, mark: Mark = lambda _: "[redacted]") -> str:
        """`text` with `mark` of what stood there in the place of each secret."""
        parts, end = [], 0
        for start, stop in _merged(sorted(self._found(text))):
            parts += [text[end:start], mark(text[start:stop])]
            end = stop
        return "".join([*parts, text[end:]])

    def hide_in(self, result: TestResult) -> TestResult:
        """The same in all that a test said."""
        cases = tuple(
            replace(case, name=self.hide(case.name), message=self.hide(case.message)) for case in result.cases
        )
        return replace(result, log=self.hide(result.log), reason=self.hide(result.reason), cases=cases)

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        small = _small(text)
        for spelling in self.anywhere:
            for start in _places(spelling, small):
                yield start, start + len(spelling)
        for core in self.encoded:
            yield from _runs_of_base64(core, text)
        for word in self.words:
            if word in text:
                pattern = rf"(?<![\w./-]){re.escape(word)}(?![\w/-]|\.\w)"
                yield from (found.span() for found in re.finditer(pattern, text))


def _small(text: str) -> str:
    """In small letters, one by one: no text becomes longer or shorter by it."""
    return text.lower() if text.isascii() else text.translate(_small_letters())


@cache
def _small_letters() -> dict[int, str]:
    every = ((at, chr(at).lower()) for at in range(_LETTERS_END))
    return {at: small for at, small in every if len(small) == 1 and small != chr(at)}


def redact(text: str, secrets: Iterable[str]) -> str:
    return KnownSecrets.of(secrets).hide(text)


@contextmanager
def kept_out_of_errors(secrets: Iterable[str]) -> Iterator[None]:
    """Our errors that are raised inside say what they say without the secrets."""
    try:
        yield
    except HeadwayError as error:
        known = KnownSecrets.of(secrets)
        hidden = [known.hide(text) for text in (error.what, error.where, error.next_step)]
        if hidden == [error.what, error.where, error.next_step]:
            raise
        raise type(error)(hidden[0], where=hidden[1], next_step=hidden[2]) from None


def _pieces(secret: str) -> Iterator[str]:
    """The secret, its lines, and what Helm makes of it: a large number is a float to it, a leading * an alias."""
    for piece in (secret.strip(), *(line.strip() for line in secret.splitlines())):
        yield piece
        yield from _passwords(piece)
        yield piece.lstrip("*")
        if _WHOLE_NUMBER.fullmatch(piece) and math.isfinite(float(piece)):
            mantissa, _, exponent = f"{Decimal(repr(float(piece))).normalize():e}".partition("e")
            yield f"{mantissa}e{int(exponent):+03d}"


def _passwords(address: str) -> Iterator[str]:
    """Of an address such as postgres://shop:hunter22@db/shop, which programs take apart before they speak of it."""
    try:
        password = urlsplit(address).password if "://" in address else None
    except ValueError:
        return
    if password:
        yield password
        yield unquote(password)


def _spellings(piece: str) -> set[str]:
    """As it is written in JSON, in Go and in JSON inside JSON, between single quotes in YAML and in a shell, and in a URL."""
    once = json.dumps(piece, ensure_ascii=False)[1:-1]
    twice = json.dumps(once, ensure_ascii=False)[1:-1]
    by_go = {re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", text) for text in (once, twice)}
    urls = {quote(piece, safe=left) for left in _LEFT_IN_URLS}
    urls |= {url.replace("%20", "+") for url in urls} | {quote(url, safe="") for url in urls}
    quoted = {piece.replace("'", instead) for instead in ("''", "'\\''", "'\"'\"'", "\\'")}
    return {piece, once, twice, json.dumps(piece)[1:-1], *quoted, *by_go, *urls}


def _base64_cores(data: bytes) -> set[str]:
    """What base64 makes of `data` wherever it stands in what is encoded: at its ends neighbours mix in."""
    cores = set()
    for before, mixed in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(bytes(before) + data).decode()
        cores.add(text[mixed : (before + len(data)) * 8 // 6])
    return cores | {core.replace("+", "-").replace("/", "_") for core in cores}


def _places(part: str, text: str) -> Iterator[int]:
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + 1)


def _runs_of_base64(core: str, text: str) -> Iterator[tuple[int, int]]:
    """Each run that holds `core`, once however often it does: a log may be a single one."""
    start = text.find(core)
    while start >= 0:
        run = _run_of_base64(text, start, start + len(core))
        yield run
        start = text.find(core, run[1])


def _run_of_base64(text: str, start: int, stop: int) -> tuple[int, int]:
    while start > 0 and text[start - 1] in _BASE64:
        start -= 1
    while stop < len(text) and text[stop] in _BASE64:
        stop += 1
    return start, stop


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Those that overlap as one; `spans` in order."""
    last: tuple[int, int] | None = None
    for start, stop in spans:
        if last is None or start >= last[1]:
            if last is not None:
                yield last
            last = (start, stop)
        else:
            last = (last[0], max(last[1], stop))
    if last is not None:
        yield last
