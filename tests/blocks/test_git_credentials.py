"""What a git credentials block opens, and what is refused before anything is asked."""

from typing import Any

import pytest
from prefect.types import SecretDict
from pydantic import SecretStr

from blocks import GitCredentials
from headway.clients import git
from headway.errors import BadInput
from tests.formats.test_ssh_key import ED25519, HOST, written

KEY, KNOWN = written(ED25519), f"git.example.com {HOST}"
CART = "git@git.example.com:team/cart.git"


@pytest.mark.parametrize(
    ("fields", "made"),
    [
        ({"username": "u", "password": SecretStr("p")}, git.GitCredentials("u", "p")),
        ({"ssh_key": SecretStr(KEY)}, git.GitCredentials(ssh_key=KEY)),
        (
            {"ssh_key": SecretStr(KEY.replace("\n", " ")), "known_hosts": f"{KNOWN}\n"},
            git.GitCredentials(ssh_key=KEY, known_hosts=KNOWN),
        ),
        ({"known_hosts": KNOWN, "ssh_key": SecretStr("")}, git.GitCredentials(known_hosts=KNOWN)),
        (
            {"username": "u", "ssh_keys": SecretDict({CART: KEY.replace("\n", " ")})},
            git.GitCredentials("u", ssh_keys=((CART, KEY),)),
        ),
    ],
)
def test_a_block_opens(fields: dict[str, Any], made: git.GitCredentials) -> None:
    block = GitCredentials(**fields)
    assert block.credentials() == made
    assert not [shown for shown in (repr(block), repr(made), str(block)) if KEY.splitlines()[2] in shown]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "Headway git credentials: it holds neither user and token nor an ssh key"),
        ({"ssh_key": SecretStr(" "), "known_hosts": " "}, "neither user and token nor an ssh key"),
        (
            {"ssh_key": SecretStr("words")},
            r"ssh key: .* no private key .*ssh-keygen -t ed25519 .* deploy-key",
        ),
        ({"ssh_key": SecretStr(KEY), "known_hosts": "words"}, r"known hosts line 1: .*ssh-keyscan"),
        ({"ssh_keys": SecretDict({CART: "words"})}, f"ssh key of {CART}: .* no private key"),
        ({"ssh_keys": SecretDict({CART: 1})}, f"ssh key of {CART}: .* no private key"),
        (
            {"ssh_keys": SecretDict({"https://git.example.com/cart": KEY})},
            "https://git.example.com/cart: .* none of",
        ),
        ({"ssh_keys": SecretDict({"-oProxyCommand=x": KEY})}, "must not begin with '-'"),
    ],
)
def test_a_block_that_says_nothing_or_something_unsound(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        GitCredentials(**fields).credentials()
