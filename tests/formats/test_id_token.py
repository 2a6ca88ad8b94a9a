"""Which ID tokens are believed: those that the provider signed, for us, for this sign-in, now."""

import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from headway.errors import BadInput
from headway.formats import id_token
from headway.formats.id_token import Expected, UnknownKey
from tests.openid_provider import (
    CLIENT,
    ISSUER,
    Claims,
    jwk,
    pem,
    private_key,
    signed,
    signed_by_hand,
    unsigned,
)

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
AT = int(NOW.timestamp())
EXPECTED = Expected(ISSUER, CLIENT, "a-nonce", NOW)


def sound(**other: Any) -> Claims:
    """Those of a sound token, and others; None leaves one out."""
    all_of_it = {
        "iss": ISSUER,
        "aud": CLIENT,
        "exp": AT + 300,
        "iat": AT,
        "sub": "1",
        "nonce": "a-nonce",
        **other,
    }
    return {name: value for name, value in all_of_it.items() if value is not None}


def by_public_key(claims: Claims) -> str:
    """As if the key by which anybody checks were a secret by which one signs."""
    unfinished = unsigned({"alg": "HS256", "kid": "first"}, claims).rpartition(".")[0]
    digest = hmac.digest(pem(), unfinished.encode(), sha256)
    return unsigned({"alg": "HS256", "kid": "first"}, claims, digest)


def with_key_of_its_own(claims: Claims) -> str:
    stranger = private_key("stranger")
    return jwt.encode(claims, stranger, "RS256", headers={"kid": "first", "jwk": jwk("stranger")})


def tampered(claims: Claims) -> str:
    head, _, signature = signed(claims).split(".")
    return ".".join((head, signed(claims | {"preferred_username": "ada"}).split(".")[1], signature))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({}, id="as most providers write it"),
        pytest.param({"aud": [CLIENT]}, id="an audience of one"),
        pytest.param({"aud": [CLIENT, "another"], "azp": CLIENT}, id="for several, asked for by us"),
        pytest.param({"exp": AT - 30}, id="clocks that lie apart a little"),
        pytest.param({"iat": AT + 30, "nbf": AT + 30}, id="a provider that is a little ahead"),
        pytest.param({"exp": AT + 0.5}, id="a moment with a fraction"),
    ],
)
def test_a_sound_token_is_believed(other: Claims) -> None:
    claims = id_token.claims(signed(sound(**other)), [jwk("older"), jwk()], EXPECTED)
    assert claims["sub"] == "1"


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        pytest.param(sound(iss="https://evil.example.com"), "of another issuer", id="of another issuer"),
        pytest.param(sound(iss=f"{ISSUER}/"), "of another issuer", id="nearly the issuer"),
        pytest.param(sound(iss=None), "of another issuer", id="of nobody"),
        pytest.param(sound(aud="another"), "another client", id="for another client"),
        pytest.param(sound(aud=["another"]), "another client", id="for other clients"),
        pytest.param(sound(aud=None), "another client", id="for nobody"),
        pytest.param(sound(aud={CLIENT: 1}), "another client", id="an audience that is no list"),
        pytest.param(sound(aud=[CLIENT, "another"]), "(azp)", id="for several, asked for by nobody"),
        pytest.param(sound(azp="another"), "(azp)", id="asked for by another client"),
        pytest.param(sound(exp=AT - 61), "has expired", id="expired"),
        pytest.param(sound(exp=None), "does not say when (exp)", id="without an end"),
        pytest.param(sound(exp="tomorrow"), "does not say when (exp)", id="an end that is no moment"),
        pytest.param(sound(exp=True), "does not say when (exp)", id="an end that is true"),
        pytest.param(sound(exp=1e30), "does not say when (exp)", id="an end that no calendar has"),
        pytest.param(sound(exp=float("inf")), "does not say when (exp)", id="an end that never comes"),
        pytest.param(sound(iat=AT + 61), "of the future (iat)", id="of the future"),
        pytest.param(sound(nbf=AT + 61), "of the future (nbf)", id="not yet"),
        pytest.param(sound(iat=None), "does not say when (iat)", id="without a beginning"),
        pytest.param(sound(nonce="another"), "for another sign-in", id="of another sign-in"),
        pytest.param(sound(nonce=None), "for another sign-in", id="of no sign-in"),
        pytest.param(sound(nonce="\ud800"), "for another sign-in", id="half a character"),
    ],
)
def test_what_is_signed_and_not_for_us_is_worth_nothing(claims: Claims, says: str) -> None:
    with pytest.raises(BadInput, match=r"ID token: .*") as raised:
        id_token.claims(signed(claims), [jwk()], EXPECTED)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        pytest.param(lambda claims: unsigned({"alg": "none"}, claims), "proves who signed", id="alg none"),
        pytest.param(lambda claims: unsigned({"alg": "None"}, claims), "proves who signed", id="alg None"),
        pytest.param(lambda claims: unsigned({}, claims), "proves who signed", id="no alg"),
        pytest.param(by_public_key, "proves who signed", id="HS256 by the public key"),
        pytest.param(lambda claims: unsigned({"alg": ["RS256"]}, claims), "(TypeError)", id="a list of algs"),
        pytest.param(
            lambda claims: unsigned({"alg": "RS256", "kid": "first"}, claims), "", id="no signature"
        ),
        pytest.param(lambda claims: signed(claims, "unknown"), "does not publish", id="an unknown kid"),
        pytest.param(lambda claims: signed(claims, key=private_key("other")), "", id="another's key"),
        pytest.param(with_key_of_its_own, "", id="a key that it brings along"),
        pytest.param(tampered, "", id="other claims under the signature"),
        pytest.param(lambda claims: signed(claims).rpartition(".")[0], "", id="two parts"),
        pytest.param(lambda _: "", "", id="empty"),
        pytest.param(lambda _: "é.é.é", "it is no token", id="no ASCII"),
        pytest.param(
            lambda claims: signed(claims | {"x": "y" * 70_000}), "it is no token", id="without an end"
        ),
        pytest.param(
            lambda _: jwt.PyJWS().encode(b"[1]", private_key(), "RS256", headers={"kid": "first"}),
            "(DecodeError)",
            id="claims that are a list",
        ),
        pytest.param(
            lambda claims: signed_by_hand(
                {"alg": "RS256", "kid": "first", "crit": ["exp"], "exp": 1}, claims, private_key()
            ),
            "",
            id="what must be understood",
        ),
    ],
)
def test_what_the_provider_did_not_sign_is_worth_nothing(made: Callable[[Claims], str], says: str) -> None:
    token = made(sound())
    with pytest.raises(BadInput) as raised:
        id_token.claims(token, [jwk()], EXPECTED)
    said = str(raised.value)
    assert says in said
    assert not token or token not in said


def test_an_unknown_key_is_told_apart_since_the_provider_may_have_a_new_one() -> None:
    with pytest.raises(UnknownKey):
        id_token.claims(signed(sound(), "second"), [jwk()], EXPECTED)
    assert id_token.claims(signed(sound(), "second"), [jwk(), jwk("second")], EXPECTED)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        pytest.param("PS384", private_key(), id="PS384"),
        pytest.param("RS512", private_key(), id="RS512"),
        pytest.param("ES256", ec.generate_private_key(ec.SECP256R1()), id="ES256"),
        pytest.param("EdDSA", ed25519.Ed25519PrivateKey.generate(), id="EdDSA"),
    ],
)
def test_algorithms_with_a_private_half_are_believed(algorithm: str, key: Any) -> None:
    made = jwt.algorithms.get_default_algorithms()[algorithm]
    public = {**json.loads(made.to_jwk(key.public_key())), "kid": "k"}
    public.pop("key_ops", None)
    token = jwt.encode(sound(), key, algorithm, headers={"kid": "k"})
    assert id_token.claims(token, [jwk(), public], EXPECTED)
    # It is for this one alone.
    with pytest.raises(BadInput):
        id_token.claims(token, [public | {"alg": "RS256" if algorithm != "RS256" else "RS384"}], EXPECTED)


def test_one_key_needs_no_name_and_several_do() -> None:
    token = jwt.encode(sound(), private_key(), "RS256")
    assert id_token.claims(token, [jwk()], EXPECTED)
    with pytest.raises(BadInput, match="several keys"):
        id_token.claims(token, [jwk(), jwk("second")], EXPECTED)


def test_a_short_key_proves_nothing() -> None:
    short = rsa.generate_private_key(65537, 1024)
    with pytest.raises(BadInput, match="fewer than 2048 bits"):
        id_token.claims(
            signed_by_hand({"alg": "RS256", "kid": "first"}, sound(), short), [jwk(key=short)], EXPECTED
        )


@pytest.mark.parametrize(
    ("data", "left"),
    [
        pytest.param([jwk(use="enc")], 0, id="for encryption"),
        pytest.param([{"kty": "oct", "k": "c2VjcmV0", "kid": "first"}], 0, id="a shared secret"),
        pytest.param([jwk() | {"d": "AQ"}], 0, id="its private half lies open"),
        pytest.param(["first", None, 1], 0, id="no keys"),
        pytest.param([jwk()], 1, id="a key"),
    ],
)
def test_which_published_keys_are_believed(data: list[Any], left: int) -> None:
    assert len(id_token.keys_of(json.dumps({"keys": data}).encode(), "here")) == left


@pytest.mark.parametrize("data", [b"", b"[]", b'{"keys": {}}', b'{"keys": ' + b"[" * 500 + b"]" * 500 + b"}"])
def test_what_is_no_set_of_keys_is_an_error(data: bytes) -> None:
    with pytest.raises(BadInput, match="here: "):
        id_token.keys_of(data, "here")


@pytest.mark.parametrize(
    ("said", "at"),
    [
        pytest.param({}, NOW, id="it does not say"),
        pytest.param({"auth_time": AT - 3600}, NOW - timedelta(hours=1), id="an hour ago"),
        pytest.param({"auth_time": AT + 3600}, NOW, id="a clock that is ahead"),
    ],
)
def test_since_when_somebody_has_been_signed_in(said: Claims, at: datetime) -> None:
    assert id_token.signed_in_at(said, NOW) == at
