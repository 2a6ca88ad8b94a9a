"""`headway add` a second time: what an operator allowed in the block stays."""

import contextlib
import json
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from prefect.blocks.core import Block
from prefect.client.schemas.actions import BlockDocumentCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from pydantic import SecretStr

from blocks import Application, Cluster, ForgeCredentials, GitCredentials, RegistryCredentials, S3Credentials
from headway.cli import (
    blocks_of_prefect,
    declared,
    kept,
    main,
    new_blocks,
    registration,
    saved_blocks,
    shared_blocks,
)
from headway.errors import BadInput, Conflict, Refused, Unreachable
from headway.formats import headway_yaml
from tests.blocks.test_git_credentials import KEY, KNOWN
from tests.formats.test_ssh_key import written

ALLOWED = {
    "branch": "trunk",
    "git_credentials": GitCredentials(username="committer", password=SecretStr("p")),
    "registry_credentials": RegistryCredentials(host="r", username="puller", password=SecretStr("p")),
    "s3_credentials": S3Credentials(access_key="k"),
    "forge_credentials": ForgeCredentials(kind="gitea", url="https://git.example.com", token=SecretStr("t")),
    "author": "Headway <headway@example.com>",
    "signing_key": SecretStr("a key"),
    "places": ["shop-testing"],
    "gates": ["shop-production"],
    "policy_path": "policy/shop.yaml",
    "policy_git_url": "https://git.example.com/ops/policy",
    "policy_branch": "live",
    "policy_git_credentials": GitCredentials(username="reader", password=SecretStr("p")),
    "key_services": ["https://vault.example.com"],
    "sops_age_key": SecretStr("AGE-SECRET-KEY-1X"),
    "repositories": ["s3://shop-charts"],
    "images": ["registry.example.com/shop"],
    "local_folders": ["/srv/charts"],
}


def test_what_an_operator_allowed_stays(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    saved: list[Application] = []
    former = Application.model_validate({"git_url": "https://git.example.com/shop", **ALLOWED})
    monkeypatch.setattr(blocks_of_prefect, "find", lambda *_: former)
    monkeypatch.setattr(blocks_of_prefect, "prefect_server", contextlib.nullcontext)
    monkeypatch.setattr(Application, "save", lambda block, *_, **__: saved.append(block))
    again = blocks_of_prefect.application(former.git_url, None, git=None, registry=None, s3=None)
    blocks_of_prefect.save(blocks_of_prefect.with_former(again, "shop"), "shop")
    assert capsys.readouterr().out == (
        "saved headway-application/shop: https://git.example.com/shop trunk, places shop-testing, gates shop-production, "
        "repositories s3://shop-charts, images registry.example.com/shop, local folders /srv/charts, "
        "key services https://vault.example.com\n"
    )
    (block,) = saved
    assert {name: getattr(block, name) for name in ALLOWED} == ALLOWED
    own = {name for name in Application.model_fields if not name.startswith("_")} - {"block_type_slug"}
    assert own == {"git_url"} | ALLOWED.keys(), "a new field of an operator's is kept as well"


def test_what_is_named_takes_the_place_of_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    former = Application.model_validate({"git_url": "https://git.example.com/shop", **ALLOWED})
    named = GitCredentials(username="other", password=SecretStr("p"))
    monkeypatch.setattr(
        blocks_of_prefect, "find", lambda kind, _: named if kind is GitCredentials else former
    )
    again = blocks_of_prefect.application(former.git_url, "main", git="other", registry="", s3=None)
    block = blocks_of_prefect.with_former(again, "shop")
    assert (block.branch, block.git_credentials, block.registry_credentials) == ("main", named, None)
    assert block.s3_credentials == ALLOWED["s3_credentials"]


def kubeconfig(server: str, token: str = "t", more: str = "") -> SecretStr:
    return SecretStr(
        "current-context: x\ncontexts: [{name: x, context: {cluster: x, user: x}}]\n"
        f"clusters: [{{name: x, cluster: {{server: {server!r}{more}}}}}]\nusers: [{{name: x, user: {{token: {token}}}}}]\n"
    )


def by(way: str) -> Cluster:
    return Cluster(kubeconfig=kubeconfig("https://eu", more=f", {way}"))


def registries(*names: str, password: str = "YTpi") -> RegistryCredentials:
    auths = ", ".join(f'"{each}": {{"auth": "{password}"}}' for each in names)
    return RegistryCredentials(docker_config=SecretStr(f'{{"auths": {{{auths}}}}}'))


def by_ssh(*, another: bool = False, known: str = "") -> GitCredentials:
    key = written(ed25519.Ed25519PrivateKey.generate()) if another else KEY
    return GitCredentials(ssh_key=SecretStr(key), known_hosts=known)


IN_USE = Cluster(kubeconfig=kubeconfig("https://eu"))


@pytest.mark.parametrize(
    ("made", "used_by", "refused"),
    [
        pytest.param(Cluster(kubeconfig=kubeconfig("https://us")), "shop", True, id="another cluster"),
        pytest.param(Cluster(in_cluster=True), "shop", True, id="the worker's own"),
        pytest.param(Cluster(kubeconfig=kubeconfig("https://eu", "new")), "shop", False, id="another token"),
        pytest.param(Cluster(in_cluster=True), "shop-eu", False, id="of its own"),
        pytest.param(Cluster(in_cluster=True), "", False, id="of nobody"),
    ],
)
def test_the_block_of_another_application_is_not_led_elsewhere(
    made: Cluster, used_by: str, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """shop in eu-live and shop-eu in live have one name for their blocks."""
    slug = "headway-cluster/shop-eu-live"
    monkeypatch.setattr(blocks_of_prefect, "find", lambda *_: IN_USE)
    users = (used_by,) if used_by else ()
    monkeypatch.setattr(saved_blocks, "saved", lambda: [saved_blocks.Saved(slug, "", users)])
    kept = (
        pytest.raises(Refused, match=f"^{slug}: shop would be led elsewhere")
        if refused
        else contextlib.nullcontext()
    )
    with kept:
        shared_blocks.refuse_to_lead_elsewhere("shop-eu", {slug: made})


@pytest.mark.parametrize(
    ("former", "made", "says"),
    [
        pytest.param(
            IN_USE, by("proxy-url: 'http://p:3128'"), "https://eu with another proxy-url", id="proxy"
        ),
        pytest.param(
            IN_USE, by("tls-server-name: us"), "https://eu with another tls-server-name", id="name in TLS"
        ),
        pytest.param(
            IN_USE,
            by("insecure-skip-tls-verify: true"),
            "https://eu with another insecure-skip-tls-verify",
            id="believes anybody",
        ),
        pytest.param(IN_USE, by("insecure-skip-tls-verify: false"), "", id="as it is by default"),
        pytest.param(
            by("certificate-authority-data: YQ=="),
            by("certificate-authority-data: Yg=="),
            "https://eu with another certificate-authority-data",
            id="another CA",
        ),
        pytest.param(IN_USE, by("extensions: [{name: minikube}]"), "", id="what a tool keeps there"),
        pytest.param(registries("a.example"), registries("b.example/x"), "b.example/x", id="registries"),
        pytest.param(
            registries("a.example"), registries("a.example", password="Yjpj"), "", id="another login"
        ),
        pytest.param(
            RegistryCredentials(docker_config_path="/etc/docker.json"),
            registries("a.example"),
            "a.example",
            id="a file of the worker's",
        ),
        pytest.param(by_ssh(), by_ssh(another=True), "", id="another ssh key for the same"),
        pytest.param(
            by_ssh(),
            by_ssh(known=KNOWN),
            "an ssh key with another known hosts",
            id="another host is believed",
        ),
        pytest.param(
            GitCredentials(username="u", password=SecretStr("p")),
            by_ssh(),
            "an ssh key",
            id="ssh for a token",
        ),
    ],
)
def test_all_that_a_block_opens_counts(
    former: Block, made: Block, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = f"{made.get_block_type_slug()}/shared"
    monkeypatch.setattr(blocks_of_prefect, "find", lambda *_: former)
    monkeypatch.setattr(saved_blocks, "saved", lambda: [saved_blocks.Saved(slug, "", ("shop",))])
    try:
        shared_blocks.refuse_to_lead_elsewhere("other", {slug: made})
        said = ""
    except Refused as error:
        said = error.what
    assert said == (says and f"shop would be led elsewhere: it opens {says} then")


def test_an_application_that_cannot_be_read_now_may_use_any_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    slug = "headway-cluster/shared"
    saved = {
        Application: [SimpleNamespace(name="shop", data={}, block_document_references={})],
        Cluster: [SimpleNamespace(name="shared", data={}), SimpleNamespace(name="shop-live", data={})],
    }
    monkeypatch.setattr(blocks_of_prefect, "documents", lambda kind: saved.get(kind, []))
    monkeypatch.setattr(blocks_of_prefect, "find", lambda *_: IN_USE)

    def is_away(_: object) -> None:
        raise Unreachable("git does not answer")

    monkeypatch.setattr(saved_blocks, "declared_by", is_away)
    users = {each.block: (each.used_by, each.maybe_used_by) for each in saved_blocks.saved()}
    assert users[slug] == ((), ("shop",))
    assert users["headway-cluster/shop-live"] == (("shop",), ())
    other = Cluster(kubeconfig=kubeconfig("https://us"))
    with pytest.raises(
        Refused, match=r"shop may use it, whose headway\.yaml cannot be read now.*headway remove shop"
    ):
        shared_blocks.refuse_to_lead_elsewhere("other", {slug: other})
    shared_blocks.refuse_to_lead_elsewhere("shop", {slug: other})


@pytest.mark.parametrize(
    ("at_first", "by_now", "overwrites"),
    [
        pytest.param(None, None, False, id="a new one: Prefect refuses the second"),
        pytest.param(IN_USE, IN_USE, True, id="as it was"),
        pytest.param(None, by("proxy-url: 'http://p'"), None, id="saved meanwhile"),
        pytest.param(IN_USE, by("proxy-url: 'http://p'"), None, id="changed meanwhile"),
    ],
)
def test_who_saves_a_block_meanwhile_is_not_overwritten(
    at_first: Cluster | None, by_now: Cluster | None, overwrites: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug, made = "headway-cluster/shop-eu-live", Cluster(kubeconfig=kubeconfig("https://us"))
    looks = [at_first, by_now]
    monkeypatch.setattr(blocks_of_prefect, "find", lambda *_: looks.pop(0))
    monkeypatch.setattr(saved_blocks, "saved", list)
    seen = shared_blocks.refuse_to_lead_elsewhere("shop", {slug: made})
    if overwrites is None:
        with pytest.raises(Conflict, match=f"^{slug}: somebody else saved it at the same moment"):
            shared_blocks.is_there("shop", slug, made, seen[slug])
    else:
        assert shared_blocks.is_there("shop", slug, made, seen[slug]) is overwrites


@pytest.mark.parametrize("overwrite", [False, True])
def test_of_two_who_register_at_once_the_second_is_told(
    overwrite: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def save(*_: object, overwrite: bool) -> None:
        asked.append(overwrite)
        error = ObjectAlreadyExists(OSError())
        if overwrite:
            raise error
        # As Prefect does.
        raise ValueError("already in use") from error

    block = Application(git_url="https://git.example.com/shop")
    monkeypatch.setattr(blocks_of_prefect, "find", lambda *_: block if overwrite else None)
    monkeypatch.setattr(blocks_of_prefect, "prefect_server", contextlib.nullcontext)
    monkeypatch.setattr(Application, "save", save)
    with pytest.raises(
        Conflict, match=r"^headway-application/shop: somebody else saved it at the same moment"
    ):
        blocks_of_prefect.save(block, "shop")
    assert asked == [overwrite]


def test_a_name_that_no_block_has_is_no_work_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def save(*_: object, overwrite: bool) -> None:  # noqa: ARG001
        BlockDocumentCreate(name="a/b", data={"password": "secret"})

    monkeypatch.setattr(blocks_of_prefect, "prefect_server", contextlib.nullcontext)
    monkeypatch.setattr(Application, "save", save)
    with pytest.raises(BadInput, match=r"^headway-application/a/b: it cannot be saved: ") as refused:
        blocks_of_prefect.write(Application(git_url="https://git.example.com/shop"), "a/b", overwrite=True)
    assert "secret" not in str(refused.value)


def test_what_is_interrupted_says_what_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(blocks_of_prefect, "write", lambda *_, **__: None)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        new_blocks.save({"headway-cluster/shop-live": (IN_USE, "context x")}, interrupt, lambda *_: True)
    out, err = capsys.readouterr()
    assert out == "saved headway-cluster/shop-live: context x\n"
    assert (
        err
        == "Not all is saved: blocks that are named above are, the application may not be. The same command again is safe.\n"
    )


def test_a_run_that_prefect_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: object) -> None:
        raise ObjectNotFound(OSError())

    client = SimpleNamespace(read_flow_run=unknown)
    monkeypatch.setattr(kept, "prefect_server", lambda: contextlib.nullcontext(client))
    with pytest.raises(BadInput, match="Prefect knows no such run"):
        kept.show_log("shop", "live", run=UUID(int=1), lines=1, follow=False)


def test_a_new_token_of_the_git_host_alone_is_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, text = (
        "https://git.example.com/team/shop",
        "application: shop\nenvironments: {testing: {charts: s3://t}}\n",
    )
    former = Application.model_validate({"git_url": url, **ALLOWED})
    monkeypatch.setattr(blocks_of_prefect, "registered", lambda _: former)
    monkeypatch.setattr(blocks_of_prefect, "find", lambda kind, _: former if kind is Application else None)
    monkeypatch.setattr(registration, "_at_head", lambda *_: text)
    monkeypatch.setattr(declared, "declared_by", lambda _: headway_yaml.read(text))
    monkeypatch.setattr(shared_blocks, "refuse_to_lead_elsewhere", lambda *_: {})
    token = tmp_path / "new.txt"
    token.write_text("new\n")
    assert main(["add", url, "--forge-token-from", str(token), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "would save headway-forge-credentials/shop: a token of gitea at https://git.example.com\n" in said


CLUSTER, GIT = "headway-cluster", "headway-git-credentials"


LEFT = [saved_blocks.Saved(f"{CLUSTER}/shop-testing", ""), saved_blocks.Saved(f"{GIT}/shop", "")]
OF_OTHERS = [
    saved_blocks.Saved(f"{CLUSTER}/shop-site", "", ("shop-site",)),
    saved_blocks.Saved(f"{CLUSTER}/shop-old", "", (), ("another",)),
    saved_blocks.Saved(f"{CLUSTER}/shopping", ""),
    saved_blocks.Saved(f"{GIT}/shop-two", ""),
    saved_blocks.Saved("headway-application/another", ""),
]


def test_blocks_of_an_application_that_was_removed_are_those_that_nobody_uses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(saved_blocks, "saved", lambda: [*LEFT, *OF_OTHERS])
    assert main(["blocks", "shop", "-o", "json"]) == 0
    assert [each["block"] for each in json.loads(capsys.readouterr().out)] == [each.block for each in LEFT]
    assert main(["blocks", "shopper"]) == 1
    assert "no application 'shopper' is registered" in capsys.readouterr().err


def test_what_an_application_has_left_is_not_removed_for_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(saved_blocks, "saved", lambda: [*LEFT, *OF_OTHERS])
    assert main(["remove", "shop"]) == 1
    assert "no application 'shop' is registered" in capsys.readouterr().err
