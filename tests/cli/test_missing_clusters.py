"""An environment that was declared and given no cluster is told as that, where Prefect can be asked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headway.cli import missing_clusters
from headway.model.block_kinds import APPLICATION, CLUSTER
from tests.local_server import Answering, LocalServer


def block(kind: str, name: str) -> dict[str, Any]:
    return {"name": name, "block_type": {"slug": kind}}


SHOP = block(APPLICATION, "shop")


class _Answers(Answering):
    server: "Prefect"

    def respond(self) -> None:
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert wanted["block_documents"]["name"]["any_"] == ["shop", "shop-live", "eu"]
        self.answer(200, json.dumps(self.server.blocks).encode())


class Prefect(LocalServer):
    answers = _Answers
    blocks: Any = ()


@pytest.fixture
def prefect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Prefect]:
    with Prefect().running() as server:
        monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
        monkeypatch.setenv("PREFECT_API_URL", f"http://{server.host}/api")
        yield server


@pytest.mark.parametrize(
    ("blocks", "without"),
    [
        pytest.param([SHOP], ["live", "eu"], id="none has one"),
        pytest.param([SHOP, block(CLUSTER, "eu")], ["live"], id="one has"),
        pytest.param([block(CLUSTER, "eu")], [], id="nobody registered it"),
        pytest.param([{"name": "shop"}], [], id="no answer that Prefect gives"),
        pytest.param("no", [], id="no answer at all"),
    ],
)
def test_which_environments_have_no_cluster(blocks: Any, without: list[str], prefect: Prefect) -> None:
    prefect.blocks = blocks
    found = missing_clusters.missing("shop", {"live": "shop-live", "eu": "eu"})
    assert list(found) == without
    if "live" in found:
        assert "there is no block headway-cluster/shop-live" in found["live"]


def test_without_a_server_nothing_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert missing_clusters.missing("shop", {"live": "shop-live"}) == {}
