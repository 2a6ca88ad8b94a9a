"""Which release a command is about, where records say what they are: whoever may write one may name another's place."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from headway.clients.kubernetes.cluster import Cluster
from headway.clients.kubernetes.record_store import ReleaseRecordStore
from headway.errors import BadInput
from headway.model.record import ReleaseRecord
from headway.workspace import known_releases

HERE, THERE = (
    cast(Cluster, SimpleNamespace(api=SimpleNamespace(host=host))) for host in ("https://a", "https://b")
)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Cluster, str, str]]:
    """Cluster, namespace and release of records that say they are shop in testing."""
    places: list[tuple[Cluster, str, str]] = []

    def records(cluster: Cluster, namespace: str = "") -> Iterator[tuple[ReleaseRecordStore, ReleaseRecord]]:
        for where, within, release in places:
            if where is cluster and namespace in ("", within):
                record = ReleaseRecord(application="shop", environment="testing", release=release)
                yield ReleaseRecordStore(cluster, within, release), record

    monkeypatch.setattr(ReleaseRecordStore, "records", records)
    return places


@pytest.mark.parametrize(
    ("places", "namespace", "says"),
    [
        pytest.param([(HERE, "a", "shop")], "", "a", id="one"),
        pytest.param(
            [(HERE, "a", "shop"), (HERE, "a", "old")],
            "a",
            "several releases say that they are it: old in namespace a of https://a, shop in namespace a of https://a",
            id="two of one namespace",
        ),
        pytest.param([(HERE, "a", "shop"), (HERE, "b", "shop")], "b", "b", id="two, of which one is named"),
        pytest.param(
            [(HERE, "a", "shop"), (HERE, "b", "shop")],
            "",
            "several releases say that they are it: shop in namespace a of https://a, shop in namespace b of https://a",
            id="two namespaces",
        ),
        pytest.param(
            [(HERE, "a", "shop"), (THERE, "a", "shop")],
            "a",
            "several releases say that they are it: shop in namespace a of https://a, shop in namespace a of https://b",
            id="two clusters",
        ),
    ],
)
def test_none_is_taken_for_another(
    places: list[tuple[Cluster, str, str]], namespace: str, says: str, found: list[tuple[Cluster, str, str]]
) -> None:
    found += places
    try:
        said = known_releases.find([HERE, THERE], "shop", "testing", namespace).store.namespace
    except BadInput as error:
        said = error.what
    assert said == says


@pytest.mark.parametrize(
    ("release", "found_one"), [("shop", True), ("old", True), ("gone", False)], ids=["new", "old", "none"]
)
def test_releases_of_one_namespace_are_told_apart_by_their_names(
    release: str, found_one: bool, found: list[tuple[Cluster, str, str]]
) -> None:
    found += [(HERE, "a", "shop"), (HERE, "a", "old")]
    try:
        said = known_releases.find([HERE], "shop", "testing", releases=[release, "elsewhere"]).store.release
    except BadInput as error:
        said = error.what
    assert said == (release if found_one else "no such release is here")
