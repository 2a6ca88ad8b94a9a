"""A GitHub App's tokens: asked for once, renewed before they end, for the API and for git. Shapes as GitHub documents them."""

from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from pydantic import SecretStr

from blocks import ForgeCredentials as Block
from blocks.opening import git_credentials
from headway.clients.forge import GithubForge, app_token, github_app
from headway.clients.git import remote
from headway.errors import BadInput
from headway.model.credentials import ForgeCredentials
from tests.clients.recorded_forges import AsAnApp

URL = "https://github.com/team/shop.git"
PEM = AsAnApp().app().private_key


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_app, "_kept", {})


@pytest.fixture
def host() -> AsAnApp:
    return AsAnApp()


def test_one_token_does_for_all_that_a_process_asks(host: AsAnApp) -> None:
    for _ in range(2):
        assert host.forge.open_to("main") == []
    assert host._forge(host.url, "a-token-of-the-forge").open_to("main") == []
    assert len(host.issued) == 1


def test_one_that_is_about_to_end_is_not_used(host: AsAnApp) -> None:
    host.lasts = github_app.RENEWED_BEFORE - timedelta(seconds=1)
    for _ in range(2):
        host.forge.open_to("main")
    assert len(host.issued) == 2


def test_another_installation_has_another(host: AsAnApp) -> None:
    host.forge.open_to("main")
    other = ForgeCredentials("", host.host, "github", app=host.app(rsa.generate_private_key(65537, 2048)))
    with pytest.raises(
        BadInput, match=r"installation \d+ of app Iv23\w+ is given no token: the git host does not know"
    ):
        GithubForge(host.url, other, httpx.MockTransport(host._answer)).open_to("main")


def test_git_is_given_the_token_that_is_good_when_it_asks(
    host: AsAnApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge = host.forge
    assert isinstance(forge, GithubForge)
    monkeypatch.setattr("blocks.opening.app_token", lambda *_: forge.app_token)
    block = Block(kind="github", url=host.host, app_id="Iv1", installation_id="1", private_key=SecretStr(PEM))
    credentials = git_credentials(URL, None, block)
    assert credentials
    assert host.issued == [], "nobody is asked before a remote is"
    environment = remote.remote_environment(URL, credentials)
    sent = next(value for value in environment.values() if value.startswith("Authorization: Basic "))
    assert httpx.BasicAuth("x-access-token", host.issued[0])._auth_header == sent.removeprefix(
        "Authorization: "
    )
    assert host.issued[0] not in repr(credentials)


@pytest.mark.parametrize(
    ("url", "there"),
    [
        pytest.param(URL, True, id="https"),
        pytest.param("git@github.com:team/shop.git", False, id="ssh has the worker's key"),
        pytest.param("https://git.example.com/team/shop.git", False, id="another host"),
    ],
)
def test_where_git_needs_it(url: str, there: bool) -> None:
    credentials = ForgeCredentials("", "https://github.com", "github", app=AsAnApp().app())
    assert (app_token(url, credentials) is not None) is there
    assert app_token(url, ForgeCredentials("t", "https://github.com", "github")) is None


def pem(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey, password: bytes = b"") -> str:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock).decode()


APP = {"app_id": "1", "installation_id": "2", "private_key": PEM}


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        pytest.param({}, "it holds no token", id="nothing"),
        pytest.param({**APP, "token": "t"}, "a token and a GitHub App", id="both"),
        pytest.param({**APP, "installation_id": ""}, "wants its ID", id="half of it"),
        pytest.param({**APP, "installation_id": "../1"}, "wants its ID", id="no number"),
        pytest.param({**APP, "kind": "gitlab"}, "gitlab has no GitHub Apps", id="another host"),
        pytest.param({**APP, "private_key": "secret stuff"}, "no private key", id="no key"),
        pytest.param(
            {**APP, "private_key": pem(ed25519.Ed25519PrivateKey.generate())}, "no private key", id="no RSA"
        ),
        pytest.param(
            {**APP, "private_key": pem(rsa.generate_private_key(65537, 2048), b"x")},
            "no private key",
            id="locked",
        ),
    ],
)
def test_what_is_no_app_is_told_before_anybody_is_asked(fields: dict[str, str], what: str) -> None:
    secret = {key: SecretStr(fields[key]) for key in ("token", "private_key") if key in fields}
    plain = {key: value for key, value in fields.items() if key not in secret}
    block = Block(**{"kind": "github", "url": "https://github.com", **plain, **secret})
    with pytest.raises(BadInput, match=what) as caught:
        block.credentials()
    assert "secret stuff" not in str(caught.value)
