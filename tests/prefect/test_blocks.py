"""What an operator saves comes back as it was, and no secret lies in the clear."""

import stat
from pathlib import Path

import httpx
import pytest
from prefect import get_client
from prefect.types import SecretDict
from pydantic import SecretStr, ValidationError

from blocks import Application, Cluster, GitCredentials, RegistryCredentials, S3Credentials, looking
from flows import block_documents
from headway.clients.git import GitCredentials as GitClient
from headway.model.credentials import RegistryCredentials as RegistryClient
from headway.model.credentials import S3Credentials as S3Client
from tests.blocks.test_git_credentials import KEY

SECRET = "correct-horse-battery-staple"

KUBECONFIG = f"""\
apiVersion: v1
kind: Config
current-context: here
clusters: [{{name: here, cluster: {{server: "https://127.0.0.1:1"}}}}]
users: [{{name: me, user: {{token: {SECRET}}}}}]
contexts: [{{name: here, context: {{cluster: here, user: me}}}}]
"""


@pytest.mark.sandbox
@pytest.mark.usefixtures("in_prefect")
def test_an_application_comes_back_with_the_credentials_of_every_system() -> None:
    GitCredentials(username="git", password=SecretStr(SECRET)).save("shop-git", overwrite=True)
    RegistryCredentials(host="registry.example.com", username="pull", password=SecretStr(SECRET)).save(
        "shop-registry", overwrite=True
    )
    S3Credentials(
        access_key="key",
        secret_key=SecretStr(SECRET),
        endpoint_url="https://s3.example.com",
        region="eu-west-1",
    ).save("shop-s3", overwrite=True)
    Application(
        git_url="https://git.example.com/shop.git",
        branch="trunk",
        git_credentials=GitCredentials.load("shop-git"),
        registry_credentials=RegistryCredentials.load("shop-registry"),
        s3_credentials=S3Credentials.load("shop-s3"),
    ).save("shop", overwrite=True)

    loaded = looking.block(Application, "shop")
    assert isinstance(loaded, Application)
    assert (loaded.git_url, loaded.branch) == ("https://git.example.com/shop.git", "trunk")
    assert loaded.git_credentials is not None
    assert loaded.git_credentials.credentials() == GitClient("git", SECRET)
    assert loaded.registry_credentials is not None
    assert loaded.registry_credentials.credentials() == RegistryClient("pull", SECRET, "registry.example.com")
    assert loaded.s3_credentials is not None
    assert loaded.s3_credentials.credentials() == S3Client(
        "https://s3.example.com", "key", SECRET, "eu-west-1"
    )

    renewed = GitCredentials(username="git", password=SecretStr("renewed"))
    renewed.save("shop-git", overwrite=True)
    again = looking.block(Application, "shop")
    assert isinstance(again, Application)
    assert again.git_credentials is not None
    assert looking.block(Application, "nobody") is None
    assert again.git_credentials.credentials().password == "renewed", (
        "an application refers to its credentials"
    )


@pytest.mark.sandbox
def test_keys_of_repositories_come_back_and_are_shown_to_nobody(in_prefect: httpx.Client) -> None:
    cart = "git@git.example.com:team/cart.git"
    GitCredentials(ssh_keys=SecretDict({cart: KEY})).save("of-repositories", overwrite=True)
    loaded = GitCredentials.load("of-repositories")
    assert isinstance(loaded, GitCredentials)
    assert loaded.credentials() == GitClient(ssh_keys=((cart, KEY),))
    slug = GitCredentials.get_block_type_slug()
    said = in_prefect.get(f"/block_types/slug/{slug}/block_documents/name/of-repositories").json()
    assert KEY.splitlines()[2] not in str(said)


@pytest.mark.sandbox
def test_no_secret_lies_in_the_clear(in_prefect: httpx.Client, prefect_home: Path) -> None:
    secret = "only-in-this-test-7f3a"
    S3Credentials(access_key="key", secret_key=SecretStr(secret)).save("hidden-s3", overwrite=True)
    Cluster(kubeconfig=SecretStr(f"# {secret}\n{KUBECONFIG}")).save("hidden-cluster", overwrite=True)
    shown = in_prefect.post("/block_documents/filter", json={}).text
    assert "hidden-s3" in shown
    assert "hidden-cluster" in shown
    assert secret not in shown
    stored = b"".join(file.read_bytes() for file in prefect_home.glob("prefect.db*"))
    assert b"hidden-s3" in stored
    assert secret.encode() not in stored
    loaded = Cluster.load("hidden-cluster")
    assert isinstance(loaded, Cluster)
    assert secret not in repr(loaded)
    assert loaded.kubeconfig is not None
    assert secret in loaded.kubeconfig.get_secret_value()


@pytest.mark.parametrize(
    "ways",
    [
        pytest.param({}, id="none"),
        pytest.param({"in_cluster": True, "kubeconfig_path": "/etc/kubeconfig"}, id="two"),
        pytest.param({"kubeconfig": KUBECONFIG, "kubeconfig_path": "/etc/kubeconfig"}, id="text-and-path"),
    ],
)
def test_a_cluster_block_names_exactly_one_way_in(ways: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="exactly one of kubeconfig, kubeconfig_path and in_cluster"):
        Cluster.model_validate(ways)


def test_a_kubeconfig_given_as_text_is_a_file_of_ours_alone_in_memory() -> None:
    cluster = Cluster(kubeconfig=SecretStr(KUBECONFIG)).connect()
    assert cluster.kubeconfig.read_text() == KUBECONFIG
    assert stat.S_IMODE(cluster.kubeconfig.stat().st_mode) == 0o600
    if Path("/dev/shm").is_dir():
        assert cluster.kubeconfig.is_relative_to("/dev/shm")


def test_a_kubeconfig_on_the_worker_is_used_where_it_lies(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(KUBECONFIG)
    cluster = Cluster(kubeconfig_path=str(file), context="here").connect()
    assert (cluster.kubeconfig, cluster.context) == (file, "here")


@pytest.mark.sandbox
def test_all_blocks_of_a_kind_are_found_however_many_there_are(in_prefect: httpx.Client) -> None:
    with get_client(sync_client=True) as client:
        slug = GitCredentials.get_block_type_slug()
        before = {each.name for each in block_documents.every(client, slug)}
        GitCredentials(username="git", password=SecretStr(SECRET)).save("of-many-000")
        saved = in_prefect.get(f"/block_types/slug/{slug}/block_documents/name/of-many-000").json()
        made = {key: saved[key] for key in ("block_type_id", "block_schema_id")}
        for number in range(1, block_documents.PAGE + 2):
            body = {**made, "name": f"of-many-{number:03}", "data": {"username": "git"}}
            in_prefect.post("/block_documents/", json=body).raise_for_status()
        found = [each.name for each in block_documents.every(client, slug)]
        first = block_documents.named(client, slug, ["of-many-000"])
        assert block_documents.every(client, "no-such-kind") == []
    assert len(found) == len(set(found)) == len(before) + block_documents.PAGE + 2
    assert set(found) >= before | {"of-many-000", f"of-many-{block_documents.PAGE + 1:03}"}
    assert [each.data["password"] for each in first] == [SECRET]
