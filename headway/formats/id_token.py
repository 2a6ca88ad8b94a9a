"""What a provider signs about whoever has signed in there (OpenID Connect Core 1.0, 3.1.3.7): believed whole or not at all.

The signature is PyJWT's to check, over keys and algorithms that are chosen here; what the token says, by the clock of who asks.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from headway.errors import BadInput
from headway.formats import json_limits

ALGORITHMS = frozenset(
    f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)
) | frozenset({"EdDSA"})
"""Those with a private half that the provider alone holds: never `none`, and never HS256, whose key would be ours, or public."""
TOKEN_LIMIT = 64 * 2**10
KEYS_LIMIT = 100
RSA_BITS = 2048
SKEW = timedelta(minutes=1)
"""How far two clocks may lie apart."""
WHERE = "ID token"
Key = Mapping[str, Any]
"""A JSON Web Key (RFC 7517)."""


class UnknownKey(BadInput):
    """It is signed by a key that is not among those that are known: the provider may have a new one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must be about."""

    issuer: str
    client: str
    nonce: str
    now: datetime


def keys_of(data: bytes, where: str) -> list[Key]:
    """The keys of a JWK set that can sign. Raises BadInput for what is none."""
    try:
        said = json_limits.load(data)
    except ValueError as error:
        raise BadInput(f"it is no JSON: {error}", where=where) from error
    listed = said.get("keys") if isinstance(said, dict) else None
    if not isinstance(listed, list) or len(listed) > KEYS_LIMIT:
        raise BadInput(f"it is no set of at most {KEYS_LIMIT} keys", where=where)
    return [each for each in listed if isinstance(each, dict) and _signs(each)]


def _signs(key: Key) -> bool:
    """A private key that is published signs for anybody."""
    return key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig" and "d" not in key


def claims(token: str, keys: Sequence[Key], expected: Expected) -> dict[str, Any]:
    """What is signed. Raises UnknownKey, and BadInput for whatever makes it worth nothing; neither quotes the token."""
    said = _verified(token, keys)
    if said.get("iss") != expected.issuer:
        raise _bad("it is of another issuer")
    _check_audience(said, expected.client)
    if said.get("nonce") != expected.nonce:
        raise _bad("it is for another sign-in (nonce)")
    if _moment(said, "exp") <= expected.now - SKEW:
        raise _bad("it has expired")
    if _moment(said, "iat") > expected.now + SKEW:
        raise _bad("it is of the future (iat)")
    if "nbf" in said and _moment(said, "nbf") > expected.now + SKEW:
        raise _bad("it is of the future (nbf)")
    return said


def signed_in_at(said: Mapping[str, Any], now: datetime) -> datetime:
    """When they proved to the provider who they are; `now` where it does not say. Raises BadInput for no moment."""
    return min(now, _moment(said, "auth_time")) if "auth_time" in said else now


def _check_audience(said: Mapping[str, Any], client: str) -> None:
    audience = said.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or client not in named:
        raise _bad("it is for another client")
    if ("azp" in said or len(named) > 1) and said.get("azp") != client:
        raise _bad("it was asked for by another client (azp)")


def _verified(token: str, keys: Sequence[Key]) -> dict[str, Any]:
    import jwt

    if len(token) > TOKEN_LIMIT or not token.isascii():
        raise _bad("it is no token")
    try:
        header = jwt.get_unverified_header(token)
        algorithm, name = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise _bad("its algorithm is none that proves who signed")
        key = jwt.PyJWK(dict(_chosen(keys, name, algorithm)), algorithm)
        _refuse_short(key.key)
        said: dict[str, Any] = jwt.decode(token, key.key, algorithms=[algorithm], options=_SIGNATURE_ALONE)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        # A class alone: what is wrong with it in words may quote it.
        raise _bad(f"its signature does not hold ({type(error).__name__})") from error
    return said


_SIGNATURE_ALONE: Any = {
    "verify_signature": True,
    **dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat", "verify_aud", "verify_iss"), False),
    **dict.fromkeys(("verify_sub", "verify_jti"), False),
}


def _chosen(keys: Sequence[Key], name: object, algorithm: str) -> Key:
    fitting = [
        key for key in keys if key.get("alg", algorithm) == algorithm and key["kty"] == _kind(algorithm)
    ]
    named = [key for key in fitting if name is None or key.get("kid") == name]
    if not named:
        raise UnknownKey("it is signed by a key that the provider does not publish", where=WHERE)
    if len(named) > 1:
        raise _bad("several keys may have signed it")
    return named[0]


def _kind(algorithm: str) -> str:
    return {"R": "RSA", "P": "RSA", "E": "EC"}[algorithm[0]] if algorithm != "EdDSA" else "OKP"


def _refuse_short(key: object) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    if isinstance(key, RSAPublicKey) and key.key_size < RSA_BITS:
        raise _bad(f"the provider's key has fewer than {RSA_BITS} bits")


def _moment(said: Mapping[str, Any], name: str) -> datetime:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _bad(f"it does not say when ({name})")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise _bad(f"it does not say when ({name})") from error


def _bad(what: str) -> BadInput:
    return BadInput(what, where=WHERE)
