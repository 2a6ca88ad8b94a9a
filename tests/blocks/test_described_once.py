"""Blocks are described to Prefect as Prefect describes them, and once."""

import pytest
from prefect.blocks.core import Block
from pydantic import BaseModel

import blocks
from blocks.described_once import DescribedOnce

KINDS = [getattr(blocks, name) for name in blocks.__all__]


def by_prefect(kind: type[Block], **how: bool) -> object:
    return Block.model_json_schema.__func__(kind, **how)  # type: ignore[attr-defined]


@pytest.mark.parametrize("how", [{}, {"by_alias": False}], ids=["by alias", "by name"])
@pytest.mark.parametrize("kind", KINDS, ids=blocks.__all__)
def test_as_prefect_does(kind: type[Block], how: dict[str, bool]) -> None:
    assert issubclass(kind, DescribedOnce)
    expected = by_prefect(kind, **how)
    assert kind.model_json_schema(**how) == expected
    kind.model_json_schema(**how).clear()
    assert kind.model_json_schema(**how) == expected


def test_each_field_that_is_secret_is_known_without_another_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    block = blocks.GitCredentials(username="ada", password="s")  # type: ignore[arg-type]
    block.model_json_schema()
    made: list[object] = []
    monkeypatch.setattr(BaseModel, "model_json_schema", classmethod(lambda *of, **_: made.append(of) or {}))
    secret = [name for name in type(block).model_fields if block._field_has_secrets(name)]
    assert {"password", "ssh_key"} <= {*secret}
    assert "username" not in secret
    assert made == []


def test_a_kind_of_a_kind_has_its_own() -> None:
    class One(DescribedOnce, BaseModel):
        a: str

    class Two(One):
        b: str

    assert [*One.model_json_schema()["properties"]] == ["a"]
    assert [*Two.model_json_schema()["properties"]] == ["a", "b"]
