"""`headway add` a second time: what an operator allowed in the block stays."""

import contextlib
from types import SimpleNamespace

import httpx
import pytest
from prefect.exceptions import PrefectHTTPStatusError
from pydantic import SecretStr

from blocks import Application, ForgeCredentials, GitCredentials, RegistryCredentials, S3Credentials
from headway.cli import blocks_of_prefect

ALLOWED = {
    "branch": "trunk",
    "git_credentials": GitCredentials(username="committer", password=SecretStr("p")),
    "registry_credentials": RegistryCredentials(host="r", username="puller", password=SecretStr("p")),
    "s3_credentials": S3Credentials(access_key="k"),
    "forge_credentials": ForgeCredentials(kind="gitea", url="https://git.example.com", token=SecretStr("t")),
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


def test_what_an_operator_allowed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[Application] = []
    former = Application.model_validate({"git_url": "https://git.example.com/shop", **ALLOWED})
    monkeypatch.setattr(blocks_of_prefect, "find", lambda *_: former)
    monkeypatch.setattr(blocks_of_prefect, "prefect_server", contextlib.nullcontext)
    monkeypatch.setattr(Application, "save", lambda block, *_, **__: saved.append(block))
    again = blocks_of_prefect.application(former.git_url, None, git=None, registry=None, s3=None)
    blocks_of_prefect.save(blocks_of_prefect.with_former(again, "shop"), "shop")
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


def test_a_server_that_knows_no_kind_of_block_yet_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        request = httpx.Request("GET", "http://prefect/api/block_types")
        response = httpx.Response(404, json={"detail": "Block type not found"}, request=request)
        raise PrefectHTTPStatusError("404", request=request, response=response)

    client = SimpleNamespace(read_block_documents_by_type=refuse)
    monkeypatch.setattr(blocks_of_prefect, "prefect_server", lambda: contextlib.nullcontext(client))
    assert blocks_of_prefect.documents(Application) == []
    assert blocks_of_prefect.registered("https://git.example.com/shop") is None
