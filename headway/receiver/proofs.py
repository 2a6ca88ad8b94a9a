"""Whether a request is a sender's: a signature over the bytes as they came, a token, or a path that nobody else knows.

All secrets are compared, each in constant time, so that the time says neither which one nor how much of it fits.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from secrets import token_bytes

Headers = Mapping[str, str]
SIGNATURES = ("x-hub-signature-256", "x-gitea-signature", "x-forgejo-signature")
"""HMAC-SHA256 in hex, GitHub's after `sha256=`."""
_NOBODYS = token_bytes(32)
TOKENS = ("x-gitlab-token", "authorization")


def is_signed(body: bytes, headers: Headers, secrets: Sequence[bytes], times: int = 0) -> bool:
    """By one of the secrets. One signature that fits is enough: some senders write it under two names.

    It takes the time of so many secrets at the least, so that a long body does not say who has how many.
    """
    said = {headers[name].removeprefix("sha256=").strip().lower() for name in SIGNATURES if name in headers}
    padded = (*secrets, *[_NOBODYS] * (times - len(secrets)))
    return _any(
        padded, lambda secret: _fits(said, hmac.new(secret, body, hashlib.sha256).hexdigest().encode())
    )


def has_token(headers: Headers, secrets: Iterable[bytes]) -> bool:
    """As it is, or as a bearer's."""
    said = {headers[name].strip() for name in TOKENS if name in headers}
    said |= {each[len("bearer ") :].strip() for each in said if each[:7].lower() == "bearer "}
    return _any(secrets, lambda secret: _fits(said, secret))


def has_path(part: str, secrets: Iterable[bytes]) -> bool:
    return _any(secrets, lambda secret: _fits({part}, secret))


def _fits(said: Iterable[str], secret: bytes) -> bool:
    found = False
    for each in said:
        found |= hmac.compare_digest(each.encode(errors="replace"), secret)
    return found


def _any(secrets: Iterable[bytes], holds: Callable[[bytes], bool]) -> bool:
    found = False
    for secret in secrets:
        found |= holds(secret)
    return found
