"""What opens a registry: whom a docker config, a program or AWS is asked for, and who is shown it."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.stub import Stubber

from headway.clients.registry import Registry
from headway.clients.registry.logins import aws, kept, open_logins
from headway.errors import BadInput, HeadwayError, Unreachable
from headway.formats.docker_config import Login
from headway.model.credentials import AwsRegistry, DockerConfig, RegistryCredentials
from tests.clients.recorded_registries import ECR

SECRET = "p4ss=w0rd+of/ours"
AUTH = base64.b64encode(f"me:{SECRET}".encode()).decode()
OURS = Login("me", SECRET)


def config(**said: Any) -> DockerConfig:
    return DockerConfig(text=json.dumps(said))


@pytest.mark.parametrize(
    ("logins", "host", "path", "opened"),
    [
        pytest.param(config(auths={"r.example.com": {"auth": AUTH}}), "r.example.com", "a", OURS, id="auth"),
        pytest.param(
            config(auths={"https://R.example.com/v2/": {"username": "me", "password": SECRET}}),
            "r.example.com",
            "a",
            OURS,
            id="an address, with user and password",
        ),
        pytest.param(
            config(auths={"https://index.docker.io/v1/": {"auth": AUTH}}),
            "registry-1.docker.io",
            "library/a",
            OURS,
            id="Docker Hub as docker login writes it",
        ),
        pytest.param(
            config(auths={"docker.io": {"auth": AUTH}}), "registry-1.docker.io", "a/b", OURS, id="by its name"
        ),
        pytest.param(
            config(auths={"r.example.com": {"identitytoken": SECRET}}),
            "r.example.com",
            "a",
            Login(identity_token=SECRET),
            id="identity token",
        ),
        pytest.param(
            config(auths={"r.example.com": {"registrytoken": SECRET}}),
            "r.example.com",
            "a",
            Login(registry_token=SECRET),
            id="registry token",
        ),
        pytest.param(
            config(auths={"r.example.com/shop": {"auth": AUTH}}),
            "r.example.com",
            "shop/web",
            OURS,
            id="a part",
        ),
        pytest.param(
            config(auths={"r.example.com/shop": {"auth": AUTH}}),
            "r.example.com",
            "shopping/web",
            None,
            id="another",
        ),
        pytest.param(
            config(auths={"r.example.com": {}, "r.example.com/shop/web": {"auth": AUTH}}),
            "r.example.com",
            "shop/web",
            OURS,
            id="the longest part",
        ),
        pytest.param(
            config(auths={"r.example.com": {"auth": AUTH}}), "r.example.com:5000", "a", None, id="a port"
        ),
        pytest.param(
            config(auths={"r.example.com": {"auth": AUTH}}), "r.example.com.evil.org", "a", None, id="longer"
        ),
        pytest.param(config(auths={"r.example.com": {}}), "r.example.com", "a", None, id="nothing in it"),
        pytest.param(config(), "r.example.com", "a", None, id="empty"),
        pytest.param(
            config(credsStore="none-such"), "r.example.com", "a", None, id="a store, and nobody named"
        ),
        pytest.param(None, "r.example.com", "a", None, id="none"),
        pytest.param(RegistryCredentials("me", SECRET), "r.example.com", "a", OURS, id="for every registry"),
        pytest.param(AwsRegistry(ECR), "r.example.com", "a", None, id="AWS, and not for this one"),
    ],
)
def test_what_opens_a_repository(logins: Any, host: str, path: str, opened: Login | None) -> None:
    assert open_logins(logins).of(host, path) == opened


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "it is not JSON"),
        (f'["{SECRET}"]', "it is a list"),
        ('{"auths": []}', "auths is a list"),
        (f'{{"auths": {{"r": "{SECRET}"}}}}', r"auths\.r is a str"),
        (f'{{"auths": {{"r": {{"auth": "{SECRET}"}}}}}}', r"auths\.r\.auth is not the base64"),
        ('{"auths": {"r": {"password": 1}}}', r"auths\.r\.password is no text"),
        ('{"auths": {"*.example.com": {}, "r": {}}, "credsStore": "x"}', "is no registry"),
        ('{"credsStore": "../../bin/sh"}', "credsStore names no program"),
        ('{"credHelpers": {"r": "a b"}}', r"credHelpers\.r names no program"),
        ('{"credHelpers": {"r": {"a": 1}}}', "names no program"),
    ],
)
def test_a_docker_config_of_another_kind_is_bad_input_that_shows_nothing_of_it(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=f"docker config of the registry credentials: .*{says}") as found:
        open_logins(DockerConfig(text=text)).of("r", "a")
    assert SECRET not in str(found.value)


def test_a_docker_config_on_the_worker_is_read_when_a_registry_asks(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    logins = open_logins(DockerConfig(path=path))
    with pytest.raises(BadInput, match=rf"{path}: it cannot be read"):
        logins.of("r.example.com", "a")
    path.write_text(json.dumps({"auths": {"r.example.com": {"auth": AUTH}}}))
    assert logins.of("r.example.com", "a") == OURS


HELPER = """\
#!/bin/sh
{ printf '%s ' "$@"; cat; echo; env; } >> "$(dirname "$0")/asked"
"""


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """docker-credential-ecr-login of ours; what it does is appended to it."""
    program = tmp_path / "docker-credential-ecr-login"
    program.write_text(HELPER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    for name in ("AWS_PROFILE", "VAULT_TOKEN", "HEADWAY_REGISTRY_TOKEN", "PREFECT_API_KEY"):
        monkeypatch.setenv(name, "of-the-worker")
    return program


def says(program: Path, text: str) -> None:
    program.write_text(HELPER + text)


BY_HELPER = config(credHelpers={"r.example.com": "ecr-login"})


def test_a_helper_is_told_the_registry_and_sees_the_variables_that_it_needs(helper: Path) -> None:
    says(helper, f"""echo '{{"ServerURL": "x", "Username": "me", "Secret": "{SECRET}"}}'\n""")
    assert open_logins(BY_HELPER).of("r.example.com", "a") == OURS
    first, *variables = (helper.parent / "asked").read_text().splitlines()
    assert first == "get r.example.com"
    names = {line.partition("=")[0] for line in variables}
    assert "AWS_PROFILE" in names
    assert not names & {"VAULT_TOKEN", "HEADWAY_REGISTRY_TOKEN", "PREFECT_API_KEY"}


def test_the_store_is_asked_about_the_registries_that_the_file_names_as_it_spells_them(helper: Path) -> None:
    says(helper, f"""echo '{{"Username": "<token>", "Secret": "{SECRET}"}}'\n""")
    logins = open_logins(config(auths={"https://index.docker.io/v1/": {}}, credsStore="ecr-login"))
    assert logins.of("evil.example.com", "a") is None
    assert not (helper.parent / "asked").exists()
    assert logins.of("registry-1.docker.io", "a/b") == Login(identity_token=SECRET)
    assert (helper.parent / "asked").read_text().startswith("get https://index.docker.io/v1/\n")


def test_many_at_once_run_a_helper_once_and_a_refusal_later_once_more(
    helper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(helper, f"""echo '{{"Username": "me", "Secret": "{SECRET}"}}'\n""")
    logins = open_logins(BY_HELPER)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: logins.of("r.example.com", "a"), range(8))) == {OURS}

    def asked() -> int:
        return (helper.parent / "asked").read_text().count("get r.example.com")

    logins.refused("r.example.com", "a")
    assert (logins.of("r.example.com", "a"), asked()) == (OURS, 1), "it would give the same again"
    monkeypatch.setattr(kept, "FRESH", 0.0)
    logins.refused("r.example.com", "a")
    assert (logins.of("r.example.com", "a"), asked()) == (OURS, 2)


@pytest.mark.parametrize(
    ("does", "kind", "text"),
    [
        ("echo 'credentials not found in native keychain'; exit 1", None, ""),
        (f"echo 'half {SECRET}'; echo 'no role' >&2; exit 3", Unreachable, r"exit code 3: no role"),
        (f"echo '{SECRET}'", BadInput, "it is not JSON"),
        (f"""echo '{{"Secret": "{SECRET}"}}'""", BadInput, "holds no Username and Secret"),
        ("head -c 2000000 /dev/zero", BadInput, "larger than"),
    ],
    ids=["nothing for it", "fails", "no JSON", "no user", "too much"],
)
def test_a_helper_that_gives_nothing(
    helper: Path, does: str, kind: type[HeadwayError] | None, text: str
) -> None:
    says(helper, f"{does}\n")
    logins = open_logins(BY_HELPER)
    if kind is None:
        assert logins.of("r.example.com", "a") is None
        return
    with pytest.raises(kind, match=f"docker-credential-ecr-login for r.example.com: .*{text}") as found:
        logins.of("r.example.com", "a")
    assert SECRET not in str(found.value)


def test_a_helper_that_is_not_there_is_bad_input() -> None:
    with pytest.raises(BadInput, match="docker-credential-none-such: there is no such program"):
        open_logins(config(credHelpers={"r.example.com": "none-such"})).of("r.example.com", "a")


@pytest.fixture(scope="module")
def sdk() -> Any:
    return aws.client(AwsRegistry(ECR, "AKIA", SECRET), "eu-west-1")


@pytest.fixture
def amazon(sdk: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Stubber, list[str]]:
    """ECR by the shapes of its SDK, and the regions that were asked."""
    asked: list[str] = []

    def made(_: AwsRegistry, region: str) -> Any:
        asked.append(region)
        return sdk

    monkeypatch.setattr(aws, "client", made)
    return Stubber(sdk), asked


def granted(ends: datetime) -> dict[str, Any]:
    token = base64.b64encode(f"AWS:{SECRET}".encode()).decode()
    return {
        "authorizationData": [
            {"authorizationToken": token, "expiresAt": ends, "proxyEndpoint": f"https://{ECR}"}
        ]
    }


def test_aws_gives_a_password_that_is_used_until_shortly_before_its_end(
    amazon: tuple[Stubber, list[str]],
) -> None:
    stub, asked = amazon
    soon = datetime.now(UTC) + timedelta(seconds=aws.MARGIN - 1)
    for ends in (soon, soon + timedelta(hours=12)):
        stub.add_response("get_authorization_token", granted(ends), {})
    logins = open_logins(AwsRegistry(ECR))
    with stub:
        assert {logins.of(ECR, "a") for _ in range(5)} == {Login("AWS", SECRET)}
    assert asked == ["eu-west-1"] * 2


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("123456789012.dkr.ecr.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", "us-east-1"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("123456789012.dkr-ecr.eu-west-1.on.aws", "eu-west-1"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.org", None),
        ("public.ecr.aws", None),
        ("registry.example.com", None),
    ],
)
def test_which_registries_are_those_of_aws(
    host: str, region: str | None, amazon: tuple[Stubber, list[str]]
) -> None:
    stub, asked = amazon
    stub.add_response("get_authorization_token", granted(datetime.now(UTC) + timedelta(hours=12)), {})
    with stub:
        if region is None:
            with pytest.raises(BadInput, match="it is no registry of AWS"):
                open_logins(AwsRegistry(host)).of(host, "a")
        else:
            assert open_logins(AwsRegistry(host)).of(host, "a") == Login("AWS", SECRET)
    assert asked == ([region] if region else [])


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDeniedException", 400, BadInput),
        ("UnrecognizedClientException", 400, BadInput),
        ("ThrottlingException", 400, Unreachable),
        ("ServerException", 500, Unreachable),
    ],
)
def test_what_aws_refuses(
    code: str, status: int, kind: type[HeadwayError], amazon: tuple[Stubber, list[str]]
) -> None:
    stub, _ = amazon
    stub.add_client_error("get_authorization_token", code, f"not with {SECRET}", http_status_code=status)
    with stub, pytest.raises(kind, match=f"{ECR}: .*{code}") as found:
        open_logins(AwsRegistry(ECR)).of(ECR, "a")
    assert SECRET not in str(found.value)


@pytest.mark.parametrize(
    "answer", [{}, {"authorizationData": []}, {"authorizationData": [{"authorizationToken": "?"}]}]
)
def test_an_answer_of_aws_of_another_kind(answer: dict[str, Any], amazon: tuple[Stubber, list[str]]) -> None:
    stub, _ = amazon
    stub.add_response("get_authorization_token", answer, {})
    with stub, pytest.raises(BadInput, match="holds no user and password"):
        open_logins(AwsRegistry(ECR)).of(ECR, "a")


def test_a_registry_that_repeats_what_it_was_shown_is_not_quoted() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "Authorization" in request.headers:
            return httpx.Response(400, text=f"bad request: {request.headers['Authorization']} {SECRET}")
        return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    credentials = RegistryCredentials("me", SECRET, "r.example.com")
    with pytest.raises(BadInput, match="answered 400") as found:
        Registry(credentials, transport=httpx.MockTransport(answer)).tags("r.example.com/a")
    assert SECRET not in str(found.value)
    assert AUTH not in str(found.value)


@pytest.mark.parametrize("status", [200, 400])
def test_nor_is_whoever_gives_tokens(status: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return httpx.Response(status, text=f"{SECRET} token=abcdefgh")
        return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="https://r.example.com/token"'})

    credentials = RegistryCredentials("me", SECRET, "r.example.com")
    with pytest.raises(BadInput) as found:
        Registry(credentials, transport=httpx.MockTransport(answer)).tags("r.example.com/a")
    assert SECRET not in str(found.value)
    assert "abcdefgh" not in str(found.value)


def test_one_registry_that_is_slow_to_be_opened_holds_up_no_other() -> None:
    held, asked = threading.Event(), threading.Event()
    keeping = kept.KeptLogins()

    def slow() -> tuple[Login | None, float]:
        asked.set()
        held.wait(20)
        return None, 60.0

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(keeping.of, "slow", slow)
        assert asked.wait(20)
        assert keeping.of("quick", lambda: (OURS, 60.0)) == OURS
        held.set()
        assert waiting.result() is None
