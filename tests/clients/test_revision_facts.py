"""A history that was looked at before: nothing is read twice, and nothing that has changed is missed."""

import base64
import gzip
import json
from pathlib import Path

import pytest
from kubernetes.client import ApiClient, Configuration

from headway.clients.helm import revision_facts
from headway.clients.helm.revision_facts import RevisionFacts
from headway.clients.helm.storage import HelmStorage
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput
from tests.fast.memory.api_server import ApiServer

SECRETS = "/api/v1/namespaces/shop/secrets"


class History:
    def __init__(self, revisions: int) -> None:
        self.server = ApiServer("https://here")
        self.server.store.create("/api/v1/namespaces", {"metadata": {"name": "shop"}})
        for number in range(1, revisions + 1):
            self.add(number, "superseded")
        client = ApiClient(Configuration(host=self.server.host))
        client.rest_client.pool_manager = self.server
        self.cluster = Cluster(client, Path("kubeconfig"))

    @property
    def storage(self) -> HelmStorage:
        return HelmStorage(self.cluster, "shop", "shop")

    def add(self, number: int, status: str) -> None:
        self.server.store.create(SECRETS, self._secret(number, status))

    def change(self, number: int, status: str) -> None:
        self.server.store.replace(self._path(number), self._secret(number, status))

    def remove(self, number: int) -> None:
        self.server.store.delete(self._path(number))

    def fetched(self) -> int:
        """Requests for single revisions since this was asked last."""
        count = sum("release.v1" in path for _, path in self.server.requests)
        self.server.requests.clear()
        return count

    def _path(self, number: int) -> str:
        return f"{SECRETS}/sh.helm.release.v1.shop.v{number}"

    def _secret(self, number: int, status: str) -> dict[str, object]:
        document = {"info": {"status": status, "last_deployed": "2026-01-01T00:00:00Z"}, "version": number}
        packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(document).encode())))
        labels = {"owner": "helm", "name": "shop", "version": str(number), "status": status}
        return {
            "type": "helm.sh/release.v1",
            "metadata": {"name": f"sh.helm.release.v1.shop.v{number}", "namespace": "shop", "labels": labels},
            "data": {"release": packed.decode()},
        }


def facts(taken: list[int]) -> RevisionFacts[tuple[int, str]]:
    def take(stored: revision_facts.StoredRevision) -> tuple[int, str]:
        taken.append(stored.revision)
        return stored.revision, stored.status

    return RevisionFacts(take)


def test_what_is_known_is_not_read_again() -> None:
    history, taken = History(5), list[int]()
    known = facts(taken)
    first = known.all(history.storage)
    assert [number for number, _ in first] == [5, 4, 3, 2, 1]
    taken.clear()
    history.fetched()
    assert known.all(history.storage) == first
    assert (taken, history.fetched()) == ([], 0)


@pytest.mark.parametrize(
    ("act", "newest", "taken_anew"),
    [
        pytest.param(lambda history: history.add(6, "deployed"), (6, "deployed"), [6], id="a new revision"),
        pytest.param(
            lambda history: history.change(5, "failed"), (5, "failed"), [5], id="another status of an old one"
        ),
        pytest.param(lambda history: history.remove(5), (4, "superseded"), [], id="one that Helm dropped"),
    ],
)
def test_what_has_changed_is_seen(act: object, newest: tuple[int, str], taken_anew: list[int]) -> None:
    history, taken = History(5), list[int]()
    known = facts(taken)
    known.all(history.storage)
    taken.clear()
    assert callable(act)
    act(history)
    assert known.all(history.storage)[0] == newest
    assert taken == taken_anew


def test_no_more_is_kept_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revision_facts, "LIMIT", 2)
    history, taken = History(5), list[int]()
    known = facts(taken)
    assert len(known.all(history.storage)) == 5
    assert [number for number, _ in known.all(history.storage)] == [5, 4, 3, 2, 1]


def test_what_is_not_helms_is_bad_input() -> None:
    history = History(1)
    secret = history.server.store.get(history._path(1))
    secret["metadata"]["labels"]["version"] = "one"
    history.server.store.replace(history._path(1), secret)
    with pytest.raises(BadInput, match="does not hold a Helm release"):
        facts([]).all(history.storage)


@pytest.mark.parametrize("revisions", [3, 8], ids=["one by one", "by one request"])
def test_what_is_past_and_cannot_be_read_is_left_out(revisions: int) -> None:
    history = History(revisions)
    secret = history.server.store.get(history._path(1))
    history.server.store.replace(history._path(1), {**secret, "data": {"release": "nothing"}})
    storage = history.storage
    assert [number for number, _ in facts([]).all(storage)] == [*range(revisions, 1, -1)]
    assert [*storage.passed_over] == [1]
