"""Many saved blocks read at once: as those that are read one by one, without an event of Prefect's for each."""

from typing import Any
from uuid import uuid4

import pytest
from prefect.blocks import core
from prefect.client.schemas.objects import BlockDocument

from blocks import Cluster, looking

NAMES = ("shop-staging", "shop-production")


def saved(slug: str) -> list[BlockDocument]:
    assert slug == "headway-cluster"
    data = {"kubeconfig": "text", "context": "eu"}
    return [
        BlockDocument(name=name, data=data, block_schema_id=uuid4(), block_type_id=uuid4()) for name in NAMES
    ]


def test_blocks_that_are_read_at_once_send_no_event_each(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(core, "emit_event", lambda **event: sent.append(event))
    with looking.together(saved):
        found = [looking.block(Cluster, name) for name in (*NAMES, "shop-nowhere")]
    assert [each and each.way_in for each in found] == [("text", "", "eu", False)] * 2 + [None]
    assert not sent
