"""The blocks that `headway add` makes, and where their secrets come from."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from blocks import Cluster, RegistryCredentials
from blocks import ForgeCredentials as ForgeBlock
from blocks import GitCredentials as GitBlock
from headway.cli import secret_input
from headway.cli.credentials_shown import shown
from headway.cli.new_blocks import Wanted
from headway.clients.git import GitCredentials as GitClient
from headway.errors import BadInput
from headway.formats import headway_yaml, ssh_key
from headway.model.credentials import AwsRegistry, DockerConfig
from tests.blocks.test_git_credentials import KEY, KNOWN
from tests.formats.test_kubeconfig_part import WHOLE
from tests.formats.test_ssh_key import ECDSA, written

SHOP = headway_yaml.read(
    "application: shop\nenvironments:\n  testing: {charts: s3://t}\n"
    "  live: {charts: s3://l, after: testing, cluster: shared}\n"
)


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "config"
    file.write_text(WHOLE.replace("certificate-authority: ca.crt", "insecure-skip-tls-verify: true"))
    for name in ("token", "key.pem"):
        (tmp_path / name).write_text("secret")
    monkeypatch.setenv("KUBECONFIG", str(file))
    return file


def made(*clusters: str) -> dict[str, tuple[Cluster, str]]:
    return Wanted(clusters).clusters_of(SHOP)


def test_a_cluster_is_saved_under_the_name_that_headway_yaml_gives(kubeconfig: Path) -> None:
    found = made("testing=eu", "live=admin@us")
    assert [*found] == ["shop-testing", "shared"]
    block, said = found["shop-testing"]
    assert (block.context, said) == ("eu", "context eu at https://eu")
    assert block.kubeconfig
    assert "https://us" not in block.kubeconfig.get_secret_value()
    assert found["shared"][1].endswith("; the worker needs the program aws-iam-authenticator")
    other = kubeconfig.with_name("other")
    other.write_text(kubeconfig.read_text().replace("https://us", "https://elsewhere"))
    assert "https://elsewhere" in made(f"live=admin@us@{other}")["shared"][1]


@pytest.mark.parametrize(
    ("git_url", "url", "said"),
    [
        ("https://git.example.com:8443/team/shop.git", None, "https://git.example.com:8443"),
        ("git@git.example.com:team/shop.git", "https://git.example.com/", "https://git.example.com"),
        ("https://ada@git.example.com/team/shop.git", "https://git.example.com", "https://git.example.com"),
        ("https://example.com/git/team/shop", "https://example.com/git", "https://example.com/git"),
    ],
)
def test_a_git_host_is_known_by_the_repository(
    git_url: str, url: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWAY_FORGE_TOKEN", "a-token")
    block = Wanted(forge="gitea", forge_url=url).forge_of(git_url)
    assert block
    credentials = block.credentials()
    assert (credentials.address, credentials.token, credentials.kind) == (said, "a-token", "gitea")
    assert "a-token" not in repr(block)


def test_a_github_app_in_the_place_of_a_token(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    file = tmp_path / "app.pem"
    file.write_bytes(key)
    wanted = Wanted(
        forge="github", forge_app="Iv1", forge_app_installation="47", forge_app_key_from=str(file)
    )
    block = wanted.forge_of("https://github.com/team/shop.git")
    assert block
    app = block.credentials().app
    assert app
    assert (app.app_id, app.installation_id, app.private_key) == ("Iv1", "47", key.decode().strip())
    assert "PRIVATE" not in repr(block)
    assert "PRIVATE" not in repr(app)
    with pytest.raises(BadInput, match="wants its ID, the number of an installation"):
        replace(wanted, forge_app_installation=None).forge_of("https://github.com/team/shop.git")


@pytest.mark.parametrize(
    ("wanted", "git_url", "said"),
    [
        (Wanted(forge="gitea"), "git@git.example.com:team/shop.git", "want the kind .* and its address"),
        (Wanted(forge_url="https://git.example.com"), "https://git.example.com/team/shop", "want the kind"),
        (Wanted(forge="svn"), "https://git.example.com/team/shop", "no kind of git host 'svn'"),
        (
            Wanted(forge="gitea", forge_url="https://other.example.com"),
            "https://git.example.com/team/shop",
            "does not lie below https://other.example.com",
        ),
        (Wanted(forge="gitea", forge_url="https://git.example.com"), "file:///srv/shop.git", "has no forge"),
        (Wanted(forge="gitea", forge_url="https://git.example.com"), "ssh://[::1/a/b", "no address"),
        (
            Wanted(forge="gitea", forge_url="http://git.example.com"),
            "git@git.example.com:a/b",
            "in the clear",
        ),
    ],
)
def test_a_git_host_that_is_named_by_halves_is_refused(
    wanted: Wanted, git_url: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWAY_FORGE_TOKEN", "a-token")
    with pytest.raises(BadInput, match=said):
        wanted.forge_of(git_url)


NOW = ForgeBlock(
    kind="gitea",
    url="https://git.example.com:8443",
    token=SecretStr("old"),
    view_url="https://view.example.com",
)
AN_APP = ForgeBlock(
    kind="github",
    url="https://git.example.com",
    app_id="1",
    installation_id="2",
    private_key=SecretStr("of an app"),
)


@pytest.mark.parametrize(
    ("wanted", "former", "becomes"),
    [
        pytest.param(Wanted(forge_token_from="new.txt"), NOW, {"token": "new"}, id="a new token alone"),
        pytest.param(Wanted(forge_view="https://v"), NOW, {"view_url": "https://v"}, id="the view alone"),
        pytest.param(Wanted(forge_view=""), NOW, {"view_url": ""}, id="no view any more"),
        pytest.param(
            Wanted(forge="gitea", forge_token_from="new.txt"),
            AN_APP,
            {"kind": "gitea", "token": "new", "app_id": "", "installation_id": "", "private_key": None},
            id="a token in the place of an app",
        ),
        pytest.param(
            Wanted(forge_url="https://git.example.com", forge_token_from="new.txt"),
            NOW,
            {"url": "https://git.example.com", "token": "new"},
            id="another address, with a token for it",
        ),
    ],
)
def test_of_a_git_host_what_is_not_named_stays(
    wanted: Wanted,
    former: ForgeBlock,
    becomes: dict[str, str | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def plain(block: ForgeBlock | None) -> dict[str, Any]:
        assert block
        of_secrets = {"token": block.token, "private_key": block.private_key}
        fields = {
            name: getattr(block, name) for name in ("kind", "url", "view_url", "app_id", "installation_id")
        }
        return fields | {name: value and value.get_secret_value() for name, value in of_secrets.items()}

    monkeypatch.delenv("HEADWAY_FORGE_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("new.txt").write_text("new\n")
    at = former.url if wanted.forge_url is None else wanted.forge_url
    assert plain(wanted.forge_of(f"{at}/team/shop.git", former)) == {**plain(former), **becomes}


def test_a_token_of_one_git_host_is_kept_for_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADWAY_FORGE_TOKEN", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(BadInput, match="it is not given"):
        Wanted(forge_url="https://elsewhere.example.com").forge_of("git@git.example.com:team/shop.git", NOW)


def test_the_cluster_that_the_worker_runs_in() -> None:
    block, _ = made("testing=in-cluster")["shop-testing"]
    assert block.in_cluster


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("staging=eu", "environments: testing, live"),
        ("testing", "Write ENVIRONMENT=CONTEXT"),
        ("testing=none", "there is no context 'none'"),
        ("testing=eu@/nowhere/config", "/nowhere/config: it cannot be read"),
    ],
)
@pytest.mark.usefixtures("kubeconfig")
def test_a_cluster_that_there_is_not_is_refused(word: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        made(word)


def test_a_secret_comes_from_a_file_standard_input_or_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("of the file\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("of the pipe\n"))
    monkeypatch.setenv("HEADWAY_TEST", "of the variable")

    def read(source: str | None, variable: str = "HEADWAY_TEST") -> str:
        return secret_input.read(source, variable, "token", "--token-from")

    assert read(str(tmp_path / "token")) == "of the file"
    assert read("-") == "of the pipe"
    assert read(None) == "of the variable"
    with pytest.raises(BadInput, match="token: it is empty"):
        read("-")
    with pytest.raises(BadInput, match=r"token: it is not given\. Give it by --token-from FILE"):
        read(None, "HEADWAY_NOT_THERE")


def test_a_terminal_is_asked_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr("click.prompt", lambda *_, **how: asked.append(how) or "typed")
    monkeypatch.setattr("sys.stdin", type("Terminal", (io.StringIO,), {"isatty": lambda _: True})())
    assert secret_input.read(None, "HEADWAY_NOT_THERE", "token", "--token-from") == "typed"
    assert asked == [{"hide_input": True, "err": True}]


def test_credentials_are_made_of_what_is_named(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret")
    wanted = Wanted(
        git_token_from=str(token),
        registry_host="r.example.com",
        registry_user="puller",
        registry_token_from=str(token),
        s3_endpoint="https://s3.example.com",
    )
    git, registry, s3 = (
        wanted.git_of("https://git.example.com/shop.git", None),
        wanted.registry(),
        wanted.s3(),
    )
    assert git
    assert (git.username, git.password.get_secret_value()) == ("headway", "s3cret")
    assert registry
    assert (registry.host, registry.username) == ("r.example.com", "puller")
    assert s3
    assert (s3.access_key, s3.endpoint_url, s3.region) == ("", "https://s3.example.com", "us-east-1")
    assert (Wanted().git_of("git@h:x", None), Wanted().registry(), Wanted().s3()) == (None, None, None)


BY_SSH = "git@git.example.com:shop.git"


@pytest.fixture
def of_ssh(tmp_path: Path) -> Wanted:
    """Names a key and hosts, by files."""
    key, hosts = tmp_path / "deploy-key", tmp_path / "hosts"
    key.write_text(KEY)
    hosts.write_text(f"# git.example.com:22 SSH-2.0-Go\n{KNOWN}\n")
    return Wanted(git_ssh_key_from=str(key), git_known_hosts=str(hosts))


def test_an_ssh_key_is_made_of_what_is_named_and_the_rest_stays(of_ssh: Wanted) -> None:
    made = of_ssh.git_of(BY_SSH, None)
    assert made
    assert made.credentials() == GitClient(ssh_key=KEY, known_hosts=made.known_hosts)
    assert shown(made) == f"ssh key {ssh_key.fingerprint(KEY)}, knows git.example.com"
    renewed = replace(of_ssh, git_known_hosts=None).git_of(BY_SSH, GitBlock(known_hosts=KNOWN))
    assert renewed
    assert renewed.credentials() == GitClient(ssh_key=KEY, known_hosts=KNOWN)
    hosts = replace(of_ssh, git_ssh_key_from=None).git_of(BY_SSH, made)
    assert hosts
    assert hosts.credentials().ssh_key == KEY
    without = replace(of_ssh, git_ssh_key_from="").git_of(BY_SSH, made)
    assert without
    assert shown(without) == "the worker's own ssh keys, knows git.example.com"


OTHER_KEY = written(ECDSA)
CART, CATALOG = "git@git.example.com:cart.git", "git@git.example.com:catalog.git"


def test_keys_of_repositories_are_named_one_by_one_and_the_rest_stays(of_ssh: Wanted, tmp_path: Path) -> None:
    (tmp_path / "cart-key").write_text(OTHER_KEY)
    named = Wanted(git_ssh_key_of=(f"{CART}={tmp_path}/cart-key",))
    made = named.git_of(BY_SSH, of_ssh.git_of(BY_SSH, None))
    assert made
    assert (made.credentials().ssh_key, made.credentials().ssh_keys) == (KEY, ((CART, OTHER_KEY),))
    assert shown(made) == (
        f"ssh key {ssh_key.fingerprint(KEY)}, of {CART} {ssh_key.fingerprint(OTHER_KEY)}, knows git.example.com"
    )
    more = replace(named, git_ssh_key_of=(f"{CATALOG}={tmp_path}/cart-key", f"{CART}=")).git_of(BY_SSH, made)
    assert more
    assert more.credentials().ssh_keys == ((CATALOG, OTHER_KEY),)
    renewed = of_ssh.git_of(BY_SSH, more)
    assert renewed
    assert renewed.credentials().ssh_keys == ((CATALOG, OTHER_KEY),)


def test_services_by_ssh_have_keys_where_the_application_is_by_https(
    of_ssh: Wanted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWAY_GIT_TOKEN", "s3cret")
    url = "https://git.example.com/shop.git"
    by_token = Wanted(git_user="headway").git_of(url, None)
    named = replace(of_ssh, git_ssh_key_from=None, git_ssh_key_of=(f"{CART}={tmp_path}/deploy-key",))
    made = named.git_of(url, by_token)
    assert made
    opens = made.credentials()
    assert (opens.username, opens.password, opens.ssh_keys) == ("headway", "s3cret", ((CART, KEY),))
    assert shown(made) == f"user headway, of {CART} {ssh_key.fingerprint(KEY)}, knows git.example.com"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("deploy-key", "names no repository and key of it"),
        (f"{CART}=", "names no repository and key of it"),
        ("=deploy-key", "names no repository and key of it"),
        (f"{CART}=nowhere", "cannot be read"),
        (f"{CART}=hosts", f"ssh key of {CART}: it is no private key"),
        ("https://git.example.com/cart.git=deploy-key", "a key by repository is for addresses of ssh"),
    ],
)
@pytest.mark.usefixtures("of_ssh")
def test_what_names_no_key_of_a_repository_is_refused(
    word: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=said):
        Wanted(git_ssh_key_of=(word,)).git_of(BY_SSH, None)


@pytest.mark.parametrize(
    ("changed", "git_url", "said"),
    [
        ({}, "https://git.example.com/shop.git", "are for addresses of ssh"),
        ({}, "file:///srv/shop.git", "are for addresses of ssh"),
        ({"git_user": "headway"}, BY_SSH, "a user and a token open https"),
        ({"git_ssh_key_from": "", "git_known_hosts": ""}, BY_SSH, "add URL --git-credentials"),
        ({"git_known_hosts": "deploy-key"}, BY_SSH, "known hosts line 1: it is no line such as"),
        ({"git_ssh_key_from": "hosts"}, BY_SSH, "ssh key: it is no private key as ssh-keygen writes it"),
        ({}, "ssh://[::1/shop.git", "not a git address"),
    ],
)
def test_what_opens_no_repository_by_ssh_is_refused(
    changed: dict[str, str],
    git_url: str,
    said: str,
    of_ssh: Wanted,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=said) as refused:
        replace(of_ssh, **changed).git_of(git_url, None)
    assert KEY.splitlines()[2] not in str(refused.value)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(registry_host="r"), "want a host and a user"),
        (Wanted(registry_aws=True), "want a host and a user"),
        (Wanted(registry_host="r", registry_docker_config="-"), "names registries and users itself"),
        (Wanted(s3_secret_from="-"), "wants its access key"),
    ],
)
def test_halves_of_credentials_are_refused(wanted: Wanted, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        wanted.registry() or wanted.s3()


def test_a_registry_of_aws_needs_no_secret_and_a_docker_config_is_read_before_it_is_saved(
    tmp_path: Path,
) -> None:
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    made = Wanted(registry_host=host, registry_aws=True).registry()
    assert made
    assert made.credentials() == AwsRegistry(host)
    config = tmp_path / "config.json"
    config.write_text('{"credHelpers": {"r.example.com": "ecr-login"}}')
    made = Wanted(registry_docker_config=str(config)).registry()
    assert made
    assert made.credentials() == DockerConfig(text=config.read_text())
    config.write_text("")
    with pytest.raises(BadInput, match=r"it is empty\. Give it by --registry-docker-config FILE or .* -\.$"):
        Wanted(registry_docker_config=str(config)).registry()
    config.write_text('{"auths": {"r.example.com": {"auth": "s3cret"}}}')
    with pytest.raises(
        BadInput, match=r"config\.json: auths\.r\.example\.com\.auth is not the base64"
    ) as found:
        Wanted(registry_docker_config=str(config)).registry()
    assert "s3cret" not in str(found.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "it names no host"),
        ({"username": "u", "password": SecretStr("p")}, "it names no host"),
        ({"host": "r"}, "neither user nor password"),
        ({"host": "r", "docker_config_path": "/c"}, "more than one thing"),
        ({"docker_config": SecretStr("{}"), "docker_config_path": "/c"}, "more than one thing"),
        ({"host": "r", "aws": True, "username": "AKIA"}, "an access key without its secret"),
    ],
)
def test_a_block_of_a_registry_that_says_nothing_or_two_things(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        RegistryCredentials(**fields).credentials()


def test_a_docker_config_on_the_worker_is_named_by_its_path() -> None:
    made = RegistryCredentials(docker_config_path="/etc/headway/config.json").credentials()
    assert made == DockerConfig(path=Path("/etc/headway/config.json"))
