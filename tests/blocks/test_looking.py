"""Saved blocks, read one by one or many at once, without an event of Prefect's for each."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prefect.blocks import core
from prefect.client.schemas.objects import BlockDocument
from prefect.exceptions import ObjectNotFound

from blocks import Application, Cluster, looking
from headway.errors import BadInput

NAMES = ("shop-staging", "shop-production")


def document(name: str, data: dict[str, Any]) -> BlockDocument:
    return BlockDocument(name=name, data=data, block_schema_id=uuid4(), block_type_id=uuid4())


def saved(slug: str) -> list[BlockDocument]:
    assert slug == "headway-cluster"
    return [document(name, {"kubeconfig": "text", "context": "eu"}) for name in NAMES]


@contextmanager
def in_prefect(documents: list[BlockDocument], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def read(name: str, slug: str) -> BlockDocument:
        assert slug.startswith("headway-")
        for each in documents:
            if each.name == name:
                return each
        raise ObjectNotFound(Exception("404"))

    client = SimpleNamespace(read_block_document_by_name=read)
    monkeypatch.setattr(looking, "get_client", lambda **_: nullcontext(client))
    yield


@pytest.mark.parametrize("at_once", [True, False])
def test_blocks_that_are_read_send_no_event(at_once: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(core, "emit_event", lambda **event: sent.append(event))
    with looking.together(saved) if at_once else in_prefect(saved("headway-cluster"), monkeypatch):
        found = [looking.block(Cluster, name) for name in (*NAMES, "shop-nowhere")]
    assert [each and each.way_in for each in found] == [("text", "", "eu", False)] * 2 + [None]
    assert not sent


def test_a_block_without_what_it_needs_is_said_to_be_wrong_and_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hidden = "correct-horse"
    broken = document("shop", {"sops_age_key": hidden, "images": 3})
    with in_prefect([broken], monkeypatch), pytest.raises(BadInput) as raised:
        looking.block(Application, "shop")
    assert "git_url: Field required" in str(raised.value)
    assert raised.value.where == "Prefect block headway-application/shop"
    assert hidden not in str(raised.value)
