"""What an OpenID provider says of itself is believed of itself alone, and leads nowhere in the clear."""

import json
from typing import Any

import pytest

from headway.errors import BadInput
from headway.formats import openid_discovery

ISSUER = "https://id.example.com"
SOUND = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://login.example.com/authorize?tenant=a",
    "token_endpoint": "https://id.example.com/token",
    "jwks_uri": "https://keys.example.com/keys",
}


def parsed(said: object) -> openid_discovery.Provider:
    return openid_discovery.parse(json.dumps(said).encode(), ISSUER)


def test_its_addresses() -> None:
    found = parsed(SOUND)
    assert (found.authorize, found.token, found.keys) == tuple(SOUND.values())[1:]
    assert (found.names_itself, found.takes_basic) == (False, True)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        pytest.param([], "no JSON object", id="a list"),
        pytest.param(SOUND | {"issuer": "https://evil.example.com"}, "calls itself", id="another issuer"),
        pytest.param(SOUND | {"issuer": f"{ISSUER}/"}, "calls itself", id="nearly the issuer"),
        pytest.param(
            SOUND | {"token_endpoint": "http://a.example.com"}, "token_endpoint", id="a secret in the clear"
        ),
        pytest.param(SOUND | {"jwks_uri": "http://a.example.com/keys"}, "jwks_uri", id="keys in the clear"),
        pytest.param(
            SOUND | {"token_endpoint": "http://127.0.0.1:4200/api/deployments"},
            "is not over https",
            id="of this machine, by a provider that is elsewhere",
        ),
        pytest.param(SOUND | {"jwks_uri": "file:///etc/keys"}, "jwks_uri", id="keys of a file"),
        pytest.param(SOUND | {"jwks_uri": "https://a:b@id.example.com/"}, "jwks_uri", id="a password"),
        pytest.param(SOUND | {"jwks_uri": "https://a.example.com:x/"}, "jwks_uri", id="a port that is none"),
        pytest.param(SOUND | {"jwks_uri": "https://a.example.com/\n"}, "jwks_uri", id="a line"),
        pytest.param(
            SOUND | {"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint", id="script"
        ),
        pytest.param(
            SOUND | {"authorization_endpoint": "https://[::1"}, "authorization_endpoint", id="no address"
        ),
        pytest.param(
            SOUND | {"authorization_endpoint": None}, "authorization_endpoint is missing", id="none"
        ),
        pytest.param(
            SOUND | {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "neither", id="no secret"
        ),
        pytest.param(SOUND | {"token_endpoint_auth_methods_supported": 7}, "neither", id="a number"),
    ],
)
def test_what_is_no_provider_of_ours(said: Any, says: str) -> None:
    with pytest.raises(BadInput) as raised:
        parsed(said)
    assert says in str(raised.value)


@pytest.mark.parametrize("data", [b"", b"<html>", b"\xff", b"[" * 1000])
def test_what_is_no_json(data: bytes) -> None:
    with pytest.raises(BadInput, match="is no JSON"):
        openid_discovery.parse(data, ISSUER)


@pytest.mark.parametrize(
    ("address", "sound"),
    [
        ("http://127.0.0.1:4400/", True),
        ("http://[::1]:4400", True),
        ("http://localhost", True),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://10.0.0.1", False),
        ("https://", False),
        ("", False),
    ],
)
def test_in_the_clear_on_this_machine_alone(address: str, sound: bool) -> None:
    try:
        assert openid_discovery.checked_address(address) == address
        assert sound
    except ValueError:
        assert not sound
