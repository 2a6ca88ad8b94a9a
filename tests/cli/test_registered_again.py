"""`headway add` a second time: what an operator allowed in the block stays."""

import contextlib

import pytest
from pydantic import SecretStr

from blocks import Application, GitCredentials
from headway.cli import blocks_of_prefect

ALLOWED = {
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
    again = Application(git_url=former.git_url, branch="trunk")
    blocks_of_prefect.save(blocks_of_prefect.with_former(again, "shop"), "shop")
    (block,) = saved
    assert {name: getattr(block, name) for name in ALLOWED} == ALLOWED
    assert block.branch == "trunk"
    chosen = {"git_url", "branch", "git_credentials", "registry_credentials", "s3_credentials"}
    own = {name for name in Application.model_fields if not name.startswith("_")} - {"block_type_slug"}
    assert own == chosen | ALLOWED.keys(), "a new field of an operator's is kept as well"
